/** A company whose connections fetch, on the real road in Node: real stages, real Postgres, storage in memory, the outbox carried by hand. Time passes when it is told to. */
import pg from "pg";
import { HOUSE } from "../../src/domain/actor.ts";
import type { ConnectionType } from "../../src/domain/connection.ts";
import { type AccountId, type ConnectionId, type JobId, type MappingId, parseId, type TenantId } from "../../src/domain/ids.ts";
import { type Message, messageSchema } from "../../src/domain/messages.ts";
import type { SyncFrequency, SyncTrigger } from "../../src/domain/schedule.ts";
import type { Json } from "../../src/domain/stored.ts";
import type { Env } from "../../src/env.ts";
import { mapAccount } from "../../src/pipeline/map.ts";
import { approveJob, decideRows } from "../../src/pipeline/review.ts";
import { road } from "../../src/queue.ts";
import { activate } from "../../src/sources/connections.ts";
import { insertConnection } from "../../src/store/connections.ts";
import { FailPoint } from "../../src/store/fail-points.ts";
import { startSync, wakeSync } from "../../src/store/sync-turns.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { MemoryBucket } from "./memory-bucket.ts";
import { testSettings } from "./settings.ts";

export interface Db {
  url: string;
  adminUrl: string;
  wsProxy: string;
}

export interface BookedRow {
  external_account_id: string;
  external_id: string | null;
  amount_minor: string;
  currency: string;
  posted_on: string;
  is_pending: boolean;
}

/** 2,000 messages: a road that does not come to its end in so many is going round in circles. */
const MESSAGES_MAX = 2_000;

export class SyncWorld {
  readonly tenantId: TenantId;
  readonly bucket = new MemoryBucket();
  /** As the owner, behind row security. */
  sql: pg.Client;
  /** Changed by tests: addresses of stand-ins, fail-points. */
  env: Env;
  /** Accounts are mapped and plans approved as soon as they ask. */
  person: { maps: boolean; approves: boolean } = { maps: true, approves: true };

  readonly #adminUrl: string;

  private constructor(db: Db, sql: pg.Client, tenantId: TenantId, settings: Partial<Env>) {
    this.#adminUrl = db.adminUrl;
    this.sql = sql;
    this.tenantId = tenantId;
    // The stages use of the bindings the bucket alone; the outbox is carried here.
    this.env = { ...testSettings(db), RAW: this.bucket, ROAD: NO_QUEUE, ...settings } as unknown as Env;
  }

  static async open(db: Db, settings: Partial<Env>): Promise<SyncWorld> {
    const client = await asOwner(db.adminUrl);
    const { rows } = await client.query<{ id: string }>("insert into tenants (name, slug) values ('Syncs', 'syncs-' || uuidv7()) returning id");
    return new SyncWorld(db, client, parseId<TenantId>(rows[0]?.id ?? ""), settings);
  }

  close(): Promise<void> {
    return this.sql.end();
  }

  /** The database was away and is back: our own look behind row security begins anew, and the Worker goes its way to it. */
  async reconnect(db: Db): Promise<void> {
    await this.sql.end().catch(() => undefined);
    this.sql = await asOwner(this.#adminUrl);
    this.env = { ...this.env, DB_WS_PROXY: db.wsProxy };
  }

  async rows<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await this.sql.query<T>(text, [this.tenantId, ...values])).rows;
  }

  /** A connection as the dashboard makes it: kept, tried, active, its first run begun. */
  async connect(draft: {
    type: ConnectionType;
    config: { [key: string]: Json };
    credentials: { [key: string]: Json };
    frequency?: SyncFrequency;
    name?: string;
  }): Promise<ConnectionId> {
    const id = await withTenant(this.env, this.tenantId, async (tx) => {
      const row = await insertConnection(tx, {
        tenantId: this.tenantId,
        name: draft.name ?? "Bank",
        connectionType: draft.type,
        config: { ...draft.config, auto_import: true },
        syncFrequency: draft.frequency ?? "hourly",
        syncHour: 6,
        syncTimeZone: "UTC",
        status: "pending_setup",
        entityId: null,
        createdBy: null,
      });
      return parseId<ConnectionId>(row.id);
    });
    const tried = await activate({ env: this.env, tenantId: this.tenantId, id, actor: HOUSE }, { credentials: draft.credentials, mayChange: true });
    if (!tried.ok) throw new Error(`The connection was refused: ${tried.failure.code}: ${tried.failure.message}`);
    return id;
  }

  sync(connectionId: ConnectionId, trigger: SyncTrigger = "button"): Promise<{ jobId: JobId; begun: boolean }> {
    return withTenant(this.env, this.tenantId, (tx) => startSync(tx, { tenantId: this.tenantId, connectionId, trigger, actor: HOUSE }));
  }

  /** Carries every message until none is left and no person has anything to say; a message that fails comes again. */
  async travel(): Promise<number> {
    let carried = 0;
    for (let busy = true; busy; ) {
      busy = false;
      for (const message of await this.takeOutbox()) {
        busy = true;
        carried += 1;
        if (carried > MESSAGES_MAX) throw new Error("The road has no end.");
        await this.carry(message);
      }
      if (!busy) busy = (await this.actAsPerson()) || (await this.wake());
    }
    return carried;
  }

  /** The unsent messages, marked as sent; what was held back for later is due now. */
  async takeOutbox(): Promise<Message[]> {
    await this.sql.query("update sync_runs set retry_at = now() - interval '1 s' where tenant_id = $1 and retry_at is not null", [this.tenantId]);
    const rows = await this.rows<{ id: string; message_type: string; job_id: string | null }>(
      `with taken as (update outbox set sent_at = now() where tenant_id = $1 and sent_at is null returning id, message_type, job_id) select * from taken order by id`,
    );
    return rows.map((row) =>
      messageSchema.parse({ type: row.message_type, tenant_id: this.tenantId, job_id: row.job_id ?? undefined, outbox_id: row.id }),
    );
  }

  /** Once, as it comes from the queue; true where it is done. Throws what the stage throws. */
  async deliver(message: Message): Promise<boolean> {
    return (await travel(this.env, message)).done;
  }

  /** As the queue does: again, where the worker was made to fail; its lease has run out by then. */
  async carry(message: Message): Promise<void> {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      try {
        if (await this.deliver(message)) return;
      } catch (error) {
        if (!(error instanceof FailPoint)) throw error;
        const { FAIL_POINTS: _spent, ...rest } = this.env;
        this.env = rest;
      }
      await this.sql.query("update ingestion_jobs set lease_until = null where tenant_id = $1", [this.tenantId]);
    }
    throw new Error(`${message.type} did not come to its end.`);
  }

  /** Maps what is unmapped to accounts of its own, approves what waits; true where there was anything. */
  private async actAsPerson(): Promise<boolean> {
    let acted = false;
    if (this.person.maps) acted = await this.mapAll();
    if (!this.person.approves) return acted;
    const waiting = await this.rows<{ id: string }>("select id from ingestion_jobs where tenant_id = $1 and stage = 'in_review' order by id");
    for (const { id } of waiting) {
      const act = { tenantId: this.tenantId, jobId: parseId<JobId>(id), actor: HOUSE };
      await withTenant(this.env, this.tenantId, async (tx) => {
        // What the source no longer shows is gone.
        await decideRows(tx, act, [{ where: { outcome: "removal" }, decision: "import" }]);
        await approveJob(tx, act, null);
      });
      acted = true;
    }
    return acted;
  }

  /** What cron does each minute: runs go on whose predecessor has ended. */
  private async wake(): Promise<boolean> {
    const waiting = await this.rows<{ connection_id: string }>(
      "select connection_id from ingestion_jobs where tenant_id = $1 and stage = 'waiting' and status = 'running'",
    );
    for (const { connection_id: id } of waiting) {
      await withTenant(this.env, this.tenantId, (tx) => wakeSync(tx, this.tenantId, parseId<ConnectionId>(id)));
    }
    return (await this.rows("select 1 from outbox where tenant_id = $1 and sent_at is null limit 1")).length > 0;
  }

  async mapAll(): Promise<boolean> {
    const open = await this.rows<{ id: string; currency: string | null; external_account_id: string }>(
      "select id, currency, external_account_id from account_mappings where tenant_id = $1 and not verified order by id",
    );
    for (const mapping of open) {
      const [account] = await this.rows<{ id: string }>("insert into accounts (tenant_id, name, currency) values ($1, $2, $3) returning id", [
        mapping.external_account_id,
        mapping.currency ?? "USD",
      ]);
      const change = { mappingId: parseId<MappingId>(mapping.id), accountId: parseId<AccountId>(account?.id ?? ""), verified: true };
      await withTenant(this.env, this.tenantId, (tx) => mapAccount(tx, { tenantId: this.tenantId, actor: HOUSE }, change));
    }
    return open.length > 0;
  }

  /** Every live row with the provider's own names of it. */
  async booked(): Promise<BookedRow[]> {
    const rows = await this.rows<BookedRow>(
      `select a.name as external_account_id, split_part(t.external_transaction_id, ':', 2)
              || coalesce(':' || nullif(split_part(t.external_transaction_id, ':', 3), ''), '') as external_id, t.amount_minor, t.currency, t.posted_on, t.is_pending
         from transactions t join accounts a on a.tenant_id = t.tenant_id and a.id = t.account_id
        where t.tenant_id = $1 and t.deleted_at is null`,
    );
    return rows.sort(byContent);
  }

  async jobs(): Promise<{ id: string; stage: string; status: string; error_code: string | null }[]> {
    return this.rows("select id, stage, status, error_code from ingestion_jobs where tenant_id = $1 order by id");
  }

  async connection(id: ConnectionId): Promise<Record<string, unknown>> {
    const [row] = await this.rows("select * from connections where tenant_id = $1 and id = $2", [id]);
    return row ?? {};
  }
}

export const byContent = (a: object, b: object): number => {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
  return one < other ? -1 : one > other ? 1 : 0;
};

async function asOwner(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  client.setTypeParser(pg.types.builtins.DATE, (text: string) => text);
  // A server that is stopped says goodbye; whoever asks next is told.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

const NO_QUEUE = { send: () => Promise.resolve(), sendBatch: () => Promise.resolve() };

function travel(env: Env, message: Message) {
  switch (message.type) {
    case "sync.due":
      return road["sync.due"](env, message);
    case "job.deposited":
      return road["job.deposited"](env, message);
    case "job.parsed":
      return road["job.parsed"](env, message);
    case "job.approved":
      return road["job.approved"](env, message);
    case "job.undo":
      return road["job.undo"](env, message);
    case "alert.raised":
      return road["alert.raised"](env, message);
  }
}
