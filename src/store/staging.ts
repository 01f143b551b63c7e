/** Parsed rows at rest before the books: statements, staged rows, balances and problems, written set-based, one round trip a table. */
import { eq, type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { IDENTITY_VERSION } from "../domain/identity.ts";
import { idSchema, type StatementId } from "../domain/ids.ts";
import type { Problem } from "../domain/problem.ts";
import type { BalanceRecord, EnvelopeCheck, StatementEnd, StatementStart } from "../domain/record.ts";
import type { Sealed } from "../domain/stored.ts";
import { statements } from "./schema.ts";
import type { StagedWire } from "./staged-wire.ts";
import { rowsOf, type Tx } from "./tenant.ts";

/** The ids that every row of a batch carries. */
export interface BatchScope {
  tenantId: string;
  jobId: string;
  rawId: string;
  connectionId: string;
  /** As `stagedWireType` says. */
  wireType: number;
  fileAccount: FileAccount;
}

/** The account of a file that names none itself. */
export interface FileAccount {
  /** Stands in for the number: the connection's own, or one of this file alone where its connection receives every bank's files. */
  number: string;
  /** It is the connection's own: also of each file in an archive, which else has its own. */
  isOfConnection: boolean;
  fileName: string;
  /** The account that the sender named, and who that was. */
  accountId: string | null;
  sentBy: string | null;
  /** Files of the same shape went there before: a suggestion. */
  profileId: string | null;
}

export interface ExternalAccount {
  /** The keyed hash of the number. */
  hash: string;
  lastFour: string;
  currency: string | null;
  sealed: Sealed | null;
  /** The file names no account: this one stands for it, under the file's name. */
  ofFile: string | null;
  /** The connection has no mapping for it yet. */
  isNew: boolean;
}

const openStatement = z.object({
  ordinal: z.number(),
  id: idSchema<StatementId>(),
  account_id: z.string().nullable(),
  currency: z.string().nullable(),
  group_status: z.number().nullable(),
});
/** What rows need to know of the statement they stand in. */
export type OpenStatement = z.infer<typeof openStatement>;

/** The statements that had not ended when the parser stopped, and the newest in any case; none at a file's beginning. */
export function openStatements(tx: Tx, rawId: string): Promise<OpenStatement[]> {
  return rowsOf(
    tx,
    sql`select st.ordinal, st.id, st.account_id, st.currency, st.group_status from statements st
         where st.raw_id = ${rawId} and (st.line_end is null or st.ordinal = (select max(o.ordinal) from statements o where o.raw_id = ${rawId}))`,
    openStatement,
  );
}

/** The external accounts among `accounts` that have no mapping yet on the connection. */
export async function unknownAccounts(tx: Tx, connectionId: string, accounts: ExternalAccount[]): Promise<ExternalAccount[]> {
  const known = await rowsOf(
    tx,
    sql`select m.external_account_id as hash, m.currency from account_mappings m
        where m.connection_id = ${connectionId} and m.external_account_id = any(${sql.param(accounts.map((account) => account.hash))}::text[])`,
    z.object({ hash: z.string(), currency: z.string().nullable() }),
  );
  const keys = new Set(known.map((row) => `${row.hash} ${row.currency ?? ""}`));
  return accounts.filter((account) => !keys.has(`${account.hash} ${account.currency ?? ""}`));
}

/**
 * New external accounts become mappings without an account, with a suggestion: the account of the same number and currency, or for a file that names none, the
 * one that the last file of its shape went to. The account that the sender named holds at once, if its currency is the file's.
 */
export async function insertMappings(tx: Tx, scope: BatchScope, accounts: ExternalAccount[]): Promise<void> {
  if (accounts.length === 0) return;
  const rows = accounts.map((account) => ({
    hash: account.hash,
    sealed: account.sealed,
    last_four: account.lastFour,
    currency: account.currency,
    of_file: account.ofFile !== null,
    name: account.ofFile,
  }));
  const { accountId, sentBy, profileId } = scope.fileAccount;
  await tx.execute(sql`
    insert into account_mappings (tenant_id, connection_id, external_account_id, external_account_sealed, external_account_name, last_four, currency,
      suggested_account_id, account_id, verified, verified_by, verified_at, auto_created)
    select ${scope.tenantId}, ${scope.connectionId}, r.hash, r.sealed, r.name, r.last_four, r.currency,
           case when r.of_file then coalesce(named.id, ${lastOfShape(profileId)})
                else (select a.id from accounts a where a.account_number_hash = r.hash and (r.currency is null or a.currency = r.currency) limit 1) end,
           named.id, named.id is not null, case when named.id is not null then ${sentBy}::uuid end, case when named.id is not null then now() end, true
      from json_to_recordset(${JSON.stringify(rows)}::json) as r(hash text, sealed jsonb, last_four text, currency char(3), of_file boolean, name text)
      left join accounts named on named.id = ${accountId}::uuid and r.of_file and (r.currency is null or r.currency = named.currency)
    on conflict (tenant_id, connection_id, external_account_id, currency) do nothing`);
}

/** The account that the last file of the same profile was mapped to. */
function lastOfShape(profileId: string | null): SQL {
  return sql`(select st.account_id from raw_ingestion_data o join statements st on st.tenant_id = o.tenant_id and st.raw_id = o.id
    where o.profile_id = ${profileId}::uuid and st.account_id is not null order by o.id desc limit 1)`;
}

/** Statements as they begin, each with its account where a person has confirmed the mapping. */
export async function insertStatements(
  tx: Tx,
  scope: BatchScope,
  starts: { start: StatementStart; account: ExternalAccount }[],
): Promise<OpenStatement[]> {
  if (starts.length === 0) return [];
  const rows = starts.map(({ start, account }) => ({
    ordinal: start.ordinal,
    hash: account.hash,
    last_four: account.lastFour,
    currency: start.currency,
    as_of_on: start.asOfOn,
    as_of_time: start.asOfTime,
    covered_from: start.coveredFrom,
    covered_to: start.coveredTo,
    kind: start.kind,
    group_status: start.groupStatus,
    line_start: start.place.line,
    byte_start: start.place.byteOffset,
    member: start.member ?? null,
  }));
  return rowsOf(
    tx,
    sql`with incoming as (
          select r.*, m.id as mapping_id, case when m.verified then m.account_id end as account_id
            from json_to_recordset(${JSON.stringify(rows)}::json) as r(ordinal int, hash text, last_four text, currency char(3), as_of_on date, as_of_time text,
              covered_from date, covered_to date, kind text, group_status smallint, line_start bigint, byte_start bigint, member text)
            join account_mappings m on m.tenant_id = ${scope.tenantId} and m.connection_id = ${scope.connectionId} and m.external_account_id = r.hash
              and m.currency is not distinct from r.currency),
        written as (
          insert into statements (tenant_id, job_id, raw_id, connection_id, ordinal, mapping_id, external_account_id, last_four, account_id, currency, as_of_on,
            as_of_time, covered_from, covered_to, kind, group_status, line_start, byte_start, member)
          select ${scope.tenantId}, ${scope.jobId}, ${scope.rawId}, ${scope.connectionId}, ordinal, mapping_id, hash, last_four, account_id, currency, as_of_on,
            as_of_time, covered_from, covered_to, kind, group_status, line_start, byte_start, member from incoming
          returning ordinal, id, account_id, currency, group_status)
        select w.ordinal, w.id, w.account_id, w.currency, w.group_status from written w`,
    openStatement,
  );
}

/** The number by which this database knows the type that staged rows travel as. */
export async function stagedWireType(tx: Tx): Promise<number> {
  const [row] = await rowsOf(tx, sql`select 'staged_wire'::regtype::oid::bigint as oid`, z.object({ oid: z.coerce.number() }));
  if (row === undefined) throw new Error("The database does not know the type staged_wire.");
  return row.oid;
}

/**
 * Staged rows of a batch, in statements that are written already: a row's statement and account are those of the statement's own row, and its number
 * within the job is its place in the batch after `from`. The identity key is hashed here, in SQL, where account and currency are known already (else by
 * the matcher).
 */
export async function stageTransactions(tx: Tx, scope: BatchScope, { wire, from }: { wire: StagedWire; from: number }): Promise<void> {
  if (wire.rows === 0) return;
  await tx.execute(sql`
    with st as materialized (
      select x.ordinal, x.id, x.account_id, ${IDENTITY_VERSION} || chr(31) || x.account_id::text || chr(31) as head from statements x
       where x.tenant_id = ${scope.tenantId} and x.raw_id = ${scope.rawId} and x.ordinal between ${wire.firstStatement} and ${wire.lastStatement})
    insert into staged_transactions (tenant_id, job_id, seq, id, statement_id, account_id, posted_on, value_on, amount_minor, currency, type_code, bank_reference,
      customer_reference, description, external_transaction_id, is_pending, identity_text, identity_key, line_start, line_end, byte_start, byte_end, raw,
      invalid_code, invalid_reason)
    select ${scope.tenantId}, ${scope.jobId}, ${from}::bigint + r.place, r.id, st.id, st.account_id, r.posted_on, r.value_on, r.amount_minor, r.currency, r.type_code,
      r.bank_reference, r.customer_reference, r.description, r.external_transaction_id, r.is_pending, r.identity_text,
      case when r.currency is not null and r.invalid_code is null then sha256(convert_to(st.head || r.identity_text, 'UTF8')) end,
      r.line_start, r.line_end, r.byte_start, r.byte_end, r.raw, r.invalid_code, r.invalid_reason
      from unnest(${sql.param(wire.finish(scope.wireType))}::staged_wire[]) as r join st on st.ordinal = r.statement`);
}

/** Balances and summaries of a batch, as printed. */
export async function stageBalances(
  tx: Tx,
  scope: BatchScope,
  rows: { seq: number; statement: OpenStatement; balance: BalanceRecord }[],
): Promise<void> {
  if (rows.length === 0) return;
  const wire = rows.map(({ seq, statement, balance }) => ({
    seq,
    statement_id: statement.id,
    type_code: balance.typeCode,
    level: balance.level,
    sign: balance.sign,
    amount_minor: balance.amountMinor,
    currency: balance.currency ?? statement.currency,
    as_of_on: balance.asOfOn,
    as_of_time: balance.asOfTime,
    item_count: balance.itemCount,
    funds_type: balance.fundsType,
    line: balance.line,
  }));
  await tx.execute(sql`
    insert into staged_balances (tenant_id, job_id, seq, statement_id, type_code, level, sign, amount_minor, currency, as_of_on, as_of_time, item_count, funds_type, line)
    select ${scope.tenantId}, ${scope.jobId}, j.* from json_to_recordset(${JSON.stringify(wire)}::json) as j(seq bigint, statement_id uuid, type_code text, level text,
      sign text, amount_minor bigint, currency char(3), as_of_on date, as_of_time text, item_count bigint, funds_type text, line bigint)`);
}

export async function insertProblems(
  tx: Tx,
  scope: BatchScope,
  rows: { seq: number; statementId: string | null; problem: Problem }[],
): Promise<void> {
  if (rows.length === 0) return;
  const wire = rows.map(({ seq, statementId, problem }) => ({ seq, statement_id: statementId, ...problem }));
  await tx.execute(sql`
    insert into job_problems (tenant_id, job_id, seq, statement_id, severity, code, line, record, field, value, expected, message)
    select ${scope.tenantId}, ${scope.jobId}, j.* from json_to_recordset(${JSON.stringify(wire)}::json) as j(seq bigint, statement_id uuid, severity text, code text,
      line bigint, record text, field text, value text, expected text, message text)`);
}

/** What a statement proves of itself, once it is whole. */
export async function closeStatements(tx: Tx, scope: BatchScope, ends: StatementEnd[]): Promise<void> {
  if (ends.length === 0) return;
  const wire = ends.map((end) => ({
    ordinal: end.statement,
    line_end: end.lineEnd,
    byte_end: end.byteEnd,
    opening_minor: end.openingMinor,
    closing_minor: end.closingMinor,
    credits_minor: end.creditsMinor,
    debits_minor: end.debitsMinor,
    transaction_count: end.transactionCount,
    proof: end.proof,
    covered_from: end.covered?.from ?? null,
    covered_to: end.covered?.to ?? null,
    as_of_on: end.asOfOn ?? null,
  }));
  await tx.execute(sql`
    update statements st set line_end = j.line_end, byte_end = j.byte_end, opening_minor = j.opening_minor, closing_minor = j.closing_minor,
      credits_minor = j.credits_minor, debits_minor = j.debits_minor, transaction_count = j.transaction_count, proof = j.proof,
      covered_from = coalesce(j.covered_from, st.covered_from), covered_to = coalesce(j.covered_to, st.covered_to),
      as_of_on = coalesce(j.as_of_on, j.covered_to, st.as_of_on)
      from json_to_recordset(${JSON.stringify(wire)}::json) as j(ordinal int, line_end bigint, byte_end bigint, opening_minor numeric, closing_minor numeric,
        credits_minor numeric, debits_minor numeric, transaction_count bigint, proof jsonb, covered_from date, covered_to date, as_of_on date)
     where st.tenant_id = ${scope.tenantId} and st.raw_id = ${scope.rawId} and st.ordinal = j.ordinal`);
}

/** What the batch adds to its job: counters, and the group's and the file's own checks. Goes with the fence (`holdLease`). */
export function addedToJob(added: { fetched: number; failed: number; checks: EnvelopeCheck[] }): SQL {
  return sql`, records_fetched = records_fetched + ${added.fetched}::bigint, records_failed = records_failed + ${added.failed}::bigint,
    envelope_proof = envelope_proof || ${JSON.stringify(added.checks)}::jsonb`;
}

/** How many statements the job has so far. */
export async function countStatements(tx: Tx, jobId: string): Promise<number> {
  return tx.$count(statements, eq(statements.job_id, jobId));
}

/** The first error of the job's files, in the file's order; null where there is none. */
export async function firstError(tx: Tx, jobId: string): Promise<{ code: string; message: string } | null> {
  const [row] = await rowsOf(
    tx,
    sql`select code, message from job_problems where job_id = ${jobId} and severity = 'error' order by seq limit 1`,
    z.object({ code: z.string(), message: z.string() }),
  );
  return row ?? null;
}
