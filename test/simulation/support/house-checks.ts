/** Promises that the house keeps whatever the files say: legal histories, empty hands, tenants apart. Reads; changes nothing. */
import { MOVES, STAGES, type Stage } from "../../../src/domain/status.ts";
import type { History } from "./history.ts";
import type { Company } from "./world.ts";

/** Each job's moves, as the audit log has them, are moves that there are. */
export async function illegalMoves({ sql }: History, company: Company): Promise<string[]> {
  const { rows } = await sql.query<{ job_id: string; stages: string[]; stage: string }>(
    `select j.id as job_id, j.stage, array(select substr(l.action, 5) from ingestion_audit_log l where l.tenant_id = j.tenant_id and l.job_id = j.id and l.action like 'job.%' order by l.id) as stages
       from ingestion_jobs j where j.tenant_id = $1`,
    [company.tenantId],
  );
  const found: string[] = [];
  for (const job of rows) {
    let at: Stage = "deposited";
    for (const word of job.stages) {
      const to = STAGES.find((stage) => stage === word);
      if (to === undefined) continue;
      const targets: readonly Stage[] = MOVES[at];
      if (!targets.includes(to)) found.push(`job ${job.job_id} went from ${at} to ${to}`);
      at = to;
    }
    if (at !== job.stage) found.push(`job ${job.job_id} stands in ${job.stage}, its log ends in ${at}`);
  }
  return found;
}

/** What of a booked row a revision may change: what the bank said of it, and what people did. */
const TOLD = [
  "account_id",
  "posted_on",
  "amount_minor",
  "currency",
  "type_code",
  "bank_reference",
  "customer_reference",
  "description",
  "is_pending",
];
const STATE = ["identity_key", "occurrence", "category", "note", "reconciled", "deleted_at", "deleted_by_job_id"];

interface Revision {
  version: number;
  kind: string;
  job_stage: string | null;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

/** Each booked row's revisions lead, one after the other, from its first version to how it is now, and each does what its name says. */
export async function illegalRowHistories({ sql }: History, company: Company): Promise<string[]> {
  const { rows } = await sql.query<{ id: string; now: Record<string, unknown>; revisions: Revision[] | null }>(
    `select t.id, to_jsonb(t) as now, (select json_agg(json_build_object('version', r.version, 'kind', r.kind, 'job_stage', j.stage, 'before', r.before, 'after', r.after) order by r.version)
       from transaction_revisions r left join ingestion_jobs j on j.tenant_id = r.tenant_id and j.id = r.job_id where r.tenant_id = t.tenant_id and r.transaction_id = t.id) as revisions
       from transactions t where t.tenant_id = $1`,
    [company.tenantId],
  );
  return rows.flatMap(({ id, now, revisions }) => {
    const found: string[] = [];
    let at: Record<string, unknown> = { ...(revisions?.[0]?.before ?? now), version: 1 };
    for (const revision of revisions ?? []) {
      if (imageOf(revision.before) !== imageOf(at))
        found.push(`${revision.kind} ${revision.version} begins at ${imageOf(revision.before)}, not at ${imageOf(at)}`);
      if (revision.after["version"] !== revision.version)
        found.push(`${revision.kind} ${revision.version} ends at version ${String(revision.after["version"])}`);
      if (!isLegal(revision)) found.push(`${revision.kind} ${revision.version} makes ${imageOf(revision.before)} to ${imageOf(revision.after)}`);
      if (revision.job_stage !== null && revision.job_stage !== "done")
        found.push(`${revision.kind} ${revision.version} is of a job that is ${revision.job_stage}`);
      at = revision.after;
    }
    if (imageOf(now) !== imageOf(at)) found.push(`it is ${imageOf(now)}, and its history ends at ${imageOf(at)}`);
    return found.map((what) => `row ${id}: ${what}`);
  });
}

const imageOf = (row: Record<string, unknown>) => JSON.stringify(["version", ...TOLD, ...STATE].map((column) => row[column] ?? null));

const changes = ({ before, after }: Revision, columns: string[]) =>
  columns.filter((column) => JSON.stringify(before[column]) !== JSON.stringify(after[column]));

function isLegal(revision: Revision): boolean {
  const { before, after, kind } = revision;
  const wasLive = before["deleted_at"] === null;
  const isLive = after["deleted_at"] === null;
  if (Number(after["version"]) !== Number(before["version"]) + 1) return false;
  if (kind !== "update" && changes(revision, TOLD).length > 0) return false;
  if (changes(revision, STATE).some((column) => !(CHANGES_OF[kind] ?? []).includes(column))) return false;
  if (kind === "delete") return wasLive && !isLive && before["reconciled"] === false;
  if (kind === "restore") return !wasLive && isLive;
  // One that another source still shows only passes to it.
  if (kind === "removal") return wasLive;
  // A note may be written on a tombstone.
  if (kind === "edit") return wasLive === isLive;
  return wasLive && isLive && (kind !== "update" || after["account_id"] === before["account_id"]);
}

/** What of the state each kind of revision may touch. */
const CHANGES_OF: Record<string, string[]> = {
  edit: ["category", "note"],
  reconcile: ["reconciled"],
  unreconcile: ["reconciled"],
  delete: ["deleted_at", "deleted_by_job_id"],
  restore: ["deleted_at", "deleted_by_job_id"],
  removal: ["deleted_at", "deleted_by_job_id"],
  update: ["identity_key", "occurrence"],
};

/** Everything that was announced has been sent. */
export async function deafOutbox({ sql }: History, company: Company): Promise<string[]> {
  const { rows } = await sql.query<{ message_type: string; n: number }>(
    "select message_type, count(*)::int as n from outbox where tenant_id = $1 and sent_at is null group by 1",
    [company.tenantId],
  );
  return rows.map((row) => `company ${company.tenantId}: ${row.n} unsent ${row.message_type}`);
}

/** Nothing is left lying about by jobs that have ended. */
export async function leftOvers({ sql }: History, company: Company): Promise<string[]> {
  const { rows } = await sql.query<{ what: string; n: number }>(
    `select 'account leases' as what, count(*)::int as n from accounts where tenant_id = $1 and lease_job_id is not null
     union all select 'rows of undone jobs', count(*)::int from transactions t join ingestion_jobs j on j.tenant_id = t.tenant_id and j.id = t.import_job_id where t.tenant_id = $1 and j.stage <> 'done'
     union all select 'sightings of undone jobs', count(*)::int from sightings t join ingestion_jobs j on j.tenant_id = t.tenant_id and j.id = t.job_id where t.tenant_id = $1 and j.stage <> 'done'
     union all select 'balances of undone jobs', count(*)::int from account_balances t join ingestion_jobs j on j.tenant_id = t.tenant_id and j.id = t.import_job_id where t.tenant_id = $1 and j.stage <> 'done'
     union all select 'booked statements of undone jobs', count(*)::int from statements st join ingestion_jobs j on j.tenant_id = st.tenant_id and j.id = st.job_id
        where st.tenant_id = $1 and st.imported_at is not null and j.stage <> 'done'
     union all select 'statements that are mapped and wait for nobody', count(*)::int from statements st join ingestion_jobs j on j.tenant_id = st.tenant_id and j.id = st.job_id
         join account_mappings m on m.tenant_id = st.tenant_id and m.id = st.mapping_id
        where st.tenant_id = $1 and j.stage = 'done' and st.group_status is distinct from 4 and (st.imported_at is not null) is distinct from (m.verified and m.account_id is not null)
     union all select 'statements booked on another account than their mapping''s', count(*)::int from statements st join account_mappings m on m.tenant_id = st.tenant_id
         and m.id = st.mapping_id where st.tenant_id = $1 and st.group_status is distinct from 4 and st.imported_at is not null and m.account_id is distinct from st.account_id`,
    [company.tenantId],
  );
  return rows.filter((row) => row.n > 0).map((row) => `company ${company.tenantId}: ${row.n} ${row.what}`);
}

/** As the Worker's role: every table shows the company its own rows and nobody else's, and none without a company; and no row names another company's. */
export async function strangers({ sql, database, companies }: History, company: Company): Promise<string[]> {
  const others = companies.filter((other) => other !== company).map((other) => other.tenantId);
  const { rows: tables } = await sql.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and has_table_privilege('stratifi_worker', c.oid, 'select') order by 1`,
  );
  const visible = async (tenantId: string | null) => {
    const counts = tables.map(({ name }) => `select '${name}' as what, count(*)::int as n from ${name} where $1::uuid is null or tenant_id <> $1`);
    await database.connection.query("begin");
    try {
      await database.connection.query("select set_config('app.tenant_id', $1, true)", [tenantId ?? ""]);
      return (await database.connection.query<{ what: string; n: number }>(counts.join(" union all "), [tenantId])).rows;
    } finally {
      await database.connection.query("rollback");
    }
  };
  const { rows: named } = await sql.query<{ what: string; n: number }>(
    `select 'transactions that name what is not its own' as what, count(*)::int as n from transactions t where t.tenant_id = $1
       and (t.account_id in (select id from accounts where tenant_id = any($2)) or t.import_job_id in (select id from ingestion_jobs where tenant_id = any($2)))`,
    [company.tenantId, others],
  );
  const complain = (who: string, rows: { what: string; n: number }[]) =>
    rows.filter((row) => row.n > 0).map((row) => `${who} sees ${row.n} of ${row.what}`);
  return [
    ...complain(`company ${company.tenantId}`, [...(await visible(company.tenantId)), ...named]),
    ...complain("nobody's connection", await visible(null)),
  ];
}
