/** A company with a bank at the stand-in for Plaid, on the real road: runs are begun, carried and booked as cron, queue and people would. Nothing sleeps. */
import { env } from "cloudflare:workers";
import { expect, inject } from "vitest";
import * as z from "zod";
import { HOUSE } from "../../../src/domain/actor.ts";
import { type ConnectionId, idSchema, type JobId } from "../../../src/domain/ids.ts";
import type { Message } from "../../../src/domain/messages.ts";
import type { Env } from "../../../src/env.ts";
import { setCredentials } from "../../../src/store/credentials.ts";
import { FailPoint, type Failure } from "../../../src/store/fail-points.ts";
import { startSync } from "../../../src/store/sync-turns.ts";
import { withTenant } from "../../../src/store/tenant.ts";
import type { RemoteGiven } from "../../fakes/plaid/remote.ts";
import { carry, openRoad, type Road } from "./road.ts";
import { asOwner } from "./tenants.ts";

const plaid = inject("plaid");

/** The settings of an installation that has an account at Plaid. */
export const CONFIGURED: Partial<Env> = { PLAID_BASE_URL: plaid.url, PLAID_CLIENT_ID: plaid.clientId, PLAID_SECRET: plaid.secret };

const connected = z.object({
  item_id: z.string(),
  access_token: z.string(),
  accounts: z.array(z.object({ id: z.string(), name: z.string(), mask: z.string(), type: z.string(), currency: z.string().nullable() })),
});
const touched = z.object({ ids: z.array(z.string()).default([]) });
const truthRows = z.object({
  rows: z.array(
    z.object({
      account_id: z.string(),
      external_id: z.string(),
      amount_minor: z.string(),
      currency: z.string().nullable(),
      posted_on: z.string(),
      is_pending: z.boolean(),
      is_live: z.boolean(),
    }),
  ),
});

/** What a test compares: the bank's word on one side, the books on the other. */
export interface BookedRow {
  external_id: string;
  amount_minor: string;
  currency: string;
  posted_on: string;
  is_pending: boolean;
}

/** 60 rounds: a run restarts five times at most, and its job has four stages. */
const ROUNDS_MAX = 60;

/** A chain of a dozen pages has three transactions a page. */
const STEPS_MAX = 80;

export class PlaidBank {
  readonly road: Road;
  readonly connectionId: ConnectionId;
  readonly itemId: string;

  constructor(road: Road, connectionId: string, itemId: string) {
    this.road = road;
    this.connectionId = idSchema<ConnectionId>().parse(connectionId);
    this.itemId = itemId;
  }

  /** Something happens at the bank; the ids that it touched. */
  async does(verb: string, given: RemoteGiven = {}): Promise<string[]> {
    return touched.parse(await askStandIn(verb, { item_id: this.itemId, ...given })).ids;
  }

  /** Begins a run, as cron, a click or a bell would. */
  ring(): Promise<{ jobId: JobId; begun: boolean }> {
    const { tenantId } = this.road;
    return withTenant(env, tenantId, (tx) => startSync(tx, { tenantId, connectionId: this.connectionId, trigger: "button", actor: HOUSE }));
  }

  /** Rings, and carries all that follows to its end; accounts that are new are mapped on the way. The job that was begun. */
  async sync(settings: Partial<Env> = {}): Promise<JobId> {
    const { jobId } = await this.ring();
    await this.settle(settings);
    return jobId;
  }

  /** Until nothing moves any more: messages carried, waiting attempts made now, new accounts mapped, open plans approved. */
  async settle(settings: Partial<Env> = {}): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const messages = await this.road.takeOutbox();
      for (const message of messages) await this.carry(message, settings);
      if (messages.length > 0) continue;
      if ((await this.road.mappings("status=unmapped")).length > 0) await this.road.mapAll();
      else if (!(await this.approveOpen())) return;
    }
    throw new Error("The road has no end.");
  }

  /** What waits for its next attempt makes it now. */
  async carry(message: Message, settings: Partial<Env> = {}): Promise<void> {
    await asOwner("update sync_runs set retry_at = null where tenant_id = $1", [this.road.tenantId]);
    const result = await carry(message, { ...CONFIGURED, ...settings });
    expect(result.done, message.type).toBe(true);
  }

  /** What the books hold of this bank. */
  async books(): Promise<BookedRow[]> {
    const rows = await asOwner(
      `select external_transaction_id as external_id, amount_minor::text, currency::text, posted_on::text, is_pending from transactions
        where tenant_id = $1 and connection_id = $2 and deleted_at is null`,
      [this.road.tenantId, this.connectionId],
    );
    const parsed = z
      .array(z.object({ external_id: z.string(), amount_minor: z.string(), currency: z.string(), posted_on: z.string(), is_pending: z.boolean() }))
      .parse(rows);
    return inOrder(parsed.map((row) => ({ ...row, external_id: row.external_id.split(":").at(-1) ?? "" })));
  }

  /** What the bank says is there. */
  async truth(): Promise<BookedRow[]> {
    const { rows } = truthRows.parse(await askStandIn("truth", { item_id: this.itemId }));
    return inOrder(
      rows.flatMap(({ is_live, external_id, amount_minor, currency, posted_on, is_pending }) =>
        is_live ? [{ external_id, amount_minor, currency: currency ?? "", posted_on, is_pending }] : [],
      ),
    );
  }

  /** The books' own id of a row. */
  async rowId(externalId: string): Promise<unknown> {
    const [row] = await asOwner(
      "select id from transactions where tenant_id = $1 and external_transaction_id like '%' || $2 and deleted_at is null",
      [this.road.tenantId, externalId],
    );
    return row?.["id"];
  }

  /** The run of a job, and the connection as it stands. */
  async run(jobId: JobId): Promise<Record<string, unknown>> {
    const [row] = await asOwner(
      `select u.outcome, u.pages, u.restarts, u.failure_kind, u.failure_code, c.status, c.sync_cursor, c.last_success_at is not null as is_fresh, c.failures,
              (select count(*)::int from raw_ingestion_data r where r.job_id = u.job_id and r.set_aside_at is not null) as set_aside
         from sync_runs u join connections c on c.id = u.connection_id where u.job_id = $1`,
      [jobId],
    );
    return row ?? {};
  }

  /** Carries every message through a failure of each of its steps in turn, while its job stands in `stage`; how many failed. */
  async settleFailing(stage: string, failure: Failure): Promise<number> {
    let failed = 0;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const messages = await this.road.takeOutbox();
      for (const message of messages) failed += await this.carryFailing(message, stage, failure);
      if (messages.length === 0) break;
    }
    await this.settle();
    return failed;
  }

  private async carryFailing(message: Message, stage: string, failure: Failure): Promise<number> {
    for (let step = 1; step <= STEPS_MAX; step += 1) {
      try {
        await this.carry(message, { FAIL_POINTS: `${stage}/${step}/${failure}` });
        return step - 1;
      } catch (error) {
        if (!(error instanceof FailPoint)) throw error;
      } finally {
        // What 90 seconds would do.
        await asOwner("update ingestion_jobs set lease_until = now() - interval '1 second' where tenant_id = $1 and lease_until is not null", [
          this.road.tenantId,
        ]);
      }
    }
    throw new Error(`${message.type} has more than ${STEPS_MAX} steps.`);
  }

  private async approveOpen(): Promise<boolean> {
    const open = await asOwner("select id from ingestion_jobs where tenant_id = $1 and stage = 'in_review' and status = 'running'", [
      this.road.tenantId,
    ]);
    for (const { id } of open) await this.road.ok("POST", `/api/jobs/${String(id)}/approve`, {});
    return open.length > 0;
  }
}

/** A fresh company, connected to a fresh login at the stand-in. */
export async function openBank(given: RemoteGiven = {}, config: Record<string, unknown> = {}): Promise<PlaidBank> {
  const road = await openRoad();
  const { tenantId } = road;
  const login = connected.parse(await askStandIn("connect", given));
  const [row] = await asOwner(
    "insert into connections (tenant_id, name, connection_type, config, provider_key) values ($1, 'Bank', 'plaid', $2, $3) returning id",
    [tenantId, JSON.stringify({ item_id: login.item_id, auto_import: true, ...config }), `plaid:${login.item_id}`],
  );
  const id = idSchema<ConnectionId>().parse(row?.["id"]);
  await withTenant(env, tenantId, (tx) => setCredentials(tx, env, { tenantId, id, credentials: { access_token: login.access_token }, userId: null }));
  return new PlaidBank(road, id, login.item_id);
}

/** A webhook of the bank's login, signed as Plaid signs. */
export async function signedWebhook(bank: PlaidBank, code: string): Promise<{ headers: Record<string, string>; body: string }> {
  const answer = await askStandIn("sign", { item_id: bank.itemId, code });
  return z.object({ headers: z.record(z.string(), z.string()), body: z.string() }).parse(answer);
}

/** What broke the vendor's types, of all that any test has sent so far. */
export async function violations(): Promise<string[]> {
  return z.object({ violations: z.array(z.string()) }).parse(await askStandIn("report", {})).violations;
}

async function askStandIn(verb: string, given: RemoteGiven): Promise<unknown> {
  const response = await fetch(`${plaid.url}/_test/${verb}`, { method: "POST", body: JSON.stringify(given) });
  if (!response.ok) throw new Error(`The stand-in refused ${verb}: ${await response.text()}`);
  return response.json();
}

const inOrder = (rows: BookedRow[]): BookedRow[] => rows.sort((a, b) => (a.external_id < b.external_id ? -1 : 1));
