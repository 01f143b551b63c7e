/** Codes in words, for people who read a list of balances. */
import { expect, it } from "vitest";
import { describeTypeCode } from "../../src/pipeline/describe.ts";

it.each([
  ["015", "Closing Ledger"],
  ["CLBD", "Closing booked"],
  ["62F", "Closing balance"],
  ["AVAILBAL", "Available balance"],
  ["current", "Current balance"],
  ["available", "Available balance"],
  ["no such code", ""],
])("%s is %j", (code, words) => {
  expect(describeTypeCode(code)).toBe(words);
});
