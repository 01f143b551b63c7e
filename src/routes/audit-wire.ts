/** The audit log over the wire, and what verifying it says. */
import { z } from "@hono/zod-openapi";
import { instant, uuid } from "./wire.ts";

export const auditWire = z
  .object({
    id: uuid,
    action: z.string(),
    subject_type: z.string().nullable(),
    subject_id: z.string().nullable(),
    connection_id: uuid.nullable(),
    job_id: uuid.nullable(),
    details: z.record(z.string(), z.unknown()),
    user_id: uuid.nullable(),
    token_id: uuid.nullable(),
    ip_address: z.string().nullable(),
    created_at: instant,
    seal_no: z.number().int().nullable(),
    hash: z.string().nullable(),
  })
  .openapi("AuditEntry");

export const auditVerifyWire = z
  .object({
    ok: z.boolean(),
    sealed: z.number().int(),
    unsealed: z.number().int(),
    first_break: z.number().int().nullable(),
    why: z.string().nullable(),
  })
  .openapi("AuditVerification");
