/** The examples of the standards themselves, where they lie beside the checkout, read by the presets: rows, signs and minor units. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkConfig } from "../../../src/domain/bank-api/check.ts";
import { presetOf } from "../../../src/domain/bank-api/presets.ts";

const SAMPLES = join(import.meta.dirname, "../../../../shared/api/samples");

function read(preset: string, sample: string) {
  return checkConfig(presetOf(preset)?.config, readFileSync(join(SAMPLES, sample), "utf8"));
}

describe.runIf(existsSync(SAMPLES))("examples of NextGenPSD2", () => {
  it("booked and pending rows, as they are signed", () => {
    const { rows, problems } = read("berlin_group", "berlingroup.get.v1.accounts.account.id.transactions.Example_3.json");

    expect(problems).toEqual([]);
    expect(
      rows.map(({ amount_minor: amount, currency, posted_on: day, status, external_transaction_id: id }) => [id, amount, currency, day, status]),
    ).toEqual([
      ["1234567", "-25667", "EUR", "2017-10-25", "posted"],
      ["1234568", "34301", "EUR", "2017-10-25", "posted"],
      ["1234569", "10000", "USD", "2017-10-25", "posted"],
      ["1234570", "-10003", "EUR", "2017-10-26", "pending"],
    ]);
  });

  it("an answer that only links to a download is refused, not taken for an empty one", () => {
    const { rows, problems } = read("berlin_group", "berlingroup.get.v1.accounts.account.id.transactions.Example_2.json");

    expect(rows).toEqual([]);
    expect(problems).toMatchObject([{ severity: "error", code: "missing_list" }]);
  });

  it("accounts, and one that stands for several currencies has none", () => {
    const { accounts } = read("berlin_group", "berlingroup.get.v1.accounts.Example_3.json");

    expect(accounts.map(({ name, currency, last_four: lastFour }) => [name, currency, lastFour])).toEqual([
      ["Aggregation Account", null, "6788"],
      ["Main Account", "EUR", "6788"],
      ["US Dollar Account", "USD", "6788"],
    ]);
  });

  it.each([
    ["Example_1_Regular_Account", ["current 50000 EUR"]],
    ["Example_2_Multicurrency_Account", ["current 50000 EUR", "current 35000 USD"]],
    ["Example_3", ["current 100000 EUR", "available 30000 EUR"]],
  ])("balances of %s, without a credit line", (sample, expected) => {
    const { balances } = read("berlin_group", `berlingroup.get.v1.accounts.account.id.balances.${sample}.json`);

    expect(balances.map(({ type_code: type, amount_minor: amount, currency }) => `${type} ${amount} ${currency}`)).toEqual(expected);
  });
});

it.runIf(existsSync(SAMPLES))("a Mercury answer", () => {
  const { rows, problems } = read("mercury", "mercury.transactions.MADE-UP.json");

  expect(problems).toEqual([]);
  expect(rows).toMatchObject([{ amount_minor: "-150000", currency: "USD", posted_on: "2024-01-15", status: "posted" }]);
});
