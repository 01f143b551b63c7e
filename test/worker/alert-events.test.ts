/** What happens on the road is told: each event that can happen today is raised by what causes it, once, and says which import it is. */
import { env } from "cloudflare:workers";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { sealAuditOf } from "../../src/cron.ts";
import { type OutboxId, parseId } from "../../src/domain/ids.ts";
import { keepDeadLetter } from "../../src/store/dead-letters.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { bai2 } from "../fixtures/bai2-file.ts";
import { Told } from "./support/alerts.ts";
import { Receiver, standIn } from "./support/outside.ts";
import { asOwner } from "./support/tenants.ts";

beforeEach(() => {
  standIn({ "erp.test": new Receiver() });
});
afterAll(() => void vi.unstubAllGlobals());

const statement = bai2({ on: "2026-03-02", statements: [{ account: "0123456789", rows: [{ in: 5 }] }] });
const bytes = (text: string) => new TextEncoder().encode(text);

/** What was told of the company so far, oldest first. */
async function eventsOf(told: Told) {
  return (await told.deliveries()).toReversed().map(({ event_type: event, job_id: job }) => ({ event, job }));
}

async function listening() {
  const told = await Told.company();
  await told.webhook({ digest_minutes: 0 });
  return told;
}

describe("an import", () => {
  it("that waits for its accounts says so, and then that it waits for review", async () => {
    const told = await listening();
    const job = await told.road.upload(statement);

    await told.road.mapAll();
    await told.road.travel();

    expect(await eventsOf(told)).toEqual([
      { event: "job_needs_mapping", job: job.id },
      { event: "job_in_review", job: job.id },
    ]);
    expect(await told.messages()).toMatchObject([{ subject: expect.stringMatching(/^An import waits for review: .* from Uploaded files$/) }, {}]);
  });

  it("that cannot be read says that it failed, and why", async () => {
    const told = await listening();

    const { jobId } = await told.road.deposit(bytes("%PDF-1.7 not a statement"), { file_name: "statement-0532013000.pdf" }, "auto");
    await told.road.travel();

    expect(await eventsOf(told)).toEqual([{ event: "job_failed", job: jobId }]);
    const [message] = await told.messages();
    expect(message?.subject).toMatch(/^An import failed: statement-…3000\.pdf from Uploaded files \(.+\)$/);
    expect(message?.sections).toMatchObject([{ lines: [{ path: `/imports/${jobId}` }] }]);
  });

  it("whose columns raise a question waits to be told how it is read", async () => {
    const told = await listening();

    const { jobId } = await told.road.deposit(
      bytes("Date,Amount,Text\n01/02/2026,5.00,Coffee\n03/04/2026,7.00,Tea\n"),
      { file_name: "bank.csv" },
      "csv",
    );
    await told.road.travel();

    expect(await eventsOf(told)).toEqual([{ event: "job_needs_reading", job: jobId }]);
  });

  it("that does not add up says so once, however often its plan is made anew", async () => {
    const told = await listening();
    const wrong = bai2({ on: "2026-03-02", statements: [{ account: "0123456789", opening: 100, closing: 999, rows: [{ in: 5 }] }] });

    const job = await told.road.upload(wrong);
    await told.road.mapAll();
    await told.road.travel();

    const events = await eventsOf(told);
    expect(events.filter(({ event }) => event === "proof_broken")).toEqual([{ event: "proof_broken", job: job.id }]);
  });

  it("whose step was given up says so, and that it failed", async () => {
    const told = await listening();
    const { jobId } = await told.road.deposit(statement);
    const [message] = await told.road.takeOutbox();
    if (message?.type !== "job.deposited") throw new Error("The deposit announced nothing.");

    await withTenant(env, told.road.tenantId, (tx) => keepDeadLetter(tx, message, 20));

    expect(await eventsOf(told)).toEqual([
      { event: "dead_letter", job: jobId },
      { event: "job_failed", job: jobId },
    ]);
  });
});

it("an alert's own bell that was given up rings no further one", async () => {
  const told = await listening();
  const bell = { type: "alert.raised", tenant_id: told.road.tenantId, outbox_id: parseId<OutboxId>(crypto.randomUUID()) } as const;

  await withTenant(env, told.road.tenantId, (tx) => keepDeadLetter(tx, bell, 20));

  expect(await eventsOf(told)).toEqual([]);
});

describe("an audit log that is not as it was", () => {
  const alter = (told: Told) => env.RAW.put(`audit/${told.road.tenantId}/head.json`, JSON.stringify({ seal_no: 9_999, hash: "00" }));

  it("is told by whoever verifies it, once a day", async () => {
    const told = await listening();
    await alter(told);

    for (let time = 0; time < 3; time += 1) await told.ok("GET", "/api/audit/verify");

    expect(await eventsOf(told)).toEqual([{ event: "audit_broken", job: null }]);
    await asOwner("update outbox set created_at = created_at - interval '25 hours' where tenant_id = $1", [told.road.tenantId]);
    await told.ok("GET", "/api/audit/verify");
    expect(await eventsOf(told)).toHaveLength(2);
  });

  it("is told by cron, without anybody having asked", async () => {
    const told = await listening();
    await sealAuditOf(env, told.road.tenantId);
    await alter(told);

    await sealAuditOf(env, told.road.tenantId);

    expect(await eventsOf(told)).toEqual([{ event: "audit_broken", job: null }]);
  });
});
