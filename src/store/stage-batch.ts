/**
 * A batch of a file at rest before the books: statements, staged rows, balances and problems, in one statement behind the fence, so that a batch is one round
 * trip however much there is in it. Never moves the file's checkpoint.
 */
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { maskCardNumbers } from "../domain/card-number.ts";
import { IDENTITY_VERSION } from "../domain/identity.ts";
import type { Problem } from "../domain/problem.ts";
import type { BalanceRecord, EnvelopeCheck, RemovalRecord, StatementEnd, StatementStart } from "../domain/record.ts";
import { fence, type Lease, LeaseLost } from "./lease.ts";
import type { StagedWire } from "./staged-wire.ts";
import type { BatchScope, ExternalAccount } from "./staging.ts";
import { rowsOf, type Tx } from "./tenant.ts";

/** What came between two commits. Rows name their statement by its ordinal within the file. */
export interface BatchRows {
  starts: { start: StatementStart; account: ExternalAccount }[];
  ends: StatementEnd[];
  /** Numbered by their place after `from`. */
  wire: StagedWire;
  from: number;
  balances: { seq: number; balance: BalanceRecord }[];
  problems: { seq: number; statement: number | null; problem: Problem }[];
  removals: { seq: number; removal: RemovalRecord }[];
  /** Of movements that had another id before they were booked: by the movement's own number. */
  replacements: { seq: number; externalTransactionId: string }[];
  /** For the job's counters, and the group's and the file's own checks. */
  fetched: number;
  failed: number;
  checks: EnvelopeCheck[];
}

/** Writes them all; throws LeaseLost, and has written nothing, where the job has gone to another worker. A mapping exists for every account of `starts`. */
export async function stageBatch(tx: Tx, lease: Lease, scope: BatchScope, rows: BatchRows): Promise<void> {
  const parts = [
    sql`held as materialized (${fence(lease, addedToJob(rows))})`,
    sql`begun as (${beginStatements(scope, rows)})`,
    sql`st as materialized (${statementsOf(scope, rows)})`,
    ...(rows.wire.rows === 0 ? [] : [sql`staged as (${stageTransactions(scope, rows)})`]),
    ...(rows.balances.length === 0 ? [] : [sql`balances as (${stageBalances(scope, rows)})`]),
    ...(rows.problems.length === 0 ? [] : [sql`problems as (${stageProblems(scope, rows)})`]),
    ...(rows.removals.length === 0 ? [] : [sql`removals as (${stageRemovals(scope, rows)})`]),
    ...(rows.replacements.length === 0 ? [] : [sql`replacements as (${stageReplacements(scope, rows)})`]),
    ...(rows.ends.length === 0 ? [] : [sql`closed as (${closeStatements(scope, rows)})`]),
  ];
  const [row] = await rowsOf(tx, sql`with ${sql.join(parts, sql`, `)} select count(*)::int as held from held`, z.object({ held: z.number() }));
  if (row?.held !== 1) throw new LeaseLost(lease.jobId);
}

/** What the batch adds to its job. */
function addedToJob(added: Pick<BatchRows, "fetched" | "failed" | "checks">): SQL {
  return sql`, records_fetched = records_fetched + ${added.fetched}::bigint, records_failed = records_failed + ${added.failed}::bigint,
    envelope_proof = envelope_proof || ${JSON.stringify(added.checks)}::jsonb`;
}

/** Statements as they begin, each with its account where a person has confirmed the mapping; with their end, where that is in the batch too. */
function beginStatements(scope: BatchScope, { starts, ends }: BatchRows): SQL {
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
  return sql`
    insert into statements (tenant_id, job_id, raw_id, connection_id, ordinal, mapping_id, external_account_id, last_four, account_id, currency, as_of_on,
      as_of_time, covered_from, covered_to, kind, group_status, line_start, byte_start, line_end, byte_end, opening_minor, closing_minor, credits_minor,
      debits_minor, transaction_count, proof, member)
    select ${scope.tenantId}, ${scope.jobId}, ${scope.rawId}, ${scope.connectionId}, r.ordinal, m.id, r.hash, r.last_four, case when m.verified then m.account_id end,
      r.currency, coalesce(j.as_of_on, j.covered_to, r.as_of_on), r.as_of_time, coalesce(j.covered_from, r.covered_from), coalesce(j.covered_to, r.covered_to), r.kind,
      r.group_status, r.line_start, r.byte_start, j.line_end, j.byte_end, j.opening_minor, j.closing_minor, coalesce(j.credits_minor, 0), coalesce(j.debits_minor, 0),
      coalesce(j.transaction_count, 0), coalesce(j.proof, '[]'), r.member
      from held cross join json_to_recordset(${JSON.stringify(rows)}::json) as r(ordinal int, hash text, last_four text, currency char(3), as_of_on date, as_of_time text,
        covered_from date, covered_to date, kind text, group_status smallint, line_start bigint, byte_start bigint, member text)
      join account_mappings m on m.tenant_id = ${scope.tenantId} and m.connection_id = ${scope.connectionId} and m.external_account_id = r.hash
        and m.currency is not distinct from r.currency
      left join ${ended(ends)} on j.ordinal = r.ordinal
    returning ordinal, id, account_id, currency`;
}

/** The statements that the batch's rows stand in: those begun here, and those that were there before. None where the fence does not hold. */
function statementsOf(scope: BatchScope, { wire, balances, problems, removals }: BatchRows): SQL {
  const ordinals = [
    ...(wire.rows === 0 ? [] : [wire.firstStatement, wire.lastStatement]),
    ...balances.map(({ balance }) => balance.statement),
    ...removals.map(({ removal }) => removal.statement),
    ...problems.flatMap(({ statement }) => statement ?? []),
  ];
  const first = ordinals.reduce((least, ordinal) => Math.min(least, ordinal), Number.MAX_SAFE_INTEGER);
  const last = ordinals.reduce((most, ordinal) => Math.max(most, ordinal), -1);
  return sql`
    select ordinal, id, account_id, currency, ${IDENTITY_VERSION} || chr(31) || account_id::text || chr(31) as head from (
      select ordinal, id, account_id, currency from begun
      union all select x.ordinal, x.id, x.account_id, x.currency from held cross join statements x
       where x.tenant_id = ${scope.tenantId} and x.raw_id = ${scope.rawId} and x.ordinal between ${first}::bigint and ${last}::bigint) known`;
}

/** The identity key is hashed here, in SQL, where account and currency are known already (else by the matcher). */
function stageTransactions(scope: BatchScope, { wire, from }: BatchRows): SQL {
  return sql`
    insert into staged_transactions (tenant_id, job_id, seq, id, statement_id, account_id, posted_on, value_on, amount_minor, currency, type_code, bank_reference,
      customer_reference, description, external_transaction_id, is_pending, identity_text, identity_key, line_start, line_end, byte_start, byte_end, raw,
      invalid_code, invalid_reason)
    select ${scope.tenantId}, ${scope.jobId}, ${from}::bigint + r.place, r.id, st.id, st.account_id, r.posted_on, r.value_on, r.amount_minor, r.currency, r.type_code,
      r.bank_reference, r.customer_reference, r.description, r.external_transaction_id, r.is_pending, r.identity_text,
      case when r.currency is not null and r.invalid_code is null then sha256(convert_to(st.head || r.identity_text, 'UTF8')) end,
      r.line_start, r.line_end, r.byte_start, r.byte_end, r.raw, r.invalid_code, r.invalid_reason
      from unnest(${sql.param(wire.finish(scope.wireType))}::staged_wire[]) as r join st on st.ordinal = r.statement`;
}

/** Balances and summaries, as printed. */
function stageBalances(scope: BatchScope, { balances }: BatchRows): SQL {
  const rows = balances.map(({ seq, balance }) => ({
    seq,
    statement: balance.statement,
    type_code: balance.typeCode,
    level: balance.level,
    sign: balance.sign,
    amount_minor: balance.amountMinor,
    currency: balance.currency,
    as_of_on: balance.asOfOn,
    as_of_time: balance.asOfTime,
    item_count: balance.itemCount,
    funds_type: balance.fundsType,
    as_of_at: balance.asOfAt ?? null,
    line: balance.line,
  }));
  return sql`
    insert into staged_balances (tenant_id, job_id, seq, statement_id, type_code, level, sign, amount_minor, currency, as_of_on, as_of_time, as_of_at, item_count,
      funds_type, line)
    select ${scope.tenantId}, ${scope.jobId}, j.seq, st.id, j.type_code, j.level, j.sign, j.amount_minor, coalesce(j.currency, st.currency), j.as_of_on, j.as_of_time,
      j.as_of_at, j.item_count, j.funds_type, j.line
      from json_to_recordset(${JSON.stringify(rows)}::json) as j(seq bigint, statement int, type_code text, level text, sign text, amount_minor bigint, currency char(3),
        as_of_on date, as_of_time text, as_of_at timestamptz, item_count bigint, funds_type text, line bigint)
      join st on st.ordinal = j.statement`;
}

/** What the source takes back: folded with the rows of the same ids once all pages are read (store/fold.ts). */
function stageRemovals(scope: BatchScope, { removals }: BatchRows): SQL {
  const rows = removals.map(({ seq, removal }) => ({ seq, statement: removal.statement, id: removal.externalTransactionId, line: removal.line }));
  return sql`
    insert into staged_removals (tenant_id, job_id, seq, statement_id, external_transaction_id, line)
    select ${scope.tenantId}, ${scope.jobId}, j.seq, st.id, j.id, j.line
      from json_to_recordset(${JSON.stringify(rows)}::json) as j(seq bigint, statement int, id text, line bigint) join st on st.ordinal = j.statement`;
}

function stageReplacements(scope: BatchScope, { replacements }: BatchRows): SQL {
  const rows = replacements.map(({ seq, externalTransactionId }) => ({ seq, id: externalTransactionId }));
  return sql`
    insert into staged_replacements (tenant_id, job_id, seq, external_transaction_id)
    select ${scope.tenantId}, ${scope.jobId}, j.seq, j.id from held cross join json_to_recordset(${JSON.stringify(rows)}::json) as j(seq bigint, id text)`;
}

/** Amounts and counts stay as they are, however long: they are what the problem is about. */
const NUMBERS = /amount|total|balance|count/;

function maskedTexts({ field, value, expected, message }: Problem): Partial<Problem> {
  if (NUMBERS.test(field ?? "")) return {};
  const masked = (text: string | null) => (text === null ? null : maskCardNumbers(text));
  return { value: masked(value), expected: masked(expected), message: maskCardNumbers(message) };
}

/** A problem of the whole file stands in no statement. */
function stageProblems(scope: BatchScope, { problems }: BatchRows): SQL {
  const rows = problems.map(({ seq, statement, problem }) => ({ seq, statement, ...problem, ...maskedTexts(problem) }));
  return sql`
    insert into job_problems (tenant_id, job_id, seq, statement_id, severity, code, line, record, field, value, expected, message)
    select ${scope.tenantId}, ${scope.jobId}, j.seq, st.id, j.severity, j.code, j.line, j.record, j.field, j.value, j.expected, j.message
      from held cross join json_to_recordset(${JSON.stringify(rows)}::json) as j(seq bigint, statement int, severity text, code text, line bigint, record text,
        field text, value text, expected text, message text)
      left join st on st.ordinal = j.statement`;
}

/** What statements of earlier batches prove of themselves, now that they are whole. Those begun here are not seen yet: they came with their end. */
function closeStatements(scope: BatchScope, { ends }: BatchRows): SQL {
  return sql`
    update statements st set line_end = j.line_end, byte_end = j.byte_end, opening_minor = j.opening_minor, closing_minor = j.closing_minor,
      credits_minor = j.credits_minor, debits_minor = j.debits_minor, transaction_count = j.transaction_count, proof = j.proof,
      covered_from = coalesce(j.covered_from, st.covered_from), covered_to = coalesce(j.covered_to, st.covered_to),
      as_of_on = coalesce(j.as_of_on, j.covered_to, st.as_of_on)
      from held cross join ${ended(ends)}
     where st.tenant_id = ${scope.tenantId} and st.raw_id = ${scope.rawId} and st.ordinal = j.ordinal`;
}

/** The ends as rows `j`. */
function ended(ends: StatementEnd[]): SQL {
  const rows = ends.map((end) => ({
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
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as j(ordinal int, line_end bigint, byte_end bigint, opening_minor numeric, closing_minor numeric,
    credits_minor numeric, debits_minor numeric, transaction_count bigint, proof jsonb, covered_from date, covered_to date, as_of_on date)`;
}
