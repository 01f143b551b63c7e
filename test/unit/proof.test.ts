import { describe, expect, it } from "vitest";
import { continuity, jobVerdict, proveStatement, type StatementFacts, statementVerdict } from "../../src/domain/proof.ts";

const facts: StatementFacts = {
  line: 3,
  isInterim: false,
  openingMinor: "1000",
  closingMinor: "1300",
  creditsMinor: "500",
  debitsMinor: "200",
  creditCount: 2,
  debitCount: 1,
  transactionCount: 3,
  unprovable: null,
  summaries: { creditsMinor: "500", debitsMinor: "200", creditCount: 2, debitCount: 1 },
  float: { availableMinor: "1200", oneDayMinor: "60", laterMinor: "40" },
};

const verdicts = (changed: Partial<StatementFacts>): Record<string, boolean | null> =>
  Object.fromEntries(proveStatement({ ...facts, ...changed }).map(({ check, ok }) => [check, ok]));

describe("proof of a statement", () => {
  it("holds where opening, movements, summaries and closing agree", () => {
    expect(verdicts({})).toEqual({
      ledger_by_details: true,
      ledger_by_summary: true,
      credits_total: true,
      debits_total: true,
      credits_count: true,
      debits_count: true,
      float: true,
    });
  });

  it("a missing debit breaks the ledger by details and the debits, and names both figures", () => {
    const checks = proveStatement({ ...facts, debitsMinor: "0", debitCount: 0, transactionCount: 2 });

    const [details] = checks;
    expect(details).toMatchObject({ check: "ledger_by_details", expected: "1300", actual: "1500", ok: false, line: 3 });
    expect(details?.note).toMatch(/missing, doubled or wrong/);
    expect(checks.filter(({ ok }) => ok === false).map(({ check }) => check)).toEqual(["ledger_by_details", "debits_total", "debits_count"]);
  });

  it("wrong summaries break the ledger by summary only where they are named", () => {
    expect(verdicts({ summaries: { ...facts.summaries, creditsMinor: "501" } })).toMatchObject({
      ledger_by_details: true,
      ledger_by_summary: false,
      credits_total: false,
    });
    expect(verdicts({ summaries: { creditsMinor: null, debitsMinor: null, creditCount: null, debitCount: null } })).toMatchObject({
      ledger_by_summary: null,
      credits_total: null,
      debits_count: null,
    });
  });

  it("without opening or closing balance the ledger cannot be proven", () => {
    expect(verdicts({ openingMinor: null })).toMatchObject({ ledger_by_details: null, ledger_by_summary: null });
    expect(verdicts({ closingMinor: null })).toMatchObject({ ledger_by_details: null, ledger_by_summary: null, float: null });
  });

  it("a movement whose sign nobody knows makes the details unprovable, with the reason, and leaves the summary", () => {
    const [details, summary] = proveStatement({ ...facts, creditsMinor: "0", unprovable: "Nobody says which way type code 820 moves money." });

    expect(details).toMatchObject({ ok: null, note: "Nobody says which way type code 820 moves money." });
    expect(summary?.ok).toBe(true);
  });

  it("a statement without transactions proves nothing by details if its balance moved, and agrees if it did not", () => {
    const empty = { creditsMinor: "0", debitsMinor: "0", creditCount: 0, debitCount: 0, transactionCount: 0 };

    expect(verdicts(empty)).toMatchObject({ ledger_by_details: null, credits_total: null, debits_count: null, ledger_by_summary: true });
    expect(verdicts({ ...empty, closingMinor: "1000" })).toMatchObject({ ledger_by_details: true, ledger_by_summary: false });
  });

  it("an interim report is never proven wrong", () => {
    expect(Object.values(verdicts({ isInterim: true, closingMinor: "1", creditsMinor: "7" }))).not.toContain(false);
  });

  it("float is information: it never breaks a statement", () => {
    expect(verdicts({ float: { availableMinor: "1", oneDayMinor: "1", laterMinor: "1" } })).toMatchObject({ float: null });
  });

  it("figures beyond a float's precision are compared exactly", () => {
    const big = {
      openingMinor: "9007199254740993",
      creditsMinor: "0",
      debitsMinor: "0",
      summaries: { ...facts.summaries, creditsMinor: "0", debitsMinor: "0" },
    };

    expect(verdicts({ ...big, closingMinor: "9007199254740992" })).toMatchObject({ ledger_by_details: false });
  });
});

describe("continuity", () => {
  const current = { openingMinor: "100", line: 7 };

  it("holds where a statement opens with what the one before closed with", () => {
    expect(continuity({ closingMinor: "100", asOfOn: "2026-03-01" }, current)).toEqual({
      check: "continuity",
      expected: "100",
      actual: "100",
      ok: true,
      line: 7,
      note: null,
    });
  });

  it("a gap names the day of the statement before", () => {
    expect(continuity({ closingMinor: "90", asOfOn: "2026-02-27" }, current)).toMatchObject({
      ok: false,
      expected: "90",
      actual: "100",
      note: expect.stringContaining("2026-02-27"),
    });
  });

  it("the first statement of an account, and statements without balances, have nothing to continue", () => {
    expect(continuity(null, current).ok).toBeNull();
    expect(continuity({ closingMinor: null, asOfOn: "2026-02-27" }, current).ok).toBeNull();
    expect(continuity({ closingMinor: "1", asOfOn: null }, { openingMinor: null, line: null }).ok).toBeNull();
  });
});

describe("a statement's verdict", () => {
  const check = (name: string, ok: boolean | null) => ({ check: name, expected: null, actual: null, ok, line: null, note: null });

  it("is false if anything is false", () => {
    expect(statementVerdict([check("account_control_total", true), check("credits_count", false)])).toBe(false);
  });

  it("is true if the totals hold and nothing is false", () => {
    expect(statementVerdict([check("account_control_total", true), check("account_record_count", true), check("ledger_by_details", null)])).toBe(
      true,
    );
    expect(statementVerdict([check("balance_chain", true)])).toBe(true);
  });

  it("is open if a total cannot be asked, or if only the float speaks", () => {
    expect(statementVerdict([check("account_control_total", null), check("ledger_by_details", true)])).toBeNull();
    expect(statementVerdict([check("float", true)])).toBeNull();
    expect(statementVerdict([])).toBeNull();
  });
});

describe("the verdict over a job", () => {
  it.each<[(boolean | null)[], boolean | null]>([
    [[], null],
    [[true, true], true],
    [[true, null], null],
    [[null, false, true], false],
  ])("of %j is %j", (verdicts, verdict) => {
    expect(jobVerdict(verdicts)).toBe(verdict);
  });
});
