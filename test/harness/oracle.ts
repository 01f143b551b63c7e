/** The books and a parsed job, read for the pure matcher, so that its findings can be compared with the sweeps'. */
import type { JobId } from "../../src/domain/ids.ts";
import type { BookedRow, Days, Books as MatcherBooks, PlanRow, PlanStatement, Sighting } from "../../src/domain/match/nouns.ts";
import { matchPlan } from "../../src/domain/match.ts";
import type { StatementKind } from "../../src/domain/record.ts";
import { type Books, first } from "./books.ts";

interface StatementRow {
  id: string;
  connection_id: string;
  account_id: string;
  kind: StatementKind;
  group_status: 1 | 2 | 3 | 4 | null;
  as_of_on: string | null;
  day_from: string | null;
  day_to: string | null;
  job_id: string;
  is_imported: boolean;
}

/** What the pure matcher makes of the job, as comparable lines: one for each row, one for each removal. */
export async function oraclePlan(books: Books, jobId: JobId): Promise<string[]> {
  const statements = await books.rows<StatementRow>(
    `select id, connection_id, account_id, kind, group_status, as_of_on, coalesce(covered_from, as_of_on) as day_from, coalesce(covered_to, as_of_on) as day_to, job_id,
       imported_at is not null as is_imported from statements where tenant_id = $1 and account_id is not null order by job_id, ordinal`,
    [books.tenantId],
  );
  const job = first(
    await books.rows<{ connection_id: string; is_incremental: boolean; is_whole_read: boolean }>(
      `select connection_id, exists (select from sync_runs u where u.tenant_id = $1 and u.job_id = $2 and u.cursor_from is not null) as is_incremental,
         exists (select from sync_runs u where u.tenant_id = $1 and u.job_id = $2 and u.cursor_from is null) as is_whole_read
         from ingestion_jobs where tenant_id = $1 and id = $2`,
      [books.tenantId, jobId],
    ),
  );
  const rows = await stagedRows(books, jobId);
  const takenBack = await books.rows<{ statement_id: string; external_transaction_id: string }>(
    "select statement_id, external_transaction_id from staged_removals where tenant_id = $1 and job_id = $2 order by seq",
    [books.tenantId, jobId],
  );
  const planned: PlanStatement[] = statements
    .filter((statement) => statement.job_id === jobId && !statement.is_imported)
    .map((statement) => ({
      id: statement.id,
      accountId: statement.account_id,
      kind: statement.kind,
      groupStatus: statement.group_status,
      asOfOn: statement.as_of_on,
      days: daysOf(statement),
      rows: rows.filter((row) => row.statementId === statement.id),
      removals: takenBack.filter((removal) => removal.statement_id === statement.id).map((removal) => removal.external_transaction_id),
    }));
  const { findings, removals } = matchPlan(
    { connectionId: job.connection_id, statements: planned, isIncremental: job.is_incremental, isWholeRead: job.is_whole_read },
    await readBooks(books, job.connection_id, statements),
  );
  return [
    ...[...findings].map(([seq, f]) =>
      lineOf({
        seq: String(seq),
        outcome: f.outcome,
        code: f.code,
        target: f.targetId,
        version: f.targetVersion,
        occurrence: f.outcome === "duplicate" ? null : f.occurrence,
      }),
    ),
    ...removals.map((r) =>
      lineOf({
        seq: `removal in ${r.statementId}`,
        outcome: "removal",
        code: r.code,
        target: r.targetId,
        version: r.targetVersion,
        occurrence: null,
      }),
    ),
  ].sort();
}

/** The plan that the sweeps have written, as the same lines. */
export async function sweptPlan(books: Books, jobId: JobId): Promise<string[]> {
  const plan = await books.plan(jobId);
  return plan
    .filter((row) => row.outcome !== "invalid" && row.outcome !== "unmapped")
    .map((row) =>
      lineOf({
        seq: row.outcome === "removal" ? `removal in ${row.statement_id}` : String(row.seq),
        outcome: row.outcome,
        code: row.reason_code,
        target: row.target_id,
        version: row.target_version,
        occurrence: row.outcome === "new" ? (row.occurrence ?? 1) : row.outcome === "duplicate" ? null : row.occurrence,
      }),
    )
    .sort();
}

function lineOf(found: {
  seq: string;
  outcome: string;
  code: string;
  target: string | null;
  version: number | null;
  occurrence: number | null;
}): string {
  return `${found.seq}: ${found.outcome} ${found.code} target=${found.target} version=${found.version} occurrence=${found.occurrence}`;
}

const daysOf = (statement: { day_from: string | null; day_to: string | null }): Days | null =>
  statement.day_from === null || statement.day_to === null ? null : { from: statement.day_from, to: statement.day_to };

async function stagedRows(books: Books, jobId: JobId): Promise<(PlanRow & { statementId: string })[]> {
  const rows = await books.rows<{
    seq: string;
    id: string;
    statement_id: string;
    posted_on: string;
    amount_minor: string;
    bank_reference: string | null;
    customer_reference: string | null;
    external_transaction_id: string | null;
    identity_key: string;
    is_pending: boolean;
    former_id: string | null;
  }>(
    `select seq, id, statement_id, posted_on, amount_minor, bank_reference, customer_reference, external_transaction_id, encode(identity_key, 'hex') as identity_key, is_pending,
       (select x.external_transaction_id from staged_replacements x where x.tenant_id = s.tenant_id and x.job_id = s.job_id and x.seq = s.seq) as former_id
       from staged_transactions s where tenant_id = $1 and job_id = $2 and invalid_code is null and identity_key is not null order by seq`,
    [books.tenantId, jobId],
  );
  return rows.map((row) => ({
    seq: Number(row.seq),
    id: row.id,
    statementId: row.statement_id,
    postedOn: row.posted_on,
    amountMinor: BigInt(row.amount_minor),
    bankReference: row.bank_reference,
    customerReference: row.customer_reference,
    externalId: row.external_transaction_id,
    formerId: row.former_id,
    identityKey: row.identity_key,
    isPending: row.is_pending,
  }));
}

async function readBooks(books: Books, connectionId: string, statements: StatementRow[]): Promise<MatcherBooks> {
  const imported = new Map(statements.filter((statement) => statement.is_imported).map((statement) => [statement.id, statement]));
  const sightings = await books.rows<{ transaction_id: string; connection_id: string; statement_id: string }>(
    "select transaction_id, connection_id, statement_id from sightings where tenant_id = $1 and removed_by_job_id is null",
    [books.tenantId],
  );
  const providers = await books.rows<{ id: string; connection_type: string }>("select id, connection_type from connections where tenant_id = $1", [
    books.tenantId,
  ]);
  const ours = providers.find((provider) => provider.id === connectionId);
  const feeds = await books.rows<{ account_id: string }>("select account_id from account_mappings where tenant_id = $1 and connection_id <> $2", [
    books.tenantId,
    connectionId,
  ]);
  const rows = (await books.transactions()).map((row): BookedRow => {
    const origin = statements.find((statement) => statement.id === row.statement_id);
    return {
      id: row.id,
      accountId: row.account_id,
      connectionId: row.connection_id,
      statementId: row.statement_id,
      statementDays: origin && origin.kind !== "delta" ? daysOf(origin) : null,
      postedOn: row.posted_on,
      amountMinor: BigInt(row.amount_minor),
      bankReference: row.bank_reference,
      customerReference: row.customer_reference,
      scopedId: row.external_transaction_id,
      identityKey: row.identity_key,
      occurrence: row.occurrence,
      isPending: row.is_pending,
      isReconciled: row.reconciled,
      deletedBy: row.deleted_by_job_id !== null ? "bank" : row.deleted_by !== null ? "person" : null,
      version: row.version,
      sightings: sightings
        .filter((sighting) => sighting.transaction_id === row.id)
        .flatMap((sighting): Sighting[] => {
          const statement = imported.get(sighting.statement_id);
          return statement ? [{ connectionId: sighting.connection_id, days: daysOf(statement) }] : [];
        }),
    };
  });
  return {
    rows,
    finals: [...imported.values()]
      .filter((statement) => statement.kind === "final" && statement.group_status !== 2)
      .map((statement) => ({ connectionId: statement.connection_id, accountId: statement.account_id, days: daysOf(statement) })),
    sameProvider: new Set(providers.filter((provider) => provider.connection_type === ours?.connection_type).map((provider) => provider.id)),
    sharedAccounts: new Set(feeds.map((feed) => feed.account_id)),
  };
}
