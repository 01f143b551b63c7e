/** A bank at Plaid, from its first sync through changes, faults and crashes: the books equal what the bank says, and Plaid saw only what it allows. */
import { env } from "cloudflare:workers";
import { afterAll, describe, expect, it } from "vitest";
import { FAILURES } from "../../src/store/fail-points.ts";
import type { RemoteFault } from "../fakes/plaid/remote.ts";
import { chanceOf } from "../harness/random.ts";
import { CONFIGURED, openBank, type PlaidBank, violations } from "./support/plaid.ts";
import { carry } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

afterAll(async () => {
  expect(await violations()).toEqual([]);
});

async function expectBooksToBeTrue(bank: PlaidBank): Promise<void> {
  expect(await bank.books()).toEqual(await bank.truth());
}

/** A movement of the bank's that is (not) pending. */
async function someId(bank: PlaidBank, isPending: boolean): Promise<string> {
  const found = (await bank.truth()).find((row) => row.is_pending === isPending);
  if (found === undefined) throw new Error("The bank has no such movement.");
  return found.external_id;
}

describe("a bank's syncs", () => {
  it("the first books everything, over many pages, and the balances as of now", async () => {
    const bank = await openBank({ days: 20, page_size_max: 9 });

    const jobId = await bank.sync();

    await expectBooksToBeTrue(bank);
    expect(await bank.run(jobId)).toMatchObject({ outcome: "fetched", is_fresh: true, restarts: 0, status: "active" });
    const accounts = await asOwner("select name, current_balance_minor is not null as is_known from accounts where tenant_id = $1 order by name", [
      bank.road.tenantId,
    ]);
    expect(accounts).toHaveLength(3);
    expect(accounts.every((account) => account["is_known"] === true)).toBe(true);
  });

  it("the next one books what came, changed and went, and a pending movement is the same row when it is posted", async () => {
    const bank = await openBank({ days: 8, page_size_max: 6 });
    await bank.sync();
    await bank.does("happen", { count: 3, movement: { isPending: true } });
    await bank.sync();
    const pendingId = await someId(bank, true);
    const rowId = await bank.rowId(pendingId);
    await asOwner("update transactions set note = 'called the supplier' where tenant_id = $1 and id = $2", [bank.road.tenantId, rowId]);

    const [postedId = ""] = await bank.does("post", { transaction_id: pendingId, movement: { amountMinor: "-4711" } });
    await bank.does("change", { transaction_id: await someId(bank, false), movement: { amountMinor: "-101", day: "2026-03-02" } });
    await bank.does("remove", {
      transaction_id: (await bank.truth()).find((row) => row.external_id !== postedId && !row.is_pending)?.external_id ?? "",
    });
    await bank.does("happen", { count: 12 });
    await bank.sync();

    await expectBooksToBeTrue(bank);
    expect(await bank.rowId(postedId)).toBe(rowId);
    const [row] = await asOwner("select note, amount_minor::text, is_pending from transactions where tenant_id = $1 and id = $2", [
      bank.road.tenantId,
      rowId,
    ]);
    expect(row).toEqual({ note: "called the supplier", amount_minor: "-4711", is_pending: false });
  });

  it("an unmatched posting is a row that went and one that came", async () => {
    const bank = await openBank({ days: 3 });
    await bank.does("happen", { count: 2, movement: { isPending: true } });
    await bank.sync();
    const pendingId = await someId(bank, true);
    const rowId = await bank.rowId(pendingId);

    const [postedId = ""] = await bank.does("post", { transaction_id: pendingId, movement: { isMatched: false } });
    await bank.sync();

    await expectBooksToBeTrue(bank);
    expect(await bank.rowId(postedId)).not.toBe(rowId);
  });

  it("one before Plaid is ready keeps no cursor and is not fresh; the next is whole", async () => {
    const bank = await openBank({ days: 5, is_ready: false });

    const early = await bank.run(await bank.sync());
    await bank.does("ready");
    await bank.sync();

    expect(early).toMatchObject({ outcome: "not_ready", is_fresh: false, sync_cursor: null, pages: 0 });
    await expectBooksToBeTrue(bank);
  });

  it("with nothing new changes nothing", async () => {
    const bank = await openBank({ days: 5 });
    await bank.sync();
    const before = await bank.road.dump();

    await bank.sync();

    const after = await bank.road.dump();
    expect(after["transactions"]).toEqual(before["transactions"]);
    expect(after["revisions"]).toEqual(before["revisions"]);
  });
});

describe("a chain that breaks on its second page", () => {
  const healing: RemoteFault[] = ["internal", "rate_limited", "page_503", "cut_off", "mutation", "moves_on"];

  it.each(healing)("by %s heals by itself, from its first cursor", async (fault) => {
    const bank = await openBank({ days: 4, page_size_max: 5 });
    await bank.sync();
    await bank.does("happen", { count: 14 });
    await bank.does("faults", { faults: ["none", fault] });

    const run = await bank.run(await bank.sync());

    await expectBooksToBeTrue(bank);
    expect(run).toMatchObject({ outcome: "fetched", restarts: 1, status: "active" });
    expect(run["set_aside"]).toBe(1);
  });

  it("by a cursor that Plaid has forgotten is read anew, and nothing is booked twice", async () => {
    const bank = await openBank({ days: 6, page_size_max: 5 });
    await bank.sync();
    await bank.does("happen", { count: 7 });
    await bank.does("change", { transaction_id: await someId(bank, false), movement: { amountMinor: "-77" } });
    await bank.does("faults", { faults: ["invalid_cursor"] });

    const run = await bank.run(await bank.sync());

    await expectBooksToBeTrue(bank);
    expect(run).toMatchObject({ outcome: "fetched", status: "active" });
  });

  it("by half an answer books nothing, says so, and the next run is whole", async () => {
    const bank = await openBank({ days: 4, page_size_max: 5 });
    await bank.does("faults", { faults: ["none", "malformed"] });

    const failed = await bank.run(await bank.sync());
    const booked = await bank.books();
    await bank.sync();

    expect(failed).toMatchObject({ outcome: "failed", failure_kind: "malformed", sync_cursor: null, is_fresh: false });
    expect(booked).toEqual([]);
    await expectBooksToBeTrue(bank);
  });

  it("by a bank that wants a sign-in waits for a person, and then goes on where it was", async () => {
    const bank = await openBank({ days: 4, page_size_max: 5 });
    await bank.sync();
    await bank.does("happen", { count: 9 });
    await bank.does("error");

    const stopped = await bank.run(await bank.sync());
    await bank.does("repair");
    await asOwner("update connections set status = 'active' where tenant_id = $1", [bank.road.tenantId]);
    await bank.sync();

    expect(stopped).toMatchObject({ outcome: "failed", failure_kind: "reauthenticate", failure_code: "ITEM_LOGIN_REQUIRED", status: "error" });
    await expectBooksToBeTrue(bank);
  });
});

describe("a worker that fails while it fetches", () => {
  it.each(FAILURES)(
    "%s each of its transactions in turn, books what an undisturbed one would",
    async (failure) => {
      const bank = await openBank({ days: 6, page_size_max: 6 });

      await bank.ring();
      const failed = await bank.settleFailing("fetching", failure);

      await expectBooksToBeTrue(bank);
      expect(failed).toBeGreaterThan(6);
    },
    60_000,
  );
});

describe("twenty at once", () => {
  it("who ring are one run and at most one more", async () => {
    const bank = await openBank({ days: 5, page_size_max: 6 });

    const rung = await Promise.all(Array.from({ length: 20 }, () => bank.ring()));
    await bank.settle();

    const [counted] = await asOwner("select count(*)::int as runs from sync_runs where tenant_id = $1", [bank.road.tenantId]);
    expect(new Set(rung.map(({ jobId }) => jobId)).size).toBe(1);
    expect(rung.filter(({ begun }) => begun)).toHaveLength(1);
    expect(counted?.["runs"]).toBe(2);
    await expectBooksToBeTrue(bank);
  });

  it("who carry the same message fetch once", async () => {
    const bank = await openBank({ days: 5, page_size_max: 6 });
    const { jobId } = await bank.ring();
    const [message] = await bank.road.takeOutbox();
    if (message === undefined) throw new Error("A run announces itself.");

    await Promise.all(Array.from({ length: 20 }, () => carry(message, { ...env, ...CONFIGURED })));
    await bank.settle();

    const pages = await asOwner("select page_no from raw_ingestion_data where job_id = $1 order by page_no", [jobId]);
    expect(pages.map((page) => page["page_no"])).toEqual(pages.map((_, index) => index));
    await expectBooksToBeTrue(bank);
  });
});

it("days of changes and faults at random ends in the bank's own books", async () => {
  const bank = await openBank({ days: 6, page_size_max: 4 });
  const chance = chanceOf(42);
  const faults: RemoteFault[] = ["none", "none", "internal", "rate_limited", "cut_off", "mutation", "moves_on", "malformed", "page_503"];
  for (let day = 0; day < 5; day += 1) {
    await bank.does("happen", { count: 1 + chance.below(6), movement: { isPending: chance.percent(40) } });
    const rows = await bank.truth();
    const pending = rows.filter((row) => row.is_pending);
    const posted = rows.filter((row) => !row.is_pending);
    if (pending.length > 0 && chance.percent(70)) {
      await bank.does("post", {
        transaction_id: chance.pick(pending).external_id,
        movement: { isMatched: chance.percent(80), amountMinor: String(-1 - chance.below(99_999)) },
      });
    }
    if (chance.percent(30)) await bank.does("remove", { transaction_id: chance.pick(posted).external_id });
    if (chance.percent(30))
      await bank
        .does("change", { transaction_id: chance.pick(posted).external_id, movement: { amountMinor: String(1 + chance.below(99_999)) } })
        .catch(() => []);
    await bank.does("faults", { faults: [chance.pick(faults), chance.pick(faults), chance.pick(faults)] });
    await bank.sync();
  }
  await bank.does("faults", { faults: [] });
  for (let quiet = 0; quiet < 3; quiet += 1) await bank.sync();

  await expectBooksToBeTrue(bank);
}, 120_000);
