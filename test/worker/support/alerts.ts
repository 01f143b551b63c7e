/** A company that is told things: channels made over the API, alerts raised as the stages raise them, time passed by moving what waits for it. */
import { env } from "cloudflare:workers";
import * as z from "zod";
import type { AlertEvent } from "../../../src/domain/alerts.ts";
import { type ConnectionId, type JobId, parseId } from "../../../src/domain/ids.ts";
import type { Env } from "../../../src/env.ts";
import { sendToAll } from "../../../src/notify/alerts.ts";
import { alertDeliveryWire, alertMessageWire, channelWire } from "../../../src/routes/alert-wire.ts";
import { dueChannels } from "../../../src/store/alert-messages.ts";
import { raiseAlert } from "../../../src/store/outbox.ts";
import { withTenant } from "../../../src/store/tenant.ts";
import { carry, openRoad, type Road } from "./road.ts";
import { asOwner } from "./tenants.ts";

const created = channelWire.extend({ secret: z.string().optional() });

/** Above all that tests leave behind. */
const DUE_MAX = 100_000;

export class Told {
  readonly road: Road;
  private readonly admin: Record<string, string>;

  private constructor(road: Road, admin: Record<string, string>) {
    this.road = road;
    this.admin = admin;
  }

  static async company(): Promise<Told> {
    const road = await openRoad();
    return new Told(road, await road.as("admin"));
  }

  ok(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    return this.road.ok(method, path, body, this.admin);
  }

  ask(method: string, path: string, body?: unknown) {
    return this.road.api(method, path, body, this.admin);
  }

  async slack(draft: Record<string, unknown> = {}) {
    const body = { name: "Treasury", channel_type: "slack", credentials: { url: "https://hooks.slack.com/services/T0/B0/x" }, ...draft };
    return created.parse(await this.ok("POST", "/api/notification-channels", body));
  }

  async webhook(draft: Record<string, unknown> = {}) {
    const body = { name: "ERP", channel_type: "webhook", credentials: { url: "https://erp.test/alerts" }, ...draft };
    return created.parse(await this.ok("POST", "/api/notification-channels", body));
  }

  async email(recipients: string[], draft: Record<string, unknown> = {}) {
    const body = { name: "Mail", channel_type: "email", config: { recipients }, ...draft };
    return created.parse(await this.ok("POST", "/api/notification-channels", body));
  }

  /** Raises one as a stage would, in a transaction of its own; nobody is rung for it yet. */
  async raise(event: AlertEvent, about: { jobId?: JobId; connectionId?: string; times?: number } = {}): Promise<void> {
    const { jobId, connectionId, times = 1 } = about;
    const alert = {
      event,
      ...(jobId === undefined ? {} : { jobId }),
      ...(connectionId === undefined ? {} : { connectionId: parseId<ConnectionId>(connectionId) }),
    };
    await withTenant(env, this.road.tenantId, async (tx) => {
      for (let time = 0; time < times; time += 1) await raiseAlert(tx, this.road.tenantId, alert);
    });
  }

  /** The bells of what was raised, each carried as the queue would. `settings` stand in for the environment's own. */
  async ring(settings: Partial<Env> = {}): Promise<void> {
    for (const message of await this.road.takeOutbox()) await carry(message, settings);
  }

  /** Bells that are lost: nobody hears of them, only cron can help. */
  async loseBells(): Promise<void> {
    await this.road.takeOutbox();
  }

  /** Cron's minute, for this company and `others`: other tests' companies have minutes of their own. */
  async tick(settings: Partial<Env> = {}, others: readonly Told[] = []): Promise<void> {
    const ours = [this, ...others].map((told) => told.road.tenantId);
    const due = (await dueChannels(env, DUE_MAX)).filter(({ tenantId }) => ours.includes(tenantId));
    await sendToAll({ ...env, ...settings }, due);
  }

  /** Everything that waits for a moment waits so much less. */
  async letPass(seconds: number): Promise<void> {
    await asOwner(
      `update notification_channels set next_message_at = next_message_at - make_interval(secs => $2), lease_until = lease_until - make_interval(secs => $2)
        where tenant_id = $1`,
      [this.road.tenantId, seconds],
    );
  }

  /** What is under way was begun so much earlier. */
  async letAge(hours: number): Promise<void> {
    await asOwner("update alert_messages set created_at = created_at - make_interval(hours => $2) where tenant_id = $1", [this.road.tenantId, hours]);
  }

  async channel(id: string) {
    const { data } = z.object({ data: z.array(channelWire) }).parse(await this.ok("GET", "/api/notification-channels"));
    const found = data.find((each) => each.id === id);
    if (found === undefined) throw new Error("There is no such channel.");
    return found;
  }

  async messages(query = "") {
    return z.object({ data: z.array(alertMessageWire) }).parse(await this.ok("GET", `/api/alert-messages?limit=200&${query}`)).data;
  }

  async deliveries(query = "") {
    return z.object({ data: z.array(alertDeliveryWire) }).parse(await this.ok("GET", `/api/alert-deliveries?limit=200&${query}`)).data;
  }
}
