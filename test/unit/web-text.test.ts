/** How the dashboard writes money, days and sizes: exact text, never a float, no zone that moves a day. */
import { expect, it } from "vitest";
import { bytesText, percentOf } from "../../web/lib/bytes.ts";
import { groupMinor, signedMinor } from "../../web/lib/money.ts";
import { agoText, dayText, durationText } from "../../web/lib/time.ts";

it.each([
  ["-490196", "USD", "\u22124,901.96"],
  ["184200350", "JPY", "184,200,350"],
  ["91230455", "KWD", "91,230.455"],
  ["5", "USD", "0.05"],
  ["0", "JPY", "0"],
  ["900719925474099312345", "EUR", "9,007,199,254,740,993,123.45"],
])("%s minor units of %s are %s", (minor, currency, expected) => {
  expect(groupMinor(minor, currency)).toBe(expected);
});

it("a movement into the account shows its plus, one out its minus, nothing moved no sign", () => {
  const shown = ["120000", "-120000", "0"].map((minor) => signedMinor(minor, "USD"));

  expect(shown).toEqual(["+1,200.00", "\u22121,200.00", "0.00"]);
});

it("a bank's day is the same day everywhere, and what is no day stays as it was written", () => {
  expect(["2026-03-01", "2026-12-31", "261131"].map(dayText)).toEqual(["1 Mar 2026", "31 Dec 2026", "261131"]);
});

it("progress never says 100 % before the last byte", () => {
  expect([percentOf(999_999, 1_000_000), percentOf(1_000_000, 1_000_000)]).toEqual([99, 100]);
});

it("sizes, durations and ages are written as people say them", () => {
  const now = Date.UTC(2026, 2, 1, 12);

  expect([bytesText(999), bytesText(1_204_332), bytesText(91_000_000)]).toEqual(["999 B", "1.2 MB", "91.0 MB"]);
  expect([durationText(8.4), durationText(125)]).toEqual(["8 s", "2 min 05 s"]);
  expect([agoText("2026-03-01T11:57:00Z", now), agoText("2026-02-28T10:00:00Z", now)]).toEqual(["3 min ago", "yesterday"]);
});
