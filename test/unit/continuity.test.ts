/** RULES.md §4, continuity: on the pure functions. */
import { expect, it } from "vitest";
import { type FinalStatement, ledgerFromPrevious, missingBusinessDays, nearestEarlier, proveAcross } from "../../src/domain/continuity.ts";

const of = (day: string, balances: Partial<FinalStatement> = {}): FinalStatement => ({
  id: day,
  dayFrom: day,
  dayTo: day,
  openingMinor: "100",
  closingMinor: "100",
  line: 3,
  ...balances,
});

it("a statement that opens where the one before it closed continues it", () => {
  expect(proveAcross(of("2026-03-02", { closingMinor: "250" }), of("2026-03-03", { openingMinor: "250" })).ok).toBe(true);
});

it("a first statement proves nothing, and that is no failure", () => {
  expect(proveAcross(null, of("2026-03-03")).ok).toBeNull();
});

it("a mismatch across missing business days names the gap", () => {
  const check = proveAcross(of("2026-03-02"), of("2026-03-06", { openingMinor: "90" }));

  expect(check.ok).toBe(false);
  expect(check.note).toContain("2026-03-03 to 2026-03-05");
});

it("a weekend is no gap", () => {
  expect(missingBusinessDays("2026-03-06", "2026-03-09")).toBeNull();
  expect(proveAcross(of("2026-03-06"), of("2026-03-09", { openingMinor: "90" })).note).not.toContain("no statement covers");
});

it("one missing day is named alone, also beside a weekend", () => {
  expect(missingBusinessDays("2026-03-06", "2026-03-10")).toEqual({ from: "2026-03-09", to: "2026-03-09" });
});

it("the nearest earlier statement ends before the other begins; of two for one day the later sent counts", () => {
  const [old, first, again, same] = [
    of("2026-02-27"),
    of("2026-03-02", { id: "first" }),
    of("2026-03-02", { id: "again" }),
    of("2026-03-03", { id: "same day" }),
  ];

  expect(nearestEarlier([old, first, again, same], of("2026-03-03"))?.id).toBe("again");
  expect(nearestEarlier([same], of("2026-03-03"))).toBeNull();
});

it("a statement without an opening balance borrows the closing one before it for its ledger", () => {
  const movements = { creditsMinor: "70", debitsMinor: "20", count: 3, canAdd: true };

  const check = ledgerFromPrevious(
    of("2026-03-02", { closingMinor: "100" }),
    of("2026-03-03", { openingMinor: null, closingMinor: "150" }),
    movements,
  );

  expect(check).toMatchObject({ check: "ledger_by_details", expected: "150", actual: "150", ok: true });
});

it("it borrows nothing across days that are not known, nor for movements that cannot be added up", () => {
  const movements = { creditsMinor: "70", debitsMinor: "20", count: 3, canAdd: true };
  const current = of("2026-03-05", { openingMinor: null, closingMinor: "999" });

  expect(ledgerFromPrevious(of("2026-03-02"), current, movements)?.ok).toBeNull();
  expect(ledgerFromPrevious(of("2026-03-04"), current, { ...movements, canAdd: false })?.ok).toBeNull();
  expect(ledgerFromPrevious(of("2026-03-04"), current, movements)?.ok).toBe(false);
});
