/** Pages of Plaid against their golden files, and the vendor's own examples where they are at hand. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { pageHeadLine } from "../../../../src/domain/page.ts";
import type { StatementRecord } from "../../../../src/domain/record.ts";
import { plaid } from "../../../../src/formats/plaid/format.ts";

const FIXTURES = path.resolve(import.meta.dirname, "../../../fixtures/plaid");
const SAMPLES = path.resolve(import.meta.dirname, "../../../../../shared/api/samples");

function read(bytes: Uint8Array, chunkSize = bytes.length): StatementRecord[] {
  const parser = plaid.open({});
  const records: StatementRecord[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) records.push(...parser.push(bytes.subarray(at, at + chunkSize)));
  return [...records, ...parser.end()];
}

const pages = readdirSync(FIXTURES).filter((name) => name.endsWith(".page"));

describe.each(pages)("%s", (name) => {
  const bytes = new Uint8Array(readFileSync(path.join(FIXTURES, name)));
  const records = read(bytes);

  it("is read as its golden file says", async () => {
    await expect(`${JSON.stringify(records, null, 1)}\n`).toMatchFileSnapshot(path.join(FIXTURES, name.replace(/\.page$/, ".json")));
  });

  it("is the same in pieces", () => {
    for (const size of [1, 7, 64, 333]) expect(read(bytes, size)).toEqual(records);
  });

  it("says where each row stands: its bytes are its raw text", () => {
    for (const record of records)
      if (record.type === "transaction")
        expect(new TextDecoder().decode(bytes.subarray(record.place.byteOffset, record.place.byteEnd)).slice(0, 4_000)).toBe(record.raw);
  });

  it("never puts an account's id into a problem", () => {
    for (const record of records) if (record.type === "problem") expect(JSON.stringify(record.problem)).not.toMatch(/acc-|"a\d+"/);
  });
});

it("there are pages to read", () => {
  expect(pages.length).toBeGreaterThan(8);
});

it("a page of an item of 500 movements is read in one go, and each has its own place", () => {
  const rows = Array.from({ length: 500 }, (_, n) => ({
    transaction_id: `t${n}`,
    account_id: "acc",
    amount: n,
    iso_currency_code: "USD",
    date: "2026-03-01",
    name: "Zürich 𝄞",
    pending: false,
  }));
  const text = head("transactions_sync") + JSON.stringify({ accounts: [], added: rows, modified: [], removed: [] });

  const found = read(new TextEncoder().encode(text)).filter((record) => record.type === "transaction");

  expect(found).toHaveLength(500);
  expect(new Set(found.map(({ place }) => place.byteOffset)).size).toBe(500);
});

describe.skipIf(!existsSync(SAMPLES))("the vendor's own examples (skipped where they are not beside the checkout)", () => {
  const sample = (name: string, kind: string) =>
    read(new TextEncoder().encode(head(kind) + readFileSync(path.join(SAMPLES, `plaid.${name}.json`), "utf8")));

  it("transactions/sync: a purchase leaves the account, in cents, and takes its pending form's place", () => {
    const records = sample("transactions.sync", "transactions_sync");

    expect(records.filter(({ type }) => type === "problem")).toEqual([]);
    expect(records.filter((record) => record.type === "transaction")).toMatchObject([
      {
        amountMinor: "-7210",
        currency: "USD",
        postedOn: "2023-09-24",
        valueOn: "2023-09-22",
        description: "PURCHASE WM SUPERCENTER #1700 · Walmart",
        externalTransactionId: "lPNjeW1nR6CDn5okmGQ6hEpMo4lLNoSrzqDje",
        replacesExternalId: "no86Eox18VHMvaOVL7gPUM9ap3aR1LsAVZ5nc",
        isPending: false,
      },
      { amountMinor: "-2834", postedOn: "2023-09-28", description: "Dd Doordash Burgerkin · Burger King", isPending: true },
    ]);
    expect(records.filter((record) => record.type === "removal")).toMatchObject([{ externalTransactionId: "CmdQTNgems8BT1B7ibkoUXVPyAeehT3Tmzk0l" }]);
    expect(records.filter((record) => record.type === "statement")).toMatchObject([
      { externalAccountId: "BxBXxLj1m4HMXBm9WZZmCWVbPjX16EHwv99vp", currency: "USD", provider: { accountName: "Plaid Checking", lastFour: "0000" } },
    ]);
  });

  it.each(["accounts.get", "accounts.balance.get"])("%s: what is held, and what is owed, each as printed", (name) => {
    const records = sample(name, name === "accounts.get" ? "accounts" : "accounts_balance");

    const balances = records.flatMap((record) => (record.type === "balance" ? [[record.typeCode, record.amountMinor]] : []));
    if (name === "accounts.balance.get")
      expect(balances).toEqual([
        ["current", "11000"],
        ["available", "10000"],
        ["current", "41000"],
        ["current", "6526200"],
      ]);
    expect(balances.length).toBeGreaterThan(0);
    expect(records.filter((record) => record.type === "problem" && record.problem.code !== "investment_account")).toEqual([]);
  });
});

function head(kind: string): string {
  return pageHeadLine({ provider: "plaid", kind, fetched_at: "2026-03-10T12:00:00.000Z", request: "POST /", account: null, context: {} });
}
