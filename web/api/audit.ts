/** The audit log and the proof of its chain. Read only. */
import { queryOptions } from "@tanstack/react-query";
import { get } from "./client.ts";
import { listQuery } from "./query.ts";
import type { AuditEntry, AuditVerification } from "./types.ts";

export const auditQuery = listQuery<AuditEntry>(["audit", "list"], "/api/audit", { limit: 100 });

export const auditVerifyQuery = queryOptions({
  queryKey: ["audit", "verify"],
  queryFn: ({ signal }) => get<AuditVerification>("/api/audit/verify", signal),
  staleTime: 60_000,
});
