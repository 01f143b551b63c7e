/** RULES.md §5: the balances that banks stated, as they rest and as an account shows them. */
import { describe, expect, it } from "vitest";
import { bai2, type Group, type Statement } from "../fixtures/bai2-file.ts";
import { openRoad, type Road } from "./support/road.ts";

const ACCOUNT = "0123456789";
const DAY = "2026-03-02";

/** A statement without movements, whose balances are all it says. */
const says = (statement: Partial<Statement>, group: Partial<Group> = {}): Group => ({
  on: DAY,
  statements: [{ account: ACCOUNT, opening: null, closing: null, rows: [], ...statement }],
  ...group,
});

/** A company with the bank's account mapped to one made so. */
async function withAccount(draft: Parameters<Road["knows"]>[1] = {}) {
  const road = await openRoad();
  const accountId = await road.knows(ACCOUNT, draft);
  return { road, accountId };
}

let files = 0;
const fresh = () => ({ fileId: `${++files}` });

const shown = async (road: Road, accountId: string) => {
  const { current_balance_minor, current_as_of_at, available_balance_minor, available_as_of_at } = await road.accountNow(accountId);
  const instant = (text: string | null) => (text === null ? null : new Date(text).toISOString());
  return {
    current: current_balance_minor,
    currentAt: instant(current_as_of_at),
    available: available_balance_minor,
    availableAt: instant(available_as_of_at),
  };
};

describe("an account's current and available balance", () => {
  it("are what the bank closed with (015) and made available (045), each with its own instant", async () => {
    const { road, accountId } = await withAccount();

    await road.book(bai2(says({ closing: 700, available: 650 })));
    await road.book(bai2(says({ available: 620 }, { on: "2026-03-03" }), fresh()));

    expect(await shown(road, accountId)).toEqual({
      current: "700",
      currentAt: "2026-03-02T23:59:59.999Z",
      available: "620",
      availableAt: "2026-03-03T23:59:59.999Z",
    });
  });

  it("come from 030 and 060 as well, the later instant winning", async () => {
    const { road, accountId } = await withAccount();

    await road.book(bai2(says({ closing: 700, balances: { "040": 1, "072": 2 } })));
    await road.book(bai2(says({ balances: { "030": 800, "060": 790 } }, { on: "2026-03-03", time: "0915", modifier: 3 }), fresh()));

    expect(await shown(road, accountId)).toEqual({
      current: "800",
      currentAt: "2026-03-03T09:15:00.000Z",
      available: "790",
      availableAt: "2026-03-03T09:15:00.000Z",
    });
  });

  it("are never summed from transactions: without a stated balance there is none", async () => {
    const { road, accountId } = await withAccount();

    await road.book(bai2(says({ rows: [{ in: 5_000 }] })));

    expect(await road.amounts()).toEqual(["5000"]);
    expect(await shown(road, accountId)).toEqual({ current: null, currentAt: null, available: null, availableAt: null });
  });

  it("are never overwritten by an amount that the bank left empty", async () => {
    const { road, accountId } = await withAccount();
    await road.book(bai2(says({ closing: 700, available: 650 })));

    await road.book(bai2(says({ balances: { "015": null, "045": null } }, { on: "2026-03-03" }), fresh()));

    expect(await shown(road, accountId)).toMatchObject({ current: "700", available: "650" });
    expect(await road.balances(accountId, "history=true")).toHaveLength(2);
  });

  it("never go backwards with an older statement, except by undo", async () => {
    const { road, accountId } = await withAccount();
    const later = await road.book(bai2(says({ closing: 900 }, { on: "2026-03-05" })));

    await road.book(bai2(says({ closing: 100 }, { on: "2026-03-04" }), fresh()));
    const afterOlder = await shown(road, accountId);
    await road.undo(later.id);

    expect(afterOlder).toMatchObject({ current: "900", currentAt: "2026-03-05T23:59:59.999Z" });
    expect(await shown(road, accountId)).toMatchObject({ current: "100", currentAt: "2026-03-04T23:59:59.999Z" });
  });

  it.each(["credit", "loan"])("are shown with the other sign on a %s account, while the statement's own figure stays", async (account_type) => {
    const { road, accountId } = await withAccount({ account_type });

    await road.book(bai2(says({ closing: 40_000, available: -10 })));

    expect(await shown(road, accountId)).toMatchObject({ current: "-40000", available: "10" });
    expect((await road.balances(accountId)).map((balance) => balance.amount_minor).sort()).toEqual(["-10", "40000"]);
  });
});

describe("the instant of a balance", () => {
  it("at 2400, at 9999 and of a final statement without a time is the day's end in the account's zone; an interim one's is its own", async () => {
    const { road, accountId } = await withAccount({ time_zone: "America/New_York" });
    const at = (on: string, closing: number, group: Partial<Group>) => says({ closing }, { on, ...group });

    await road.book(
      bai2([
        at("2026-03-02", 1, { time: "2400" }),
        at("2026-03-03", 2, { time: "9999" }),
        at("2026-03-04", 3, {}),
        // The clocks go forward on the 8th: that day ends an hour earlier in UTC.
        at("2026-03-08", 4, {}),
        at("2026-03-09", 5, { time: "1430", modifier: 3 }),
      ]),
    );

    const found = await road.balances(accountId);
    expect(found.map((balance) => [balance.amount_minor, balance.as_of_on, new Date(balance.as_of_at).toISOString()]).sort()).toEqual([
      ["1", "2026-03-02", "2026-03-03T04:59:59.999Z"],
      ["2", "2026-03-03", "2026-03-04T04:59:59.999Z"],
      ["3", "2026-03-04", "2026-03-05T04:59:59.999Z"],
      ["4", "2026-03-08", "2026-03-09T03:59:59.999Z"],
      ["5", "2026-03-09", "2026-03-09T18:30:00.000Z"],
    ]);
    expect(await shown(road, accountId)).toMatchObject({ current: "5", currentAt: "2026-03-09T18:30:00.000Z" });
  });

  it("is an account's own, and a movement's day never moves with it", async () => {
    const { road, accountId } = await withAccount({ time_zone: "Pacific/Auckland" });

    await road.book(bai2(says({ closing: 700, rows: [{ in: 1 }] })));

    expect(await shown(road, accountId)).toMatchObject({ currentAt: "2026-03-02T10:59:59.999Z" });
    expect(await road.transactions()).toMatchObject([{ posted_on: DAY }]);
  });
});

describe("a restatement", () => {
  it("supersedes what was said of the same instant, and the history keeps both", async () => {
    const { road, accountId } = await withAccount();
    await road.book(bai2(says({ closing: 700 })));

    await road.book(bai2(says({ closing: 710 }), fresh()));

    expect(await shown(road, accountId)).toMatchObject({ current: "710" });
    expect(await road.balances(accountId)).toMatchObject([{ amount_minor: "710", superseded_at: null }]);
    const history = await road.balances(accountId, "history=true");
    expect(history.map((balance) => [balance.amount_minor, balance.superseded_at !== null]).sort()).toEqual([
      ["700", true],
      ["710", false],
    ]);
  });

  it("by an interim report never tops the final statement of the same instant", async () => {
    const { road, accountId } = await withAccount();
    await road.book(bai2(says({ closing: 700 }, { time: "2400" })));

    await road.book(bai2(says({ closing: 1 }, { time: "2400", modifier: 3 }), fresh()));

    expect(await shown(road, accountId)).toMatchObject({ current: "700" });
    expect(await road.balances(accountId, "history=true")).toMatchObject([{ amount_minor: "700", kind: "final" }]);
  });

  it("of a restatement is undone in any order: what is left stands, and in the end the first one again", async () => {
    const { road, accountId } = await withAccount();
    await road.book(bai2(says({ closing: 100 })));
    const before = await road.dump();
    const second = await road.book(bai2(says({ closing: 200 }), fresh()));
    const third = await road.book(bai2(says({ closing: 300 }), fresh()));
    const fourth = await road.book(bai2(says({ closing: 400 }), fresh()));

    await road.undo(second.id);
    expect(await shown(road, accountId)).toMatchObject({ current: "400" });
    await road.undo(fourth.id);
    expect(await shown(road, accountId)).toMatchObject({ current: "300" });
    await road.undo(third.id);

    expect(await shown(road, accountId)).toMatchObject({ current: "100" });
    expect(await road.dump()).toEqual(before);
  });

  it("within one file is the later one", async () => {
    const { road, accountId } = await withAccount();

    await road.book(bai2([says({ closing: 100 }), says({ closing: 110 })]));

    expect(await road.balances(accountId, "history=true")).toMatchObject([{ amount_minor: "110" }]);
  });
});

describe("currencies", () => {
  it("make two accounts of one number, and totals are a currency's own", async () => {
    const road = await openRoad();
    const file = bai2({
      on: DAY,
      statements: [
        { account: ACCOUNT, currency: "EUR", rows: [{ in: 700 }, { out: 200 }] },
        { account: ACCOUNT, currency: "JPY", rows: [{ in: 5 }] },
      ],
    });

    const job = await road.upload(file);
    await road.mapAll();
    await road.travel();
    const inReview = await road.job(job.id);
    await road.approve(job.id);

    expect(inReview.totals).toEqual([
      { currency: "EUR", in_minor: "700", out_minor: "200", count: 2 },
      { currency: "JPY", in_minor: "5", out_minor: "0", count: 1 },
    ]);
    const rows = await road.transactions();
    expect(rows.map((row) => [row.amount_minor, row.currency])).toEqual([
      ["-200", "EUR"],
      ["5", "JPY"],
      ["700", "EUR"],
    ]);
    expect(new Set(rows.map((row) => row.account_id)).size).toBe(2);
  });

  it("of a statement that names none (BTRS) are the mapped account's, never USD, for rows and balances alike", async () => {
    const road = await openRoad();
    const file = (fileId: string) => bai2(says({ closing: 900, rows: [{ in: 900, bank: "BR1" }] }), { version: 3, fileId });
    const job = await road.upload(file("1"));
    const [dollars, francs] = [await road.account({ currency: "USD" }), await road.account({ currency: "CHF" })];

    expect(job).toMatchObject({ stage: "needs_mapping", statements: [{ currency: null }] });
    await road.map("6789", dollars);
    await road.travel();
    const mapping = (await road.mappings())[0]?.id;
    await road.ok("PUT", `/api/mappings/${mapping}`, { account_id: francs });
    await road.travel();
    await road.approve(job.id);
    const again = await road.book(file("2"));

    expect(await road.transactions()).toMatchObject([{ account_id: francs, currency: "CHF", amount_minor: "900" }]);
    expect(await road.balances(francs)).toMatchObject([{ currency: "CHF", amount_minor: "900" }]);
    expect(again.outcomes).toMatchObject({ duplicate: 1, new: 0 });
  });
});
