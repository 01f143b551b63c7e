/** What no statement can prove alone: that it opens where the one before it closed (RULES.md §4). Writes proof onto statements; never touches the books. */
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { type FinalStatement, ledgerFromPrevious, nearestEarlier, proveAcross } from "../domain/continuity.ts";
import { jobVerdict, statementVerdict } from "../domain/proof.ts";
import type { ProofCheck } from "../domain/record.ts";
import { rowsOf, type Tx } from "../store/tenant.ts";

const proofCheck = z.object({
  check: z.string(),
  expected: z.string().nullable(),
  actual: z.string().nullable(),
  ok: z.boolean().nullable(),
  line: z.number().nullable(),
  note: z.string().nullable(),
});

const statementRow = z.object({
  id: z.string(),
  job_id: z.string(),
  feed: z.string(),
  is_imported: z.boolean(),
  day_from: z.string(),
  day_to: z.string(),
  opening_minor: z.string().nullable(),
  closing_minor: z.string().nullable(),
  credits_minor: z.string(),
  debits_minor: z.string(),
  transaction_count: z.coerce.number(),
  line: z.coerce.number(),
  proof: z.array(proofCheck),
  before_id: z.string().nullable(),
  before_to: z.string().nullable(),
  before_closing: z.string().nullable(),
});
type StatementRow = z.infer<typeof statementRow>;

/** Proves the job's final statements against the books and against earlier ones of the same job. Its verdict is for whoever plans it: see judgeJobs. */
export async function proveContinuity(tx: Tx, jobId: string): Promise<void> {
  await prove(tx, sql`st.job_id = ${jobId}`);
}

/** Statements came into the books or left them: proves them again, and those in the books that come next after them, and judges their jobs. Call it once `imported_at` says so. */
export async function proveNeighbours(tx: Tx, statementIds: string[]): Promise<void> {
  if (statementIds.length === 0) return;
  const changed = sql`${sql.param(statementIds)}::uuid[]`;
  const jobIds = await prove(
    tx,
    sql`(st.id = any(${changed}) or (st.imported_at is not null and (st.account_id, st.connection_id, ${dayFrom("st")}) in (
      select c.account_id, c.connection_id, after.day from statements c
       cross join lateral (
         select ${dayFrom("n")} as day from statements n
          where n.tenant_id = c.tenant_id and n.account_id = c.account_id and n.connection_id = c.connection_id and n.imported_at is not null and ${isFinal("n")}
            and ${dayFrom("n")} > ${dayTo("c")}
          order by 1 limit 1) after
      where c.tenant_id = (select current_tenant()) and c.id = any(${changed}))))`,
  );
  await judgeJobs(tx, jobIds);
}

/** Answers with the jobs whose statements they are. */
async function prove(tx: Tx, which: SQL): Promise<string[]> {
  const rows = await rowsOf(tx, finalStatements(which), statementRow);
  const unaddable = await unaddableStatements(tx, rows);
  const ofFeed = Map.groupBy(rows, (row) => `${row.job_id} ${row.feed}`);
  const proven = rows.map((row) => {
    const booked = bookedBefore(row);
    // A statement in the books continues from the books; one in a plan also from what stands before it in its own job.
    const ofJob = row.is_imported ? [] : (ofFeed.get(`${row.job_id} ${row.feed}`) ?? []).map(finalOf);
    const current = finalOf(row);
    const previous = nearestEarlier(booked ? [booked, ...ofJob] : ofJob, current);
    const movements = {
      creditsMinor: row.credits_minor,
      debitsMinor: row.debits_minor,
      count: row.transaction_count,
      canAdd: !unaddable.has(row.id),
    };
    return { id: row.id, continuity: proveAcross(previous, current), proof: withLedger(row.proof, ledgerFromPrevious(previous, current, movements)) };
  });
  if (proven.length === 0) return [];
  await tx.execute(sql`
    update statements st set continuity = p.continuity, proof = p.proof
      from jsonb_to_recordset(${JSON.stringify(proven)}::jsonb) as p(id uuid, continuity jsonb, proof jsonb)
     where st.tenant_id = (select current_tenant()) and st.id = p.id`);
  return [...new Set(rows.map((row) => row.job_id))];
}

const judged = z.object({ check: z.string(), ok: z.boolean().nullable() });
const checkedJob = z.object({ id: z.string(), statements: z.array(z.array(judged)), around: z.array(z.boolean().nullable()) });

/**
 * Writes the jobs' verdicts (`proof_ok`), from what their statements say now. A job that somebody else holds is left out: whoever holds it judges it
 * when it is planned, and waiting for it here could be waiting for each other. Answers with the verdicts written.
 */
export async function judgeJobs(tx: Tx, jobIds: string[]): Promise<Map<string, boolean | null>> {
  if (jobIds.length === 0) return new Map();
  const jobs = await rowsOf(tx, checksOfJobs(jobIds), checkedJob);
  const verdicts = new Map(jobs.map((job) => [job.id, jobVerdict([...job.statements.map(statementVerdict), ...job.around])]));
  const wire = JSON.stringify([...verdicts].map(([id, ok]) => ({ id, ok })));
  await tx.execute(sql`
    update ingestion_jobs j set proof_ok = v.ok from jsonb_to_recordset(${wire}::jsonb) as v(id uuid, ok boolean)
     where j.tenant_id = (select current_tenant()) and j.id = v.id and j.proof_ok is distinct from v.ok`);
  return verdicts;
}

/** Of each job every different set of checks that one of its statements has (a handful, however many statements), and the checks of its groups and file. */
function checksOfJobs(jobIds: string[]): SQL {
  return sql`
    select j.id, jsonb_path_query_array(j.envelope_proof, '$[*].check.ok') as around,
           (select coalesce(jsonb_agg(distinct p.checks), '[]') from statements st
             cross join lateral (select coalesce(jsonb_agg(jsonb_build_object('check', c -> 'check', 'ok', c -> 'ok')), '[]') as checks
                                   from jsonb_array_elements(st.proof || coalesce(st.continuity, '[]')) c) p
             where st.tenant_id = j.tenant_id and st.job_id = j.id) as statements
      from ingestion_jobs j where j.tenant_id = (select current_tenant()) and j.id = any(${sql.param(jobIds)}::uuid[])
       for no key update of j skip locked`;
}

/** Only a statement that names no opening balance borrows one; what the statement proved by itself stays. */
function withLedger(proof: ProofCheck[], ledger: ProofCheck | null): ProofCheck[] {
  return ledger === null ? proof : proof.map((check) => (check.check === ledger.check ? ledger : check));
}

/** Final statements with their nearest earlier one in the books, of the same account and connection; a deletion or a test is no balance's witness. */
function finalStatements(which: SQL): SQL {
  return sql`
    select st.id, st.job_id, st.account_id || ' ' || st.connection_id as feed, st.imported_at is not null as is_imported,
           ${dayFrom("st")}::text as day_from, ${dayTo("st")}::text as day_to, st.opening_minor::text, st.closing_minor::text,
           st.credits_minor::text, st.debits_minor::text, st.transaction_count, st.line_start as line, st.proof,
           before.id as before_id, before.day_to::text as before_to, before.closing_minor as before_closing
      from statements st
      left join lateral (
        select b.id, ${dayTo("b")} as day_to, b.closing_minor::text from statements b
         where b.tenant_id = st.tenant_id and b.account_id = st.account_id and b.connection_id = st.connection_id and b.imported_at is not null and b.id <> st.id
           and ${isFinal("b")} and ${dayTo("b")} < ${dayFrom("st")}
         order by 2 desc, b.imported_at desc, b.ordinal desc limit 1) before on true
     where st.tenant_id = (select current_tenant()) and st.account_id is not null and ${isFinal("st")} and ${dayFrom("st")} is not null and ${which}
     order by ${dayTo("st")}, st.ordinal`;
}

const idRow = z.object({ statement_id: z.string() });

/** Statements without an opening balance of which some movement cannot be added up: refused, or of a loan's type (BAI2 7xx). Non-monetary ones (890) may. */
async function unaddableStatements(tx: Tx, rows: StatementRow[]): Promise<Set<string>> {
  const asking = rows.filter((row) => row.opening_minor === null && row.closing_minor !== null);
  if (asking.length === 0) return new Set();
  const jobs = [...new Set(asking.map((row) => row.job_id))];
  const found = await rowsOf(
    tx,
    sql`select distinct s.statement_id from staged_transactions s
         where s.tenant_id = (select current_tenant()) and s.job_id = any(${sql.param(jobs)}::uuid[]) and s.type_code <> '890'
           and (s.invalid_code is not null or s.amount_minor is null or s.type_code like '7__')`,
    idRow,
  );
  return new Set(found.map((row) => row.statement_id));
}

function finalOf(row: StatementRow): FinalStatement {
  return { id: row.id, dayFrom: row.day_from, dayTo: row.day_to, openingMinor: row.opening_minor, closingMinor: row.closing_minor, line: row.line };
}

function bookedBefore(row: StatementRow): FinalStatement | null {
  if (row.before_id === null || row.before_to === null) return null;
  return { id: row.before_id, dayFrom: row.before_to, dayTo: row.before_to, openingMinor: null, closingMinor: row.before_closing, line: null };
}

function isFinal(alias: string): SQL {
  const st = sql.raw(alias);
  return sql`${st}.kind = 'final' and ${st}.group_status is distinct from 2 and ${st}.group_status is distinct from 4`;
}

function dayFrom(alias: string): SQL {
  return sql.raw(`coalesce(${alias}.covered_from, ${alias}.as_of_on)`);
}

function dayTo(alias: string): SQL {
  return sql.raw(`coalesce(${alias}.covered_to, ${alias}.as_of_on)`);
}
