/** The audit log: written with what it records, sealed into a chain behind the writers, proven on demand. Never updated from here; only what has expired goes (src/store/expiry.ts). */
import { sql } from "drizzle-orm";
import * as z from "zod";
import type { Actor } from "../domain/actor.ts";
import type { ConnectionId, JobId } from "../domain/ids.ts";
import type { Json } from "../domain/stored.ts";
import { rowsOf, type Tx } from "./tenant.ts";

export interface AuditEntry {
  /** Noun and past verb, e.g. `job.approved`. */
  action: string;
  subjectType: string;
  subjectId: string | null;
  jobId?: JobId | null;
  connectionId?: ConnectionId | null;
  /** Ids, counts and stable words; never an account number or a secret. */
  details?: { [key: string]: Json };
}

/** 30 s: above the longest transaction (25 s and its margin), so that nothing older can still be on its way to a sealed place. */
const GRACE_SECONDS = 30;
/** 5,000 rows of some 0.1 ms each: half a second a call, far below a transaction's deadline. */
const SEAL_ROWS_MAX = 5_000;

/** Writes one entry of the transaction's own tenant: it stands if, and only if, what it records does. */
export async function recordAudit(tx: Tx, actor: Actor, entry: AuditEntry): Promise<void> {
  await tx.execute(sql`
    insert into ingestion_audit_log (tenant_id, connection_id, job_id, action, subject_type, subject_id, details, user_id, token_id, ip_address)
    values (current_tenant(), ${entry.connectionId ?? null}, ${entry.jobId ?? null}, ${entry.action}, ${entry.subjectType}, ${entry.subjectId},
            ${JSON.stringify(entry.details ?? {})}::jsonb, ${actor.userId}, ${actor.tokenId}, ${actor.ip})`);
}

const sealedCount = z.object({ sealed: z.coerce.number() });

/** Chains what is not chained yet, oldest first, and says how many rows that were: fewer than `SEAL_ROWS_MAX` means all of them. Holds up no writer. */
export async function sealAudit(tx: Tx, graceSeconds: number = GRACE_SECONDS): Promise<number> {
  const [row] = await rowsOf(tx, sql`select seal_audit(make_interval(secs => ${graceSeconds}), ${SEAL_ROWS_MAX}) as sealed`, sealedCount);
  return row?.sealed ?? 0;
}

/** The chain's end: kept outside the database it shows when rows at the end are cut off, which a chain by itself cannot. */
export interface AuditHead {
  sealNo: number;
  /** Hex. */
  hash: string;
}

export interface AuditVerification {
  ok: boolean;
  sealed: number;
  unsealed: number;
  /** The seal number at which the chain breaks first. */
  firstBreak: number | null;
  why: string | null;
}

const verification = z.object({
  sealed: z.coerce.number(),
  unsealed: z.coerce.number(),
  first_break: z.coerce.number().nullable(),
  why: z.string().nullable(),
});

/**
 * Seals everything committed so far, then walks the whole chain of the transaction's tenant; `kept` is a head that was noted earlier, `noted` the last entry that
 * was to expire from its beginning.
 */
export async function verifyAudit(tx: Tx, kept: AuditHead | null = null, noted: AuditHead | null = null): Promise<AuditVerification> {
  for (let sealed = SEAL_ROWS_MAX; sealed === SEAL_ROWS_MAX; ) sealed = await sealAudit(tx, 0);
  const [row] = await rowsOf(tx, sql`select sealed, unsealed, first_break, why from verify_audit()`, verification);
  if (row === undefined) throw new Error("verify_audit() gave no row.");
  const { sealed, unsealed, first_break: firstBreak, why } = row;
  if (firstBreak !== null) return { ok: false, sealed, unsealed, firstBreak, why };
  if (kept !== null && !(await holdsHead(tx, kept))) {
    const end = (await auditHead(tx))?.sealNo ?? 0;
    const cut = end < kept.sealNo ? end + 1 : kept.sealNo;
    return {
      ok: false,
      sealed,
      unsealed,
      firstBreak: cut,
      why: "it does not agree with the chain's end that was noted before: rows were cut off or written anew",
    };
  }
  const anchor = await auditAnchor(tx);
  if (anchor !== null && !isNoted(anchor, noted)) {
    return { ok: false, sealed, unsealed, firstBreak: anchor.sealNo, why: "rows at its beginning are gone that had not expired" };
  }
  return { ok: true, sealed, unsealed, firstBreak: null, why: null };
}

/** The note is made before anything goes, so it is never behind. */
function isNoted(anchor: AuditHead, noted: AuditHead | null): boolean {
  if (noted === null || noted.sealNo < anchor.sealNo) return false;
  return noted.sealNo > anchor.sealNo || noted.hash === anchor.hash;
}

/** The last entry that expired; null while the chain has its first one. */
async function auditAnchor(tx: Tx): Promise<AuditHead | null> {
  const [row] = await rowsOf(tx, sql`select seal_no, encode(hash, 'hex') as hash from audit_anchors where tenant_id = current_tenant()`, headRow);
  return row === undefined ? null : { sealNo: row.seal_no, hash: row.hash };
}

const headRow = z.object({ seal_no: z.coerce.number(), hash: z.string() });

/** The chain's present end, or null before anything was sealed. */
export async function auditHead(tx: Tx): Promise<AuditHead | null> {
  const [row] = await rowsOf(
    tx,
    sql`select seal_no, encode(hash, 'hex') as hash from ingestion_audit_log
        where tenant_id = current_tenant() and seal_no is not null order by seal_no desc limit 1`,
    headRow,
  );
  return row === undefined ? null : { sealNo: row.seal_no, hash: row.hash };
}

/** True where the chain still has the row that was its end when the head was noted. */
export async function holdsHead(tx: Tx, kept: AuditHead): Promise<boolean> {
  const query = sql`select seal_no, encode(hash, 'hex') as hash from ingestion_audit_log where tenant_id = current_tenant() and seal_no = ${kept.sealNo}`;
  const [row] = await rowsOf(tx, query, headRow);
  return row?.hash === kept.hash;
}

const auditRow = z.object({
  id: z.uuid(),
  action: z.string(),
  subject_type: z.string().nullable(),
  subject_id: z.string().nullable(),
  connection_id: z.string().nullable(),
  job_id: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  user_id: z.string().nullable(),
  token_id: z.string().nullable(),
  ip_address: z.string().nullable(),
  created_at: z.string(),
  seal_no: z.coerce.number().nullable(),
  hash: z.string().nullable(),
});
export type AuditRow = z.infer<typeof auditRow>;

export interface AuditFilter {
  /** The last id of the page before. */
  cursor?: string | undefined;
  limit: number;
  jobId?: JobId | undefined;
  action?: string | undefined;
  userId?: string | undefined;
  tokenId?: string | undefined;
  subjectType?: string | undefined;
  subjectId?: string | undefined;
  /** Days in UTC, both included. */
  from?: string | undefined;
  to?: string | undefined;
}

/** A page of the log, newest first; `next_cursor` is null on the last one. */
export async function listAudit(tx: Tx, filter: AuditFilter): Promise<{ data: AuditRow[]; next_cursor: string | null }> {
  const wanted = [sql`tenant_id = current_tenant()`];
  if (filter.cursor !== undefined) wanted.push(sql`id < ${filter.cursor}`);
  if (filter.jobId !== undefined) wanted.push(sql`job_id = ${filter.jobId}`);
  if (filter.action !== undefined) wanted.push(sql`action = ${filter.action}`);
  if (filter.userId !== undefined) wanted.push(sql`user_id = ${filter.userId}`);
  if (filter.tokenId !== undefined) wanted.push(sql`token_id = ${filter.tokenId}`);
  if (filter.subjectType !== undefined) wanted.push(sql`subject_type = ${filter.subjectType}`);
  if (filter.subjectId !== undefined) wanted.push(sql`subject_id = ${filter.subjectId}`);
  if (filter.from !== undefined) wanted.push(sql`created_at >= ${filter.from}::date::timestamp at time zone 'UTC'`);
  if (filter.to !== undefined) wanted.push(sql`created_at < (${filter.to}::date + 1)::timestamp at time zone 'UTC'`);
  const rows = await rowsOf(
    tx,
    sql`select id, action, subject_type, subject_id, connection_id, job_id, details, user_id, token_id, host(ip_address) as ip_address,
               to_json(created_at) #>> '{}' as created_at, seal_no, encode(hash, 'hex') as hash
        from ingestion_audit_log where ${sql.join(wanted, sql` and `)} order by id desc limit ${filter.limit + 1}`,
    auditRow,
  );
  const data = rows.slice(0, filter.limit);
  return { data, next_cursor: rows.length > filter.limit ? (data.at(-1)?.id ?? null) : null };
}
