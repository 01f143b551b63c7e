/** What has expired, removed a batch at a time, one transaction of the company's own each. Never asks the clock: only the database's counts. */
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { idSchema, type JobId, type TenantId } from "../domain/ids.ts";
import { HOUSE_DAYS, type Retention } from "../domain/retention.ts";
import { readSettings } from "./settings.ts";
import { acrossTenants, type DatabaseEnv, rowsOf, type Tx } from "./tenant.ts";

/** 10 minutes: above the longest run of batches; whoever took a company and died is followed then. */
const TAKEN_MINUTES = 10;

const idRow = z.object({ tenant_id: idSchema<TenantId>() });
const countRow = z.object({ removed: z.coerce.number() });

/** Companies whose turn it is, longest waiting first. */
export async function tenantsDueForExpiry(env: DatabaseEnv, tenantsMax: number): Promise<TenantId[]> {
  const rows = await acrossTenants(env, (tx) => rowsOf(tx, sql`select t as tenant_id from tenants_due_for_expiry(${tenantsMax}) t`, idRow));
  return rows.map((row) => row.tenant_id);
}

/** Takes the company's turn: its periods; null where somebody else has it, or it is being deleted. */
export async function takeTurn(tx: Tx): Promise<Retention | null> {
  const taken = await rowsOf(
    tx,
    sql`update tenants set upkeep_due_at = now() + make_interval(mins => ${TAKEN_MINUTES})
         where id = current_tenant() and deleting_at is null and upkeep_due_at <= now() returning id as tenant_id`,
    idRow,
  );
  return taken.length === 0 ? null : (await readSettings(tx)).retention;
}

/** Again at once where something is left, else tomorrow. */
export async function setNextTurn(tx: Tx, { isDone }: { isDone: boolean }): Promise<void> {
  await tx.execute(sql`update tenants set upkeep_due_at = now() + make_interval(days => ${isDone ? 1 : 0}) where id = current_tenant()`);
}

export interface Expiring {
  /** Stable word of the audit entry. */
  what: string;
  days: number;
  /** Removes at most so many rows of the transaction's tenant; how many those were. */
  remove(tx: Tx, rowsMax: number): Promise<number>;
}

/** Every kind of row that goes, but for the raw files and the audit log, which have ways of their own. */
export function expiring(retention: Retention): Expiring[] {
  const { problems_days: problems, webhook_events_days: bells, alerts_days: alerts } = retention;
  return [
    { what: "problems", days: problems, remove: (tx, rows) => removeRows(tx, oldProblems(problems, rows)) },
    { what: "webhook_events", days: bells, remove: (tx, rows) => removeRows(tx, old("webhook_events", "received_at", bells, rows)) },
    { what: "alert_deliveries", days: alerts, remove: (tx, rows) => removeRows(tx, oldDeliveries(alerts, rows)) },
    { what: "alert_messages", days: alerts, remove: (tx, rows) => removeRows(tx, oldMessages(alerts, rows)) },
    { what: "outbox", days: HOUSE_DAYS.outbox, remove: (tx, rows) => removeRows(tx, old("outbox", "sent_at", HOUSE_DAYS.outbox, rows)) },
    { what: "uploads", days: HOUSE_DAYS.uploads, remove: (tx, rows) => removeRows(tx, old("uploads", "created_at", HOUSE_DAYS.uploads, rows)) },
    {
      what: "idempotency_keys",
      days: HOUSE_DAYS.idempotency_keys,
      remove: (tx, rows) => removeRows(tx, old("idempotency_keys", "created_at", HOUSE_DAYS.idempotency_keys, rows)),
    },
    ...(["sessions", "dead_letters", "invitations"] as const).map((what) => ({
      what,
      days: HOUSE_DAYS[what],
      remove: (tx: Tx, rows: number) => count(tx, sql`select expire_rows(${what}, ${HOUSE_DAYS[what]}, ${rows}) as removed`),
    })),
  ];
}

const ago = (days: number) => sql`now() - make_interval(days => ${days})`;

type Aged = "webhook_events" | "outbox" | "uploads" | "idempotency_keys";

/** Rows whose moment (null: it has not come) is so long ago. */
function old(table: Aged, moment: "received_at" | "sent_at" | "created_at", days: number, rowsMax: number): SQL {
  const name = sql.identifier(table);
  return sql`delete from ${name} where ctid = any (array(
    select ctid from ${name} where tenant_id = current_tenant() and ${sql.identifier(moment)} < ${ago(days)} limit ${rowsMax}))`;
}

/** Of jobs that are at their end: whoever still works on one, or has to decide, needs them. */
function oldProblems(days: number, rowsMax: number): SQL {
  return sql`delete from job_problems where ctid = any (array(
    select p.ctid from job_problems p join ingestion_jobs j on j.tenant_id = p.tenant_id and j.id = p.job_id
     where p.tenant_id = current_tenant() and p.created_at < ${ago(days)} and j.status not in ('pending', 'running')
     order by p.created_at limit ${rowsMax}))`;
}

/** Of messages that are no longer under way. One that waits for a channel that was switched off goes too: it is news no more. */
function oldDeliveries(days: number, rowsMax: number): SQL {
  return sql`delete from alert_deliveries where ctid = any (array(
    select d.ctid from alert_deliveries d left join alert_messages m on m.tenant_id = d.tenant_id and m.id = d.message_id
     where d.tenant_id = current_tenant() and d.raised_at < ${ago(days)} and m.status is distinct from 'open' limit ${rowsMax}))`;
}

function oldMessages(days: number, rowsMax: number): SQL {
  return sql`delete from alert_messages where ctid = any (array(
    select m.ctid from alert_messages m where m.tenant_id = current_tenant() and m.created_at < ${ago(days)} and m.status <> 'open'
       and not exists (select from alert_deliveries d where d.tenant_id = m.tenant_id and d.message_id = m.id) limit ${rowsMax}))`;
}

async function removeRows(tx: Tx, statement: SQL): Promise<number> {
  return (await tx.execute(statement)).rowCount ?? 0;
}

async function count(tx: Tx, query: SQL): Promise<number> {
  const [row] = await rowsOf(tx, query, countRow);
  return row?.removed ?? 0;
}

/** Bells of nobody: the one thing here that belongs to no company. */
export function expireUnownedWebhookEvents(env: DatabaseEnv, { days, rowsMax }: { days: number; rowsMax: number }): Promise<number> {
  return acrossTenants(env, (tx) => count(tx, sql`select expire_unowned_webhook_events(${days}, ${rowsMax}) as removed`));
}

const keyRow = z.object({ r2_key: z.string() });

/**
 * Marks objects as expired, so that nobody begins to read them: received so long ago, and none of the jobs over the same object is open. A reparse that has locked
 * its source's row is waited for by the next turn. How many were marked.
 */
export async function expireObjects(tx: Tx, { days, objectsMax }: { days: number; objectsMax: number }): Promise<number> {
  const locked = await rowsOf(
    tx,
    sql`select r2_key from raw_ingestion_data r where tenant_id = current_tenant() and object_removed_at is null and object_expired_at is null
          and received_at < ${ago(days)} and not exists (${openJobOf(sql`r.r2_key`)})
        order by received_at limit ${objectsMax} for no key update skip locked`,
    keyRow,
  );
  // Asked again behind the lock: a job that was begun over the object in between is seen now.
  const marked = await rowsOf(
    tx,
    sql`update raw_ingestion_data r set object_expired_at = now()
         where tenant_id = current_tenant() and r2_key = any(${sql.param(locked.map((row) => row.r2_key))}::text[]) and object_expired_at is null
           and not exists (${openJobOf(sql`r.r2_key`)}) returning r2_key`,
    keyRow,
  );
  return new Set(marked.map((row) => row.r2_key)).size;
}

const openJobOf = (key: SQL) => sql`
  select from raw_ingestion_data o join ingestion_jobs j on j.tenant_id = o.tenant_id and j.id = o.job_id
   where o.tenant_id = current_tenant() and o.r2_key = ${key} and j.status in ('pending', 'running')`;

/** Objects that are marked and not known to be gone. */
export async function objectsToRemove(tx: Tx, objectsMax: number): Promise<string[]> {
  const rows = await rowsOf(
    tx,
    sql`select distinct r2_key from raw_ingestion_data where tenant_id = current_tenant() and object_removed_at is null and object_expired_at is not null
        limit ${objectsMax}`,
    keyRow,
  );
  return rows.map((row) => row.r2_key);
}

/** What the storage has removed. */
export async function noteRemoved(tx: Tx, keys: string[]): Promise<void> {
  await tx.execute(sql`update raw_ingestion_data set object_removed_at = now()
    where tenant_id = current_tenant() and r2_key = any(${sql.param(keys)}::text[]) and object_removed_at is null`);
}

/** When the job's file expired, ISO 8601; null where it can be read. Locked, so that it does not expire beside what is begun with it. */
export async function fileExpiredAt(tx: Tx, jobId: JobId): Promise<string | null> {
  const rows = await rowsOf(
    tx,
    sql`select to_json(object_expired_at) #>> '{}' as expired_at from raw_ingestion_data where tenant_id = current_tenant() and job_id = ${jobId} for no key update`,
    z.object({ expired_at: z.string().nullable() }),
  );
  return rows.find((row) => row.expired_at !== null)?.expired_at ?? null;
}

const endRow = z.object({ seal_no: z.coerce.number(), hash: z.string() });

/** The last sealed entry that may go with all before it, of the first `rowsMax`; null where none may. The newest seal stays. */
export async function expiredAuditEnd(
  tx: Tx,
  { days, rowsMax }: { days: number; rowsMax: number },
): Promise<{ sealNo: number; hash: string } | null> {
  const [row] = await rowsOf(
    tx,
    sql`with sealed as (
          select seal_no, hash, created_at from ingestion_audit_log where tenant_id = current_tenant() and seal_no is not null order by seal_no limit ${rowsMax}),
        kept as (select min(seal_no) as seal_no from sealed where created_at >= ${ago(days)}),
        newest as (select max(seal_no) as seal_no from ingestion_audit_log where tenant_id = current_tenant() and seal_no is not null)
        select s.seal_no, encode(s.hash, 'hex') as hash from sealed s, kept k, newest n
         where s.seal_no < coalesce(k.seal_no, n.seal_no) and s.seal_no < n.seal_no order by s.seal_no desc limit 1`,
    endRow,
  );
  return row === undefined ? null : { sealNo: row.seal_no, hash: row.hash };
}

/** Removes the log's entries up to that one. The database keeps its hash, and refuses where they have not expired. */
export function expireAudit(tx: Tx, { through, days }: { through: number; days: number }): Promise<number> {
  return count(tx, sql`select expire_audit(${through}, ${days}) as removed`);
}
