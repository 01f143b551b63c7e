/** A person connects a bank through Plaid's page, and Plaid's webhooks ring at our door: what each post does, and what forged ones do not. */
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { app } from "../../src/routes/app.ts";
import { chanceOf } from "../harness/random.ts";
import { HERE, post } from "./support/door.ts";
import { CONFIGURED, openBank, PlaidBank, signedWebhook, violations } from "./support/plaid.ts";
import { openRoad, type Road } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

afterAll(async () => {
  expect(await violations()).toEqual([]);
});

async function ask(path: string, init: RequestInit): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await app.fetch(new Request(HERE + path, init), { ...env, ...CONFIGURED });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : z.record(z.string(), z.unknown()).parse(JSON.parse(text)) };
}

describe("a bank that a person connects", () => {
  let road: Road;
  let admin: Record<string, string>;

  beforeAll(async () => {
    road = await openRoad();
    admin = await road.as("admin");
  });

  /** What a person does on Plaid's page. */
  async function onPlaidsPage(linkToken: string, outcome: "success" | "exit" | "password_changed"): Promise<void> {
    const body = new URLSearchParams([
      ["token", linkToken],
      ["outcome", outcome],
      ["institution_id", "ins_900002"],
    ]);
    const answer = await fetch(`${inject("plaid").url}/link/finish`, { method: "POST", body, redirect: "manual" });
    await answer.body?.cancel();
  }

  const open = async (draft: Record<string, unknown> = {}): Promise<string> => {
    const { status, body } = await ask("/api/plaid/link-token", post({ completion_uri: `${HERE}/connections/back`, ...draft }, admin));
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body["hosted_url"]).toContain("/link.html?token=");
    return String(body["link_token"]);
  };

  it("is read at once, keeps its key to itself, and is the same connection when it is signed in to again", async () => {
    const token = await open();
    await onPlaidsPage(token, "success");
    const { body } = await ask("/api/plaid/exchange", post({ link_token: token, config: { auto_import: true } }, admin));
    const [made] = z
      .array(z.looseObject({ id: z.string(), name: z.string(), status: z.string(), config: z.looseObject({ item_id: z.string() }) }))
      .parse(body["data"]);
    if (made === undefined) throw new Error("Nothing was connected.");
    const bank = new PlaidBank(road, made.id, made.config.item_id);
    await bank.settle();

    expect(made).toMatchObject({ name: "Harbor Stand-in Bank", status: "active" });
    expect(JSON.stringify(body)).not.toContain("access-sandbox");
    expect(await bank.books()).toEqual(await bank.truth());

    await bank.does("error");
    await bank.sync();
    const again = await open({ connection_id: made.id });
    await onPlaidsPage(again, "success");
    const back = await ask("/api/plaid/exchange", post({ link_token: again, connection_id: made.id }, admin));
    await bank.does("happen", { count: 2 });
    await bank.sync();

    expect(back.body["data"]).toMatchObject([{ id: made.id, status: "active" }]);
    expect(await bank.books()).toEqual(await bank.truth());
  });

  it("is nothing where the person leaves", async () => {
    const token = await open();
    await onPlaidsPage(token, "exit");

    const { body } = await ask("/api/plaid/exchange", post({ link_token: token }, admin));

    expect(body["data"]).toEqual([]);
  });
});

describe("a webhook", () => {
  const ring = (webhook: { headers: Record<string, string>; body: string }) => ask("/webhooks/plaid", { method: "POST", ...webhook });

  it("that Plaid signed begins a sync; the same delivery again begins none", async () => {
    const bank = await openBank({ days: 4 });
    await bank.sync();
    await bank.does("happen", { count: 3 });
    const webhook = await signedWebhook(bank, "SYNC_UPDATES_AVAILABLE");

    const answers = [await ring(webhook), await ring(webhook), await ring(webhook)];
    await bank.settle();

    const runs = await asOwner("select trigger from sync_runs where tenant_id = $1 order by job_id", [bank.road.tenantId]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(runs.map((run) => run["trigger"])).toEqual(["button", "webhook"]);
    expect(await bank.books()).toEqual(await bank.truth());
  });

  it("that was touched, or signed by nobody, is refused and leaves no trace", async () => {
    const bank = await openBank({ days: 2 });
    const webhook = await signedWebhook(bank, "SYNC_UPDATES_AVAILABLE");

    const touched = await ring({ ...webhook, body: webhook.body.replace("true", "true ") });
    const unsigned = await ring({ ...webhook, headers: { "content-type": "application/json" } });

    const kept = await asOwner("select 1 from webhook_events where tenant_id = $1", [bank.road.tenantId]);
    expect([touched.status, unsigned.status]).toEqual([401, 401]);
    expect(kept).toEqual([]);
  });

  it("about a sign-in stops the connection, and the one after it sets it going", async () => {
    const bank = await openBank({ days: 2 });
    await bank.sync();
    await bank.does("error");

    await ring(await signedWebhook(bank, "ERROR"));
    const stopped = await asOwner("select status, failure_kind from connections where tenant_id = $1 and connection_type = 'plaid'", [
      bank.road.tenantId,
    ]);
    await bank.does("repair");
    await bank.does("happen");
    await ring(await signedWebhook(bank, "LOGIN_REPAIRED"));
    await bank.settle();

    expect(stopped).toEqual([{ status: "error", failure_kind: "reauthenticate" }]);
    expect(await bank.books()).toEqual(await bank.truth());
  });

  it("among 300 mixed ones, forged, repeated and in disorder, has its one effect", async () => {
    const bank = await openBank({ days: 2 });
    await bank.sync();
    await bank.does("happen", { count: 3 });
    const chance = chanceOf(9);
    const genuine = await signedWebhook(bank, "SYNC_UPDATES_AVAILABLE");
    const idle = await signedWebhook(bank, "DEFAULT_UPDATE");
    const forged = { ...genuine, body: genuine.body.replace("sandbox", "Sandbox") };
    const posts = Array.from({ length: 300 }, () => chance.pick([genuine, genuine, idle, forged]));

    const statuses: number[] = [];
    for (let at = 0; at < posts.length; at += 20) {
      const answers = await Promise.all(posts.slice(at, at + 20).map(ring));
      statuses.push(...answers.map(({ status }) => status));
    }
    await bank.settle();

    const events = await asOwner("select event_type, deliveries from webhook_events where tenant_id = $1 order by event_type desc", [
      bank.road.tenantId,
    ]);
    const runs = await asOwner("select 1 from sync_runs where tenant_id = $1", [bank.road.tenantId]);
    expect(statuses.filter((status) => status === 401)).toHaveLength(posts.filter((one) => one === forged).length);
    expect(events).toEqual([
      { event_type: "TRANSACTIONS.SYNC_UPDATES_AVAILABLE", deliveries: posts.filter((one) => one === genuine).length },
      { event_type: "TRANSACTIONS.DEFAULT_UPDATE", deliveries: posts.filter((one) => one === idle).length },
    ]);
    expect(runs).toHaveLength(2);
    expect(await bank.books()).toEqual(await bank.truth());
  }, 60_000);
});
