/** Alerts on their way out: each channel by itself, nothing lost while a receiver is away, nothing told twice, many in one message. Time is passed by hand. */
import { env } from "cloudflare:workers";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { type ChannelId, parseId } from "../../src/domain/ids.ts";
import { signatureOf } from "../../src/notify/webhook.ts";
import { channelPlace } from "../../src/store/channels.ts";
import { seal } from "../../src/store/vault.ts";
import { Told } from "./support/alerts.ts";
import { Receiver, standIn } from "./support/outside.ts";
import { asOwner } from "./support/tenants.ts";

let slack = new Receiver();
let erp = new Receiver();

beforeEach(() => {
  slack = new Receiver();
  erp = new Receiver();
  standIn({ "hooks.slack.com": slack, "erp.test": erp });
});
afterAll(() => void vi.unstubAllGlobals());

const slackSaid = z.object({ text: z.string(), blocks: z.array(z.unknown()) });
const webhookSaid = z.object({ id: z.uuid(), type: z.string(), alerts: z.array(z.object({ id: z.uuid(), event: z.string() })) });
const textsOf = (receiver: Receiver) => receiver.taken.map(({ body }) => slackSaid.parse(JSON.parse(body)).text);
const alertsOf = (receiver: Receiver) => receiver.taken.flatMap(({ body }) => webhookSaid.parse(JSON.parse(body)).alerts.map((alert) => alert.id));

describe("an alert", () => {
  it("is told at once to every channel whose rules ask for it, and to no other", async () => {
    const told = await Told.company();
    await told.slack({ events: ["job_failed"] });
    await told.webhook({ events: ["audit_broken"] });

    await told.raise("job_failed");
    await told.ring();

    expect(textsOf(slack)).toEqual(["An import failed"]);
    expect(erp.taken).toEqual([]);
    expect(await told.deliveries()).toMatchObject([{ event_type: "job_failed", status: "sent", attempts: 1, last_error: null }]);
  });

  it("is one delivery for a channel that two rules name", async () => {
    const told = await Told.company();
    const channel = await told.slack({ events: ["freshness_lost"] });
    const connection = await told.road.connection();
    await told.ok("POST", "/api/alert-rules", { event_type: "freshness_lost", channel_id: channel.id, connection_id: connection });

    await told.raise("freshness_lost", { connectionId: connection });
    await told.ring();

    expect(await told.deliveries()).toMatchObject([{ connection_id: connection, status: "sent" }]);
  });

  it("of another connection is not told where a rule names one", async () => {
    const told = await Told.company();
    const channel = await told.slack({ events: [] });
    const [ours, other] = [await told.road.connection(), await told.road.connection()];
    await told.ok("POST", "/api/alert-rules", { event_type: "freshness_lost", channel_id: channel.id, connection_id: ours });

    await told.raise("freshness_lost", { connectionId: other });
    await told.raise("freshness_lost", { connectionId: ours });
    await told.ring();

    expect(await told.deliveries()).toMatchObject([{ connection_id: ours }]);
  });

  it("whose bell is lost goes out with the next minute", async () => {
    const told = await Told.company();
    await told.slack();
    await told.raise("job_failed");
    await told.loseBells();

    await told.tick();
    await told.tick();

    expect(textsOf(slack)).toEqual(["An import failed"]);
  });

  it("whose bell rings three times is told once", async () => {
    const told = await Told.company();
    await told.webhook();
    await told.raise("job_failed");
    const [bell] = await told.road.takeOutbox();

    for (let time = 0; time < 3; time += 1) {
      await asOwner("update outbox set sent_at = null where id = $1", [bell?.outbox_id]);
      await told.ring();
      await told.letPass(3_600);
    }

    expect(alertsOf(erp)).toHaveLength(1);
  });

  it("is not told by a channel that is switched off, nor kept for it", async () => {
    const told = await Told.company();
    const channel = await told.slack();
    await told.ok("PATCH", `/api/notification-channels/${channel.id}`, { enabled: false });

    await told.raise("job_failed");
    await told.ring();

    expect(slack.taken).toEqual([]);
    expect(await told.deliveries()).toEqual([]);
  });
});

describe("a webhook", () => {
  it("can be checked by its signature and known by its id", async () => {
    const told = await Told.company();
    const { secret = "" } = await told.webhook();
    await told.raise("job_failed");
    await told.ring();

    const [sent] = erp.taken;
    const { headers, body } = sent ?? { headers: new Headers(), body: "" };
    const [message] = await told.messages();
    const signed = { secret, id: message?.id ?? "", timestamp: Number(headers.get("webhook-timestamp")), body };
    expect(headers.get("webhook-signature")).toBe(await signatureOf(signed));
    expect(headers.get("webhook-id")).toBe(message?.id);
    expect(headers.get("idempotency-key")).toBe(message?.id);
    expect(webhookSaid.parse(JSON.parse(body))).toMatchObject({ id: message?.id, type: "alerts.raised", alerts: [{ event: "job_failed" }] });
  });

  it("says the same under the same id when it is tried again", async () => {
    const told = await Told.company();
    await told.webhook();
    erp.say(503);
    await told.raise("job_failed");
    await told.ring();
    await told.raise("job_failed");
    await told.letPass(60);
    await told.tick();

    const [first, second] = erp.refused;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers.get("webhook-id")).toBe(first?.headers.get("webhook-id"));
  });
});

describe("a receiver that is gone for a minute", () => {
  it("gets every alert once when it is back, in their order, while the other channel has had them in time", async () => {
    const told = await Told.company();
    const jobs = 12;
    await told.webhook({ digest_minutes: 0 });
    const channel = await told.slack({ digest_minutes: 0 });
    slack.goAway();

    for (let second = 0; second < 60; second += 5) {
      await told.raise("dead_letter");
      await told.ring();
      await told.letPass(5);
      if (second % 20 === 0) await told.tick();
    }
    const whileAway = { slack: slack.taken.length, erp: alertsOf(erp).length };
    slack.comeBack();
    for (let minute = 0; minute < 4; minute += 1) {
      await told.letPass(60);
      await told.tick();
    }

    expect(whileAway).toEqual({ slack: 0, erp: jobs });
    expect(new Set(alertsOf(erp)).size).toBe(jobs);
    expect(alertsOf(erp)).toHaveLength(jobs);
    const deliveries = await told.deliveries(`channel_id=${channel.id}`);
    expect(deliveries).toHaveLength(jobs);
    expect(deliveries.every((delivery) => delivery.status === "sent")).toBe(true);
    // The first alone, which was under way when the receiver went; all that waited behind it in one.
    const messages = await told.messages(`channel_id=${channel.id}`);
    expect(messages.map((message) => message.alert_count)).toEqual([jobs - 1, 1]);
    expect(slack.taken).toHaveLength(2);
    expect(await told.channel(channel.id)).toMatchObject({ waiting: 0, failures: 0, last_error: null });
  });

  it("is asked ever more seldom, not with every alert", async () => {
    const told = await Told.company();
    const channel = await told.slack({ digest_minutes: 0 });
    slack.say(500);

    for (let second = 0; second < 600; second += 20) {
      await told.raise("job_failed");
      await told.ring();
      await told.letPass(20);
    }

    // After 0 s, then 30–60, 60–120, 120–240, 240–480 s later: five at the least wait, four at the longest.
    expect(slack.refused.length).toBeGreaterThanOrEqual(4);
    expect(slack.refused.length).toBeLessThanOrEqual(6);
    expect(await told.channel(channel.id)).toMatchObject({ waiting: 30, last_error: { code: "http_500" } });
  });

  it("names when it wants to be asked again, and is not asked before", async () => {
    const told = await Told.company();
    await told.slack();
    slack.say(429, { "retry-after": "600" });
    await told.raise("job_failed");
    await told.ring();
    slack.comeBack();

    await told.letPass(590);
    await told.tick();
    const before = slack.taken.length;
    await told.letPass(20);
    await told.tick();

    expect(before).toBe(0);
    expect(slack.taken).toHaveLength(1);
  });
});

describe("a channel that a person has to mend", () => {
  it("keeps its alerts, says what is wrong, and tells all as soon as it is mended", async () => {
    const told = await Told.company();
    const channel = await told.slack();
    slack.say(404);
    await told.raise("job_failed");
    await told.ring();
    await told.raise("job_failed");
    await told.ring();
    const broken = await told.channel(channel.id);
    slack.comeBack();

    await told.ok("PUT", `/api/notification-channels/${channel.id}/credentials`, { url: "https://hooks.slack.com/services/T0/B0/new" });
    await told.tick();
    await told.letPass(300);
    await told.tick();

    expect(broken).toMatchObject({ waiting: 2, failures: 1, last_error: { code: "http_404" } });
    expect(slack.taken).toHaveLength(2);
    expect(slack.taken.every(({ url }) => url.endsWith("/new"))).toBe(true);
    expect(await told.channel(channel.id)).toMatchObject({ waiting: 0, last_error: null });
  });

  it("is given up on after three days, and what it was to be told stays readable", async () => {
    const told = await Told.company();
    const channel = await told.slack();
    slack.say(410);
    await told.raise("job_failed");
    await told.ring();

    await told.letPass(3_600);
    await told.letAge(73);
    await told.tick();

    expect(await told.messages()).toMatchObject([
      { channel_id: channel.id, status: "given_up", subject: "An import failed", last_error: { code: "http_410" } },
    ]);
    expect(await told.channel(channel.id)).toMatchObject({ waiting: 0 });
  });

  it.each([
    "https://169.254.169.254/latest",
    "https://10.0.0.1/",
    "https://[::ffff:10.0.0.1]/",
    "https://metadata.google.internal/",
    "http://erp.test/",
  ])("is not sent to where its address leads into our own network, nor in the clear: %s", async (url) => {
    const told = await Told.company();
    const channel = await told.webhook();

    const changed = await told.ask("PUT", `/api/notification-channels/${channel.id}/credentials`, { url });
    // As if the list of what is refused had grown since the address was set.
    const sealed = await seal(env, channelPlace(told.road.tenantId, parseId<ChannelId>(channel.id)), JSON.stringify({ url, secret: channel.secret }));
    await asOwner("update notification_channels set credentials = $2 where id = $1", [channel.id, JSON.stringify(sealed)]);
    await told.raise("job_failed");
    await told.ring();

    expect(changed).toMatchObject({ status: 422, body: { code: "channel_settings_refused" } });
    expect((await told.messages())[0]).toMatchObject({ status: "open", last_error: { code: expect.stringMatching(/^(private_\w+|not_https)$/) } });
  });

  it("does not follow a receiver that sends on elsewhere", async () => {
    const told = await Told.company();
    await told.webhook();
    erp.answer = () => new Response(null, { status: 302, headers: { location: "https://10.0.0.1/" } });

    await told.raise("job_failed");
    await told.ring();

    expect(await told.messages()).toMatchObject([{ status: "open", last_error: { code: "redirect_refused" } }]);
  });
});

describe("many alerts", () => {
  it("within a channel's window are one message, however many they are", async () => {
    const told = await Told.company();
    await told.slack({ digest_minutes: 5 });

    for (let no = 0; no < 20; no += 1) {
      await told.raise(no % 2 === 0 ? "dead_letter" : "job_in_review");
      await told.ring();
    }
    const atOnce = textsOf(slack);
    await told.letPass(240);
    await told.tick();
    const early = slack.taken.length;
    await told.letPass(60);
    await told.tick();

    expect(atOnce).toEqual(["A step was given up after many attempts"]);
    expect(early).toBe(1);
    expect(textsOf(slack)[1]).toBe("An import waits for review; 9 steps were given up after many attempts");
  });

  it("more than one message holds go out in several, without waiting for the window", async () => {
    const told = await Told.company();
    await told.webhook({ digest_minutes: 60 });
    await told.raise("dead_letter", { times: 450 });
    await told.loseBells();

    await told.tick();

    expect(erp.taken.map(({ body }) => webhookSaid.parse(JSON.parse(body)).alerts.length)).toEqual([200, 200, 50]);
  });

  it("of one company keep no other company waiting", async () => {
    const [loud, quiet] = [await Told.company(), await Told.company()];
    await loud.slack({ digest_minutes: 0 });
    await quiet.webhook();
    slack.answer = () => Promise.reject(new DOMException("The operation timed out.", "TimeoutError"));
    await loud.raise("job_failed", { times: 50 });
    await quiet.raise("job_failed");
    await Promise.all([loud.loseBells(), quiet.loseBells()]);

    await loud.tick({}, [quiet]);

    expect(slack.refused).toHaveLength(1);
    expect(alertsOf(erp)).toHaveLength(1);
    expect(await loud.messages()).toMatchObject([{ last_error: { code: "timeout" } }]);
  });
});

describe("two senders of one channel", () => {
  it("at once send one message", async () => {
    const told = await Told.company();
    await told.webhook();
    for (let no = 0; no < 5; no += 1) await told.raise("dead_letter");

    await Promise.all([told.tick(), told.tick(), told.ring(), told.tick()]);

    expect(alertsOf(erp)).toHaveLength(5);
    expect(new Set(alertsOf(erp)).size).toBe(5);
  });

  it("one of whom was killed after it took the message: the other sends the same message when the lease is over", async () => {
    const told = await Told.company();
    await told.webhook();
    await told.raise("job_failed");
    // Never answers and never ends: the sender is gone with its isolate.
    const gone = new Promise<Response>(() => undefined);
    erp.answer = () => gone;
    const killed = told.ring();
    await vi.waitFor(async () => expect(await told.messages()).toHaveLength(1));
    erp.comeBack();

    await told.tick();
    const early = erp.taken.length;
    await told.letPass(91);
    await told.tick();

    expect(early).toBe(0);
    expect(alertsOf(erp)).toHaveLength(1);
    expect(await told.messages()).toMatchObject([{ status: "sent", attempts: 2 }]);
    void killed;
  });
});

describe("an e-mail channel", () => {
  const binding = (taken: string[], refuses: (to: string) => Error | null = () => null): SendEmail => ({
    send: async (message: EmailMessage | { to?: unknown }) => {
      const to = String(message.to);
      const error = refuses(to);
      if (error !== null) throw error;
      taken.push(to);
      return { messageId: "1" };
    },
  });
  const settings = (email: SendEmail) => ({ EMAIL: email, ALERTS_FROM: "alerts@example.com" });

  it("of an installation without the binding says so and loses nothing", async () => {
    const told = await Told.company();
    const channel = await told.email(["kim@example.org"]);
    await told.raise("job_failed");
    await told.ring();
    const without = await told.channel(channel.id);

    const taken: string[] = [];
    await told.letPass(3_601);
    await told.tick(settings(binding(taken)));

    expect(without).toMatchObject({ waiting: 1, last_error: { code: "email_not_configured" } });
    expect(taken).toEqual(["kim@example.org"]);
  });

  it("spares at the next attempt those who have the mail already", async () => {
    const told = await Told.company();
    await told.email(["kim@example.org", "lee@example.org", "max@example.org"]);
    await told.raise("job_failed");
    const taken: string[] = [];
    let isAway = true;
    const email = binding(taken, (to) => (isAway && to.startsWith("lee") ? new Error("temporarily unavailable") : null));

    await told.ring(settings(email));
    isAway = false;
    await told.letPass(60);
    await told.tick(settings(email));

    expect(taken).toEqual(["kim@example.org", "max@example.org", "lee@example.org"]);
    expect(await told.messages()).toMatchObject([{ status: "sent", attempts: 2 }]);
  });

  it("keeps nobody waiting for an address that is refused, and names it", async () => {
    const told = await Told.company();
    const channel = await told.email(["kim@example.org", "nobody@example.org"]);
    await told.raise("job_failed");
    const taken: string[] = [];

    await told.ring(settings(binding(taken, (to) => (to.startsWith("nobody") ? new Error("destination address is not a verified address") : null))));

    expect(taken).toEqual(["kim@example.org"]);
    expect(await told.messages()).toMatchObject([{ status: "sent" }]);
    expect((await told.channel(channel.id)).last_error?.message).toContain("nobody@example.org");
  });
});

it("a local run sends nothing and shows what it would have said", async () => {
  const told = await Told.company();
  await told.slack();
  await told.email(["kim@example.org"]);

  await told.raise("job_failed");
  await told.ring({ ENVIRONMENT: "local" });

  expect(slack.taken).toEqual([]);
  expect(await told.messages()).toMatchObject([
    { status: "shown", subject: "An import failed" },
    { status: "shown", subject: "An import failed" },
  ]);
});

it("a channel's secrets are in no answer, no row that can be read, no log line and no audit entry", async () => {
  const lines: string[] = [];
  const spies = (["info", "warn", "error"] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line))),
  );
  const told = await Told.company();
  const channel = await told.webhook({ credentials: { url: "https://erp.test/canary-path-1", secret: `whsec_${"Q2FuYXJ5".repeat(5)}` } });
  await told.slack({ credentials: { url: "https://hooks.slack.com/services/T0/B0/canary-path-2" } });
  erp.say(400);
  slack.goAway();
  await told.raise("job_failed");
  await told.ring();
  for (const spy of spies) spy.mockRestore();

  const answers = [
    await told.channel(channel.id),
    await told.messages(),
    await told.deliveries(),
    await told.ok("GET", "/api/notification-channels"),
  ];
  const rows = await Promise.all(
    ["notification_channels", "alert_messages", "alert_deliveries", "ingestion_audit_log", "outbox"].map((table) =>
      asOwner(`select t::text as row from ${table} t where tenant_id = $1`, [told.road.tenantId]),
    ),
  );

  const everything = JSON.stringify([answers, rows, lines]);
  expect(everything).toContain("notification_channel.created");
  expect(everything).not.toMatch(/canary-path|Q2FuYXJ5Q2FuYXJ5/);
});
