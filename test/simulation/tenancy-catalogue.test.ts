/** What the catalogue must say of every table, index, key, function and role: later migrations are held to it without being asked. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import * as z from "zod";

const owner = new pg.Client({ connectionString: inject("db").adminUrl });
beforeAll(() => owner.connect());
afterAll(() => owner.end());

/** Tables without a tenant of their own, and why. */
const GLOBAL_TABLES: Readonly<Record<string, string>> = {
  tenants: "is the list of tenants",
  users: "a person may belong to several tenants",
  webhook_events: "what arrives for an item that nobody owns yet has no tenant",
};

/** Keys and indexes that do not lead with the tenant, and why that shows nothing. */
const CROSS_TENANT_INDEXES: Readonly<Record<string, string>> = {
  tenants_pkey: "the list of tenants itself; the Worker cannot write it",
  tenants_slug_key: "the list of tenants itself; the Worker cannot write it",
  users_pkey: "people are global; the Worker cannot write them",
  users_email: "people are global; the Worker cannot write them",
  users_subject: "people are global; the Worker cannot write them",
  invitations_by_email: "not unique; serves open_invitations, which answers ids",
  webhook_events_pkey: "ids are made here at random, never by who sends an event",
  api_tokens_by_hash: "not unique; serves token_owner, which answers ids",
  memberships_by_user: "not unique; serves tenant_ids_of_user, which answers ids",
  outbox_due: "not unique; serves unsent_outbox, which answers ids",
  ingestion_jobs_working: "not unique; serves stalled_jobs, which answers ids",
  connections_due: "not unique; serves due_syncs, which answers ids",
  connections_provider: "not unique; serves connections_of_provider, which answers ids",
};

/** Columns that name a row of ours without a foreign key, and why. */
const LOOSE_REFERENCES: Readonly<Record<string, string>> = {
  "accounts.lease_job_id": "a lease, which runs out by itself",
  "staged_transactions.job_id": "its statement carries the job; 100,000 checks a file",
  "staged_transactions.account_id": "its statement carries the account",
  "staged_transactions.statement_id": "taken from the statement's own row; checked when it is booked",
  "staged_matches.job_id": "its statement carries the job",
  "staged_matches.statement_id": "its staged row's",
  "staged_matches.target_id": "a transaction or, within the job, a staged row that becomes one",
  "staged_runs.job_id": "its statement carries the job",
  "staged_runs.statement_id": "its staged rows'",
  "staged_removals.job_id": "its statement carries the job",
  "webhook_events.job_id": "the run that the event rang for; the event is kept longer or shorter than it",
  "staged_balances.job_id": "its statement carries the job",
  "job_problems.statement_id": "written in one batch with its statement, in either order",
  "transaction_sightings.job_id": "its statement carries the job; 100,000 checks a file",
  "transaction_sightings.statement_id": "taken from the statement's own row, which the Worker cannot delete",
  "transaction_sightings.removed_by_job_id": "set from the job at hand by the undo's own statement",
  "transaction_sightings.connection_id": "its statement carries the connection",
  "idempotency_keys.principal_id": "a person or a token, whichever sent it; forgotten after a day",
  "outbox.job_id": "a message, which outlives nothing",
  "alert_deliveries.alert_id": "a message of the outbox, which may be cleared away before it",
  "dead_letters.job_id": "a message kept as it came, readable or not",
  "ingestion_audit_log.connection_id": "the log says what was, whatever is now",
  "ingestion_audit_log.job_id": "the log says what was, whatever is now",
  "ingestion_audit_log.token_id": "the log says who it was, whoever is now",
  "ingestion_audit_log.user_id": "the log says who it was, whoever is now",
  "transaction_revisions.user_id": "a person, who may leave; the revision stays",
};

/** No ids of ours: the bank's, the provider's or the storage's own words. */
const FOREIGN_WORDS: readonly string[] = ["external_account_id", "external_transaction_id", "event_id", "r2_upload_id", "request_id", "subject_id"];

/** Definer functions that answer something else than ids, and why. */
const ANSWERS_NO_ID: Readonly<Record<string, string>> = {
  expire_audit: "answers how many rows it removed, of the tenant at hand",
  expire_rows: "answers how many rows it removed, of the tenant at hand",
  expire_unowned_webhook_events: "answers how many rows of nobody it removed",
  remove_company_rows: "answers how many rows it removed, of the tenant at hand",
  seal_audit: "answers how many rows it sealed, of the tenant at hand",
};

async function rows<T>(statement: string, shape: z.ZodType<T>, values: unknown[] = []): Promise<T[]> {
  const result = await owner.query(statement, values);
  return z.array(shape).parse(result.rows);
}

const names = async (statement: string, values: unknown[] = []) =>
  (await rows(statement, z.object({ name: z.string() }), values)).map((row) => row.name);

describe("every table", () => {
  it("has a tenant that must be named, but for the global ones", async () => {
    const tenantless = await names(`
      select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull) order by 1`);

    expect(tenantless).toEqual(Object.keys(GLOBAL_TABLES).sort());
  });

  it("has row security, forced upon its owner too", async () => {
    const open = await names(`
      select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and not (c.relrowsecurity and c.relforcerowsecurity)`);

    expect(open).toEqual([]);
  });

  it("has one policy for all commands that holds rows to the tenant both when read and when written", async () => {
    const held = await names(`
      select tablename as name from pg_policies where schemaname = 'public' and policyname = 'tenant_only' and cmd = 'ALL' and permissive = 'PERMISSIVE'
       and qual = with_check and qual like '(tenant_id = %app.tenant_id%' order by 1`);
    const tables = await names(
      "select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1",
    );

    expect(held).toEqual(tables.filter((table) => !["tenants", "users"].includes(table)));
  });

  it("has no other policy than these", async () => {
    const others = await names(`
      select tablename || '.' || policyname || ' ' || cmd as name from pg_policies where schemaname = 'public'
       and not (policyname = 'tenant_only' and tablename <> 'tenants') order by 1`);

    expect(others).toEqual(["tenants.tenant_only ALL", "users.members_only ALL", "webhook_events.unowned_insert INSERT"]);
  });

  it("leads its keys and indexes with the tenant, but for the named look-ups", async () => {
    const crossing = await rows(
      `select i.relname as name, x.indisunique as is_unique from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
        left join pg_attribute a on a.attrelid = x.indrelid and a.attnum = x.indkey[0]
        where c.relnamespace = 'public'::regnamespace and a.attname is distinct from 'tenant_id' order by 1`,
      z.object({ name: z.string(), is_unique: z.boolean() }),
    );

    expect(crossing.map((index) => index.name)).toEqual(Object.keys(CROSS_TENANT_INDEXES).sort());
    const unique = crossing.filter((index) => index.is_unique).map((index) => index.name);
    expect(unique).toEqual(["tenants_pkey", "tenants_slug_key", "users_email", "users_pkey", "users_subject", "webhook_events_pkey"]);
  });

  it("references other tables' rows by tenant and id together", async () => {
    const crossing = await names(`
      select c.conrelid::regclass || ' -> ' || c.confrelid::regclass as name from pg_constraint c
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        join pg_attribute f on f.attrelid = c.confrelid and f.attnum = c.confkey[1]
       where c.contype = 'f' and c.connamespace = 'public'::regnamespace and c.confrelid <> 'tenants'::regclass
         and not (a.attname = 'tenant_id' and f.attname = 'tenant_id' and cardinality(c.conkey) > 1) order by 1`);

    expect(crossing).toEqual(["memberships -> users"]);
  });

  it("has a foreign key for each id it holds, but for the named ones", async () => {
    const loose = await names(
      `select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
          and a.attname like '%\\_id' and a.attname <> 'tenant_id' and a.attname <> all ($1::text[])
          and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and a.attnum = any (k.conkey)) order by 1`,
      [FOREIGN_WORDS],
    );

    expect(loose).toEqual(Object.keys(LOOSE_REFERENCES).sort());
  });

  it("is looked at through views that keep the asker's row security", async () => {
    const open = await names(`
      select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm')
       and not coalesce('security_invoker=true' = any (c.reloptions), false)`);

    expect(open).toEqual([]);
  });
});

describe("the Worker's role", () => {
  it("owns nothing, stands above nothing and belongs to no other role", async () => {
    const roles = await rows(
      `select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolinherit as is_strong,
              exists (select from pg_auth_members m where m.member = r.oid) as is_member,
              exists (select from pg_shdepend d where d.refobjid = r.oid and d.deptype = 'o') as is_owner
         from pg_roles r where rolname = 'stratifi_worker'`,
      z.object({ is_strong: z.boolean(), is_member: z.boolean(), is_owner: z.boolean() }),
    );

    expect(roles).toEqual([{ is_strong: false, is_member: false, is_owner: false }]);
  });

  it("may not truncate, reference, trigger or make anything", async () => {
    const grants = await names(`
      select c.relname || ' ' || p.privilege as name from pg_class c cross join unnest(array['truncate', 'references', 'trigger', 'maintain']) p(privilege)
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and has_table_privilege('stratifi_worker', c.oid, p.privilege)`);
    const makes = await names(
      `select 'create' as name where has_schema_privilege('stratifi_worker', 'public', 'create') or has_database_privilege('stratifi_worker', current_database(), 'create')`,
    );

    expect({ grants, makes }).toEqual({ grants: [], makes: [] });
  });

  it("reads people and companies without writing them, and writes the audit log without changing it", async () => {
    const may = (table: string) =>
      names(
        `select p.privilege as name from unnest(array['select', 'insert', 'update', 'delete']) p(privilege)
          where has_table_privilege('stratifi_worker', $1, p.privilege) or (p.privilege <> 'delete' and has_any_column_privilege('stratifi_worker', $1, p.privilege))`,
        [table],
      );

    expect(await may("users")).toEqual(["select"]);
    // Of a company its settings and its turn; a test below holds it to these columns.
    expect(await may("tenants")).toEqual(["select", "update"]);
    expect(await may("audit_anchors")).toEqual(["select"]);
    expect(await may("ingestion_audit_log")).toEqual(["select", "insert"]);
  });

  it("changes of a company nothing but its settings and when it is looked after", async () => {
    const columns = await names(`
      select a.attname as name from pg_attribute a where a.attrelid = 'tenants'::regclass and a.attnum > 0 and not a.attisdropped
       and has_column_privilege('stratifi_worker', a.attrelid, a.attnum, 'update') order by 1`);

    expect(columns).toEqual(["settings", "upkeep_due_at"]);
  });

  it("cannot say when an audit entry was written or how it is sealed", async () => {
    const columns = await names(`
      select a.attname as name from pg_attribute a where a.attrelid = 'ingestion_audit_log'::regclass and a.attnum > 0 and not a.attisdropped
       and not has_column_privilege('stratifi_worker', a.attrelid, a.attnum, 'insert') order by 1`);

    expect(columns).toEqual(["created_at", "hash", "previous_hash", "seal_no"]);
  });
});

describe("functions that act as their owner", () => {
  const definers = () =>
    rows(
      `select p.proname as name, coalesce(array_to_string(p.proconfig, ';'), '') as config, pg_get_function_result(p.oid) as answer
         from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef order by 1`,
      z.object({ name: z.string(), config: z.string(), answer: z.string() }),
    );

  it("look names up in one order that no temporary object comes before", async () => {
    const unpinned = (await definers()).filter((definer) => definer.config !== "search_path=pg_catalog, public, pg_temp");

    expect(unpinned).toEqual([]);
  });

  it("answer ids and nothing else, but for the named ones", async () => {
    const isIds = (answer: string) => /^(SETOF )?uuid$/.test(answer) || /^TABLE\((\w+ uuid(, )?)+\)$/.test(answer);
    const others = (await definers()).filter((definer) => !isIds(definer.answer)).map((definer) => definer.name);

    expect(others).toEqual(Object.keys(ANSWERS_NO_ID));
  });

  it("and all others are closed to whoever is not the Worker", async () => {
    const open = await names(`
      select p.proname as name from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
       where p.pronamespace = 'public'::regnamespace and a.grantee = 0`);

    expect(open).toEqual([]);
  });
});
