/** What a request with an Idempotency-Key was answered: kept for a day, sealed, its sender's own. Never keeps an answer that refused. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import type { TenantId } from "../domain/ids.ts";
import type { Sealed } from "../domain/stored.ts";
import { type DatabaseEnv, rowsOf, type Tx, withTenant } from "./tenant.ts";
import { open, seal, type VaultEnv } from "./vault.ts";

export type IdempotencyEnv = DatabaseEnv & VaultEnv;

/** A request that may come twice. Hashes are hex. */
export interface KeyedRequest {
  tenantId: TenantId;
  principalId: string;
  keyHash: string;
  /** Of method, address and body. */
  fingerprint: string;
}

export interface KeptAnswer {
  status: number;
  body: string;
}

export type Claim = { state: "first" } | { state: "at_work" } | { state: "other_request" } | { state: "answered"; answer: KeptAnswer };

/** 24 hours: above every client's retries. */
const KEPT_HOURS = 24;
/** 5 minutes without an answer: whoever was first has gone, and what it did was one transaction or nothing. */
const AT_WORK_MINUTES = 5;
/** Forgotten at each new key, so that the table needs no cleaner. */
const FORGOTTEN_AT_ONCE = 50;

const sealed = z.custom<Sealed>((value) => typeof value === "object" && value !== null && "ciphertext" in value);
const keptRow = z.object({
  is_same: z.boolean(),
  is_abandoned: z.boolean(),
  status: z.number().nullable(),
  answer: sealed.nullable(),
});

/** Takes the key for this request, or says what became of the one that has it. */
export async function claimKey(env: IdempotencyEnv, request: KeyedRequest): Promise<Claim> {
  const found = await withTenant(env, request.tenantId, async (tx) => {
    await forgetOld(tx);
    if (await insertKey(tx, request)) return null;
    const [row] = await rowsOf(
      tx,
      sql`select fingerprint = decode(${request.fingerprint}, 'hex') as is_same, status, answer,
                 status is null and created_at < now() - make_interval(mins => ${AT_WORK_MINUTES}) as is_abandoned
            from idempotency_keys where ${isKey(request)} for update`,
      keptRow,
    );
    if (row?.is_abandoned === true && row.is_same) {
      await tx.execute(sql`update idempotency_keys set created_at = now() where ${isKey(request)}`);
      return null;
    }
    return row ?? null;
  });
  if (found === null) return { state: "first" };
  if (!found.is_same) return { state: "other_request" };
  if (found.status === null || found.answer === null) return { state: "at_work" };
  const body = await open(env, placeOf(request), found.answer);
  return { state: "answered", answer: { status: found.status, body: body.reveal() } };
}

/** Keeps what the request was answered. */
export async function keepAnswer(env: IdempotencyEnv, request: KeyedRequest, answer: KeptAnswer): Promise<void> {
  const body = await seal(env, placeOf(request), answer.body);
  await withTenant(env, request.tenantId, (tx) =>
    tx.execute(sql`update idempotency_keys set status = ${answer.status}, answer = ${JSON.stringify(body)}::jsonb where ${isKey(request)}`),
  );
}

/** The request was refused or failed: it may come again under its key, mended. */
export async function releaseKey(env: IdempotencyEnv, request: KeyedRequest): Promise<void> {
  await withTenant(env, request.tenantId, (tx) => tx.execute(sql`delete from idempotency_keys where ${isKey(request)} and status is null`));
}

const isKey = (request: KeyedRequest) =>
  sql`tenant_id = current_tenant() and principal_id = ${request.principalId}::uuid and key_hash = decode(${request.keyHash}, 'hex')`;

const placeOf = (request: KeyedRequest) => ({
  tenantId: request.tenantId,
  record: `idempotency_keys/${request.principalId}/${request.keyHash}/answer`,
});

async function insertKey(tx: Tx, request: KeyedRequest): Promise<boolean> {
  const made = await rowsOf(
    tx,
    sql`insert into idempotency_keys (tenant_id, principal_id, key_hash, fingerprint)
        values (current_tenant(), ${request.principalId}::uuid, decode(${request.keyHash}, 'hex'), decode(${request.fingerprint}, 'hex'))
        on conflict do nothing returning true as made`,
    z.object({ made: z.boolean() }),
  );
  return made.length > 0;
}

async function forgetOld(tx: Tx): Promise<void> {
  await tx.execute(sql`
    delete from idempotency_keys where tenant_id = current_tenant() and (principal_id, key_hash) in (
      select k.principal_id, k.key_hash from idempotency_keys k
       where k.tenant_id = current_tenant() and k.created_at < now() - make_interval(hours => ${KEPT_HOURS}) order by k.created_at limit ${FORGOTTEN_AT_ONCE} for update skip locked)`);
}
