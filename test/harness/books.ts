/** A tenant's books, made straight in SQL: accounts, connections, parsed jobs, plans applied. For tests of the matcher; goes through no route and no import. */
import pg from "pg";
import { identityText } from "../../src/domain/identity.ts";
import type { JobId, TenantId } from "../../src/domain/ids.ts";
import { parseId } from "../../src/domain/ids.ts";
import type { StatementKind } from "../../src/domain/record.ts";
import { matchRows } from "../../src/pipeline/match.ts";
import { foldSync } from "../../src/store/fold.ts";
import type { Lease } from "../../src/store/lease.ts";
import { type TenantDoor, withTenantDoor } from "../../src/store/tenant.ts";

export interface Db {
  url: string;
  adminUrl: string;
  wsProxy: string;
}

export interface RowSpec {
  amount: bigint;
  on: string;
  text?: string;
  type?: string;
  bankReference?: string | null;
  customerReference?: string | null;
  pending?: boolean;
  externalId?: string | null;
  /** The id that the movement had before it was booked. */
  replaces?: string;
  invalid?: boolean;
}

export interface StatementSpec {
  account: string;
  kind?: StatementKind;
  groupStatus?: 1 | 2 | 3 | 4 | null;
  asOfOn?: string | null;
  coveredFrom?: string | null;
  coveredTo?: string | null;
  openingMinor?: bigint | null;
  closingMinor?: bigint | null;
  currency?: string;
  rows: RowSpec[];
  /** Ids that the source takes back, after the rows. */
  removals?: string[];
}

export interface PlannedRow {
  seq: number;
  id: string;
  outcome: string;
  reason_code: string;
  reason: string;
  target_id: string | null;
  target_version: number | null;
  occurrence: number | null;
  decision: string | null;
  statement_id: string;
}

export interface BookedTransaction {
  id: string;
  account_id: string;
  connection_id: string;
  statement_id: string;
  posted_on: string;
  amount_minor: string;
  bank_reference: string | null;
  customer_reference: string | null;
  identity_key: string;
  occurrence: number;
  is_pending: boolean;
  reconciled: boolean;
  external_transaction_id: string | null;
  deleted_by: string | null;
  deleted_by_job_id: string | null;
  version: number;
}

/** One tenant with its own books over one administrator's connection. Close it at the end. */
export class Books {
  readonly tenantId: TenantId;
  readonly sql: pg.Client;
  private readonly db: Db;

  private constructor(db: Db, sql: pg.Client, tenantId: TenantId) {
    this.db = db;
    this.sql = sql;
    this.tenantId = tenantId;
  }

  static async open(db: Db): Promise<Books> {
    const client = new pg.Client(db.adminUrl);
    // Days stay text, as everywhere in the house.
    client.setTypeParser(pg.types.builtins.DATE, (text: string) => text);
    await client.connect();
    const { rows } = await client.query<{ id: string }>("insert into tenants (name, slug) values ('Books', 'books-' || uuidv7()) returning id");
    return new Books(db, client, parseId<TenantId>(first(rows).id));
  }

  close(): Promise<void> {
    return this.sql.end();
  }

  async rows<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await this.sql.query<T>(text, values)).rows;
  }

  account(currency = "USD"): Promise<string> {
    return this.made("insert into accounts (tenant_id, name, currency) values ($1, 'Account', $2) returning id", [currency]);
  }

  connection(type = "bai2"): Promise<string> {
    return this.made("insert into connections (tenant_id, name, connection_type) values ($1, 'Bank', $2) returning id", [type]);
  }

  /** A member of the tenant. */
  async user(name: string): Promise<string> {
    const [user] = await this.rows<{ id: string }>("insert into users (email, name) values (uuidv7() || '@demo.test', $1) returning id", [name]);
    await this.sql.query("insert into memberships (tenant_id, user_id, role) values ($1, $2, 'member')", [this.tenantId, first([user]).id]);
    return first([user]).id;
  }

  /** The connection feeds the account; unverified until told otherwise. */
  async map(connection: string, account: string, verified = true): Promise<string> {
    const [known] = await this.rows<{ id: string }>(
      "select id from account_mappings where tenant_id = $1 and connection_id = $2 and external_account_id = $3",
      [this.tenantId, connection, account],
    );
    if (known) {
      await this.sql.query("update account_mappings set verified = $3, account_id = $4 where tenant_id = $1 and id = $2", [
        this.tenantId,
        known.id,
        verified,
        verified ? account : null,
      ]);
      return known.id;
    }
    return this.made(
      "insert into account_mappings (tenant_id, connection_id, external_account_id, currency, account_id, verified) values ($1, $2, $3, 'USD', $4, $5) returning id",
      [connection, account, verified ? account : null, verified],
    );
  }

  /** A parsed job whose statements stand in the given order. `mapped: false` leaves its accounts unknown. `sync`: a run that read all, or what changed. */
  async job(
    connection: string,
    statements: StatementSpec[],
    options: { mapped?: boolean; keyed?: boolean; sync?: "whole" | "changes" } = {},
  ): Promise<JobId> {
    const mapped = options.mapped ?? true;
    const jobId = await this.made(
      "insert into ingestion_jobs (tenant_id, connection_id, stage, status) values ($1, $2, 'matching', 'running') returning id",
      [connection],
    );
    const rawId = await this.made(
      "insert into raw_ingestion_data (tenant_id, connection_id, job_id, r2_key, file_name, size_bytes) values ($1, $2, $3, 'raw/test', 'test.bai', 0) returning id",
      [connection, jobId],
    );
    let seq = 0;
    for (const [ordinal, spec] of statements.entries()) {
      const mappingId = await this.map(connection, spec.account, mapped);
      const statementId = await this.made(
        `insert into statements (tenant_id, job_id, raw_id, connection_id, ordinal, mapping_id, external_account_id, account_id, currency, as_of_on, covered_from, covered_to,
           kind, group_status, line_start, byte_start, opening_minor, closing_minor)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, 0, $15, $16) returning id`,
        [
          jobId,
          rawId,
          connection,
          ordinal,
          mappingId,
          spec.account,
          mapped ? spec.account : null,
          spec.currency ?? "USD",
          spec.asOfOn ?? null,
          spec.coveredFrom ?? null,
          spec.coveredTo ?? null,
          spec.kind ?? "final",
          spec.groupStatus ?? null,
          spec.openingMinor ?? null,
          spec.closingMinor ?? null,
        ],
      );
      await this.stage({ jobId, statementId, spec, firstSeq: seq, keyed: mapped && (options.keyed ?? true) });
      seq += spec.rows.length;
      seq += await this.stageRemovals({ jobId, statementId, spec, firstSeq: seq });
    }
    if (options.sync !== undefined) await this.stageSync(jobId, connection, options.sync);
    return parseId<JobId>(jobId);
  }

  private async stageRemovals(at: { jobId: string; statementId: string; spec: StatementSpec; firstSeq: number }): Promise<number> {
    const removals = at.spec.removals ?? [];
    for (const [index, id] of removals.entries()) {
      await this.sql.query(
        "insert into staged_removals (tenant_id, job_id, seq, statement_id, external_transaction_id, line) values ($1, $2, $3, $4, $5, 1)",
        [this.tenantId, at.jobId, at.firstSeq + index, at.statementId, id],
      );
    }
    const replacing = at.spec.rows.flatMap((row, index) =>
      row.replaces === undefined ? [] : [{ seq: at.firstSeq - at.spec.rows.length + index, id: row.replaces }],
    );
    for (const { seq, id } of replacing) {
      await this.sql.query("insert into staged_replacements (tenant_id, job_id, seq, external_transaction_id) values ($1, $2, $3, $4)", [
        this.tenantId,
        at.jobId,
        seq,
        id,
      ]);
    }
    return removals.length;
  }

  /** Its run, and its pages folded as the last step of parsing does. */
  private async stageSync(jobId: string, connection: string, from: "whole" | "changes"): Promise<void> {
    await this.sql.query("insert into sync_runs (tenant_id, job_id, connection_id, trigger, cursor_from) values ($1, $2, $3, 'button', $4::jsonb)", [
      this.tenantId,
      jobId,
      connection,
      from === "changes" ? '"c"' : null,
    ]);
    await this.sql.query("update ingestion_jobs set job_type = 'sync' where tenant_id = $1 and id = $2", [this.tenantId, jobId]);
    const id = parseId<JobId>(jobId);
    await this.withJob(id, (door) => door.tx((tx) => foldSync(tx, id)));
  }

  private async stage(at: { jobId: string; statementId: string; spec: StatementSpec; firstSeq: number; keyed: boolean }): Promise<void> {
    const rows = at.spec.rows.map((row, index) => stagedRow(row, at.firstSeq + index, at.spec));
    await this.sql.query(
      `insert into staged_transactions (tenant_id, job_id, seq, statement_id, account_id, posted_on, amount_minor, currency, type_code, bank_reference, customer_reference,
         description, external_transaction_id, is_pending, identity_text, identity_key, line_start, line_end, byte_start, byte_end, raw, invalid_code, invalid_reason)
       select $1, $2, r.seq, $3, $4::uuid, r.posted_on, r.amount_minor, $6, r.type_code, r.bank_reference, r.customer_reference, r.description, r.external_id, r.is_pending,
         r.identity_text, case when $4::uuid is not null and r.invalid_code is null then sha256(convert_to('1' || chr(31) || $4::text || chr(31) || r.identity_text, 'UTF8')) end,
         r.seq, r.seq + 1, r.seq * 100, r.seq * 100 + 99, r.description, r.invalid_code, r.invalid_code
       from json_to_recordset($5::json) as r(seq bigint, posted_on date, amount_minor bigint, type_code text, bank_reference text, customer_reference text, description text,
         external_id text, is_pending boolean, identity_text text, invalid_code text)`,
      [this.tenantId, at.jobId, at.statementId, at.keyed ? at.spec.account : null, JSON.stringify(rows), at.spec.currency ?? "USD"],
    );
  }

  /** Works on the job through the house's own door, holding its lease. */
  async withJob<T>(jobId: JobId, work: (door: TenantDoor, lease: Lease) => Promise<T>): Promise<T> {
    const [taken] = await this.rows<{ lease_epoch: string }>(
      "update ingestion_jobs set lease_epoch = lease_epoch + 1, lease_until = now() + interval '90 s' where tenant_id = $1 and id = $2 returning lease_epoch",
      [this.tenantId, jobId],
    );
    const lease = { jobId, epoch: Number(first([taken]).lease_epoch) };
    return withTenantDoor({ DATABASE_URL: this.db.url, DB_WS_PROXY: this.db.wsProxy }, this.tenantId, (door) => work(door, lease));
  }

  match(jobId: JobId, rowsPerSliceMax?: number): Promise<void> {
    return this.withJob(jobId, (door, lease) => matchRows(door, { tenantId: this.tenantId, lease }, rowsPerSliceMax));
  }

  plan(jobId: JobId): Promise<PlannedRow[]> {
    return this.rows<PlannedRow>(
      `select seq::float8 as seq, id, outcome, reason_code, reason, target_id, target_version, occurrence, decision, statement_id
         from plan_rows where tenant_id = $1 and job_id = $2 order by seq`,
      [this.tenantId, jobId],
    );
  }

  /** Parsed, matched, and what came out. */
  async planOf(connection: string, statements: StatementSpec[]): Promise<{ jobId: JobId; plan: PlannedRow[] }> {
    const jobId = await this.job(connection, statements);
    await this.match(jobId);
    return { jobId, plan: await this.plan(jobId) };
  }

  /** Parsed, matched and booked with the plan's own decisions. */
  async booked(connection: string, statements: StatementSpec[]): Promise<JobId> {
    const { jobId } = await this.planOf(connection, statements);
    await this.applyPlan(jobId);
    return jobId;
  }

  transactions(): Promise<BookedTransaction[]> {
    return this.rows<BookedTransaction>(
      `select id, account_id, connection_id, statement_id, posted_on::text, amount_minor, bank_reference, customer_reference, encode(identity_key, 'hex') as identity_key, occurrence,
         is_pending, reconciled, external_transaction_id, deleted_by, deleted_by_job_id, version from transactions where tenant_id = $1 order by id`,
      [this.tenantId],
    );
  }

  /**
   * Books the plan in the simplest way that keeps its promises: new and imported rows in, updates and removals applied, duplicates sighted.
   * An open question is answered: possible duplicates and conflicts as `answer` says, removals are applied.
   */
  async applyPlan(jobId: JobId, answer: "link" | "import" = "link"): Promise<void> {
    const ours = [this.tenantId, jobId];
    const plan =
      "plan_rows p join staged_transactions s on s.tenant_id = p.tenant_id and s.job_id = p.job_id and s.seq = p.seq and p.imported_at is null";
    const scoped = "case when s.external_transaction_id is not null then s.account_id || ':' || s.external_transaction_id end";
    await this.sql.query("begin");
    // The rows were written a moment ago: without statistics the planner would walk the job once for each of them.
    await this.sql.query("set local enable_nestloop = off");
    await this.sql.query(
      `update transactions t set is_pending = s.is_pending, amount_minor = s.amount_minor, posted_on = s.posted_on, identity_key = s.identity_key,
         occurrence = case when t.identity_key = s.identity_key then t.occurrence else coalesce(p.occurrence, 1) end, bank_reference = s.bank_reference,
         customer_reference = s.customer_reference, description = s.description, version = version + 1,
         external_transaction_id = coalesce(${scoped}, t.external_transaction_id)
       from ${plan} where p.tenant_id = $1 and p.job_id = $2 and p.outcome = 'update' and t.tenant_id = $1 and t.id = p.target_id`,
      ours,
    );
    await this.sql.query(
      `update transactions t set deleted_at = now(), deleted_by_job_id = $2, external_transaction_id = null, version = version + 1
         from plan_rows p where p.tenant_id = $1 and p.job_id = $2 and p.outcome = 'removal' and p.reason_code <> 'removal_sighting_only' and p.imported_at is null
          and t.tenant_id = $1 and t.id = p.target_id`,
      ours,
    );
    await this.sql.query(
      `insert into transactions (tenant_id, id, account_id, connection_id, external_transaction_id, import_job_id, statement_id, line_start, line_end, byte_start, byte_end, posted_on,
         amount_minor, currency, type_code, bank_reference, customer_reference, description, is_pending, raw_data, identity_key, occurrence)
       select s.tenant_id, s.id, s.account_id, j.connection_id, ${scoped}, s.job_id, s.statement_id, s.line_start, s.line_end, s.byte_start, s.byte_end, s.posted_on,
         s.amount_minor, s.currency, s.type_code, s.bank_reference, s.customer_reference, s.description, s.is_pending, '{}', s.identity_key, coalesce(p.occurrence, 1)
       from ${plan} join ingestion_jobs j on j.tenant_id = s.tenant_id and j.id = s.job_id
       where p.tenant_id = $1 and p.job_id = $2 and (p.outcome = 'new' or (p.outcome = 'possible_duplicate' and $3 = 'import'))`,
      [...ours, answer],
    );
    await this.sql.query(
      `insert into transaction_sightings (tenant_id, transaction_id, statement_id, line_start, line_end, byte_start, byte_end, job_id, connection_id)
       select s.tenant_id, p.target_id, s.statement_id, s.line_start, s.line_end, s.byte_start, s.byte_end, s.job_id, j.connection_id
       from ${plan} join ingestion_jobs j on j.tenant_id = s.tenant_id and j.id = s.job_id join transactions t on t.tenant_id = p.tenant_id and t.id = p.target_id
       where p.tenant_id = $1 and p.job_id = $2 and (p.outcome = 'duplicate' or (p.outcome = 'possible_duplicate' and $3 = 'link'))`,
      [...ours, answer],
    );
    await this.sql.query("update statements set imported_at = now() where tenant_id = $1 and job_id = $2 and account_id is not null", ours);
    await this.sql.query("update ingestion_jobs set stage = 'done', status = 'completed' where tenant_id = $1 and id = $2", ours);
    await this.sql.query("commit");
  }

  /** A person's tombstone. */
  async deleteByPerson(transactionId: string, userId: string): Promise<void> {
    await this.sql.query(
      "update transactions set deleted_at = now(), deleted_by = $3, version = version + 1 where tenant_id = $1 and id = $2 and deleted_at is null",
      [this.tenantId, transactionId, userId],
    );
  }

  /** What a person says of a row of the plan; a row that is simply new gets its entry only now. */
  async decide(jobId: JobId, seq: number, decision: "import" | "skip" | "link", userId: string): Promise<void> {
    await this.sql.query(
      `insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, occurrence, decision, decided_by, decided_at)
       select tenant_id, job_id, seq, statement_id, 'new', 'not_seen_before', '', 1, $4, $5, now() from staged_transactions where tenant_id = $1 and job_id = $2 and seq = $3
       on conflict (tenant_id, job_id, seq) do update set decision = excluded.decision, decided_by = excluded.decided_by, decided_at = excluded.decided_at`,
      [this.tenantId, jobId, seq, decision, userId],
    );
  }

  async reconcile(transactionId: string): Promise<void> {
    await this.sql.query("update transactions set reconciled = true, version = version + 1 where tenant_id = $1 and id = $2", [
      this.tenantId,
      transactionId,
    ]);
  }

  private async made(text: string, values: unknown[]): Promise<string> {
    const { rows } = await this.sql.query<{ id: string }>(text, [this.tenantId, ...values]);
    return first(rows).id;
  }
}

function stagedRow(row: RowSpec, seq: number, statement: StatementSpec) {
  const text = row.text ?? "WIRE";
  const type = row.type ?? "195";
  const bankReference = row.bankReference ?? null;
  const customerReference = row.customerReference ?? null;
  return {
    seq,
    posted_on: row.on,
    amount_minor: String(row.amount),
    type_code: type,
    bank_reference: bankReference,
    customer_reference: customerReference,
    description: text,
    external_id: row.externalId ?? null,
    is_pending: row.pending ?? statement.kind === "interim",
    identity_text: identityText({
      currency: statement.currency ?? "USD",
      amountMinor: String(row.amount),
      postedOn: row.on,
      typeCode: type,
      bankReference,
      customerReference,
      text,
    }),
    invalid_code: row.invalid === true ? "amount_unreadable" : null,
  };
}

/** The first of rows that a statement promises; its absence is a broken promise of the test itself. */
export function first<T>(rows: readonly (T | undefined)[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error("The statement returned no row.");
  return row;
}
