/** Channels and rules over the API: who may, what is refused, what never comes out again, and the test that a person sends. */
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
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

const rules = z.object({ data: z.array(z.object({ id: z.uuid(), event_type: z.string(), channel_id: z.uuid(), enabled: z.boolean() })) });

describe("a channel", () => {
  it("is made with a rule for everything, unless it is said what for", async () => {
    const told = await Told.company();
    await told.slack();
    const some = await told.webhook({ events: ["job_failed", "job_failed"] });

    const { data } = rules.parse(await told.ok("GET", "/api/alert-rules"));

    expect(data).toHaveLength(11);
    expect(data.filter((rule) => rule.channel_id === some.id).map((rule) => rule.event_type)).toEqual(["job_failed"]);
  });

  it("shows a secret that was made here once, and of one that was given nothing", async () => {
    const told = await Told.company();
    const made = await told.webhook();
    const given = await told.webhook({ credentials: { url: "https://erp.test/x", secret: `whsec_${"A".repeat(44)}` } });
    const anew = await told.ok("PUT", `/api/notification-channels/${made.id}/credentials`, { secret: "new" });

    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(given.secret).toBeUndefined();
    expect(anew["secret"]).toMatch(/^whsec_/);
    expect(anew["secret"]).not.toBe(made.secret);
    expect(await told.channel(made.id)).toMatchObject({ config: { host: "erp.test" }, credentials: { set: true, set_at: expect.any(String) } });
    expect(JSON.stringify(await told.ok("GET", "/api/notification-channels"))).not.toContain("whsec_");
  });

  it.each([
    ["Slack elsewhere", { channel_type: "slack", credentials: { url: "https://hooks.slack.com.evil.test/services/x" } }],
    ["Slack in the clear", { channel_type: "slack", credentials: { url: "http://hooks.slack.com/services/x" } }],
    ["a webhook with a password in its address", { channel_type: "webhook", credentials: { url: "https://user:pass@erp.test/" } }],
    ["a webhook that is a file", { channel_type: "webhook", credentials: { url: "file:///etc/passwd" } }],
    ["a webhook with a short secret", { channel_type: "webhook", credentials: { url: "https://erp.test/", secret: "whsec_short" } }],
    ["an e-mail to nobody", { channel_type: "email", config: { recipients: [] } }],
    ["an e-mail to ten", { channel_type: "email", config: { recipients: Array.from({ length: 10 }, (_, no) => `p${no}@example.org`) } }],
    ["an e-mail with a header in its address", { channel_type: "email", config: { recipients: ["kim@example.org\r\nBcc: all@example.org"] } }],
    ["a carrier pigeon", { channel_type: "pigeon" }],
  ])("cannot be %s, and what was sent is not repeated", async (_name, draft) => {
    const told = await Told.company();

    const answer = await told.ask("POST", "/api/notification-channels", { name: "X", ...draft });

    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect(JSON.stringify(answer.body)).not.toMatch(/evil\.test|pass@|Bcc|etc\/passwd|whsec_short/);
  });

  it("of a company is at most one of twenty", async () => {
    const told = await Told.company();
    for (let no = 0; no < 20; no += 1) await told.webhook({ name: `ERP ${no}`, events: [] });

    const answer = await told.ask("POST", "/api/notification-channels", {
      name: "One more",
      channel_type: "slack",
      credentials: { url: "https://hooks.slack.com/services/x" },
    });

    expect(answer).toMatchObject({ status: 409, body: { code: "too_many_channels" } });
  });

  it("is made and changed by admins, read by members, and is nothing for viewers", async () => {
    const told = await Told.company();
    const { id } = await told.slack();
    const [member, viewer] = [await told.road.as("member"), await told.road.as("viewer")];

    expect(await told.road.api("GET", "/api/notification-channels", undefined, member)).toMatchObject({ status: 200 });
    expect(await told.road.api("POST", `/api/notification-channels/${id}/test`, undefined, member)).toMatchObject({ status: 403 });
    expect(await told.road.api("PATCH", `/api/notification-channels/${id}`, { enabled: false }, member)).toMatchObject({ status: 403 });
    expect(await told.road.api("GET", "/api/alert-messages", undefined, viewer)).toMatchObject({ status: 403 });
  });

  it("that is removed forgets its secrets and what waited, and what it was told stays readable", async () => {
    const told = await Told.company();
    const { id } = await told.slack();
    await told.raise("job_failed");
    await told.ring();
    slack.goAway();
    await told.letPass(600);
    await told.raise("dead_letter");
    await told.ring();
    await told.raise("dead_letter");

    await told.ok("DELETE", `/api/notification-channels/${id}`);
    slack.comeBack();
    await told.letPass(3_600);
    await told.tick();

    expect(slack.taken).toHaveLength(1);
    expect((await told.messages()).map((message) => [message.status, message.last_error?.code])).toEqual([
      ["given_up", "channel_removed"],
      ["sent", undefined],
    ]);
    expect(await told.ask("PATCH", `/api/notification-channels/${id}`, { name: "Back" })).toMatchObject({ status: 404 });
    const [row] = await asOwner("select credentials from notification_channels where id = $1", [id]);
    expect(row).toEqual({ credentials: null });
  });

  it("leaves every change in the audit log, by whom and what", async () => {
    const told = await Told.company();
    const { id } = await told.webhook();
    await told.ok("PATCH", `/api/notification-channels/${id}`, { digest_minutes: 0 });
    await told.ok("PUT", `/api/notification-channels/${id}/credentials`, { url: "https://erp.test/new" });
    await told.ok("POST", `/api/notification-channels/${id}/test`);
    await told.ok("DELETE", `/api/notification-channels/${id}`);

    const log = await asOwner("select action, user_id from ingestion_audit_log where tenant_id = $1 and subject_id = $2 order by id", [
      told.road.tenantId,
      id,
    ]);

    const admin = told.road.tenant.people.admin.userId;
    const verbs = ["created", "changed", "credentials_set", "tested", "deleted"];
    expect(log).toEqual(verbs.map((verb) => ({ action: `notification_channel.${verb}`, user_id: admin })));
  });
});

describe("a test", () => {
  it("goes the way of an alert and comes at once, though the channel was just told something", async () => {
    const told = await Told.company();
    const { id } = await told.slack({ digest_minutes: 60 });
    await told.raise("job_failed");
    await told.ring();

    const { alert_id: alertId } = z.object({ alert_id: z.uuid() }).parse(await told.ok("POST", `/api/notification-channels/${id}/test`));
    await told.ring();

    expect(slack.taken).toHaveLength(2);
    expect(await told.deliveries(`alert_id=${alertId}`)).toMatchObject([{ event_type: "test", status: "sent", attempts: 1 }]);
    expect((await told.messages())[0]).toMatchObject({ is_test: true, subject: "This is a test" });
  });

  it("that fails says why, is not tried again, and does not delay alerts", async () => {
    const told = await Told.company();
    const { id } = await told.slack();
    slack.say(404);

    await told.ok("POST", `/api/notification-channels/${id}/test`);
    await told.ring();
    slack.comeBack();
    await told.letPass(7_200);
    await told.tick();
    await told.raise("job_failed");
    await told.ring();

    expect((await told.messages()).map((message) => [message.is_test, message.status])).toEqual([
      [false, "sent"],
      [true, "given_up"],
    ]);
    expect(slack.taken).toHaveLength(1);
  });

  it("that succeeds sets what waited free", async () => {
    const told = await Told.company();
    const { id } = await told.slack();
    slack.say(404);
    await told.raise("job_failed");
    await told.ring();
    slack.comeBack();

    await told.ok("POST", `/api/notification-channels/${id}/test`);
    await told.ring();

    expect((await told.messages()).map((message) => [message.is_test, message.status])).toEqual([
      [true, "sent"],
      [false, "sent"],
    ]);
  });

  it("of a channel that is off is refused by name", async () => {
    const told = await Told.company();
    const { id } = await told.slack();
    await told.ok("PATCH", `/api/notification-channels/${id}`, { enabled: false });

    expect(await told.ask("POST", `/api/notification-channels/${id}/test`)).toMatchObject({ status: 409, body: { code: "channel_off" } });
  });
});

describe("a rule", () => {
  it("is switched off and on, made once however often it is asked for, and taken away", async () => {
    const told = await Told.company();
    const { id } = await told.slack({ events: [] });
    const draft = { event_type: "job_failed", channel_id: id };
    const rule = z.object({ id: z.uuid() }).parse(await told.ok("POST", "/api/alert-rules", draft));

    await told.ok("PATCH", `/api/alert-rules/${rule.id}`, { enabled: false });
    await told.raise("job_failed");
    await told.ring();
    const whileOff = slack.taken.length;
    const again = await told.ok("POST", "/api/alert-rules", draft);
    await told.raise("job_failed");
    await told.ring();
    await told.ok("DELETE", `/api/alert-rules/${rule.id}`);

    expect(whileOff).toBe(0);
    expect(again).toMatchObject({ id: rule.id, enabled: true });
    expect(slack.taken).toHaveLength(1);
    expect(rules.parse(await told.ok("GET", "/api/alert-rules")).data).toEqual([]);
  });
});
