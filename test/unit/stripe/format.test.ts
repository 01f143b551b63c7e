/** Stripe's pages as records: every fixture as its golden file says, Stripe's own examples, and the units of currencies. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatMinor } from "../../../src/domain/money.ts";
import { pageHeadLine } from "../../../src/domain/page.ts";
import type { TransactionRecord } from "../../../src/domain/record.ts";
import { currencyOf, minorOf } from "../../../src/formats/stripe/money.ts";
import { goldenTextOf, readPage } from "./golden.ts";

const root = join(import.meta.dirname, "../../..");
const fixtures = join(root, "test/fixtures/stripe");
const samples = join(root, "../shared/api/samples");

const headOf = (kind: string, fees: "separate" | "net" = "separate"): string =>
  pageHeadLine({
    provider: "stripe",
    kind,
    fetched_at: "2026-03-05T06:00:00.000Z",
    request: `GET /v1/${kind}`,
    account: { id: "acct_1", name: "Shop", last_four: null, currency: null },
    context: { fees: [{ from: 0, handling: fees }] },
  });

const listOf = (...data: object[]): string => JSON.stringify({ object: "list", has_more: false, data });
const movementsOf = (text: string): TransactionRecord[] => readPage(text).filter((record) => record.type === "transaction");

describe("fixtures", () => {
  const names = readdirSync(fixtures).filter((name) => name.endsWith(".page"));

  it.each(names)("%s is read as its golden file says, in pieces of any size", (name) => {
    const text = readFileSync(join(fixtures, name), "utf8");

    const golden = goldenTextOf(text);

    expect(golden).toBe(readFileSync(join(fixtures, name.replace(/\.page$/, ".golden.jsonl")), "utf8"));
    for (const size of [1, 7, 64]) expect(readPage(text, size)).toEqual(readPage(text));
  });

  it("there is a golden file for each, and none for nothing", () => {
    const goldens = readdirSync(fixtures).filter((name) => name.endsWith(".golden.jsonl"));

    expect(goldens.map((name) => name.replace(".golden.jsonl", ".page"))).toEqual(names);
    expect(names.length).toBeGreaterThan(10);
  });
});

describe("what a line becomes", () => {
  it.each(["separate", "net"] as const)("with fees %s, the lines of a page add up to the net that Stripe moved", (handling) => {
    const page = readFileSync(join(fixtures, "every-kind-of-line.page"), "utf8");
    const [, ...body] = page.split("\n");
    const moved: { data: { net: number }[] } = JSON.parse(body.join("\n"));

    const sum = movementsOf(headOf("balance_transactions", handling) + body.join("\n")).reduce(
      (total, { amountMinor }) => total + Number(amountMinor),
      0,
    );

    expect(sum).toBe(moved.data.reduce((total, { net }) => total + net, 0));
  });

  it("a line's place is its own bytes in the stored page, for its fee too", () => {
    const page = readFileSync(join(fixtures, "every-kind-of-line.page"), "utf8");
    const bytes = new TextEncoder().encode(page);

    for (const { raw, place } of movementsOf(page)) expect(new TextDecoder().decode(bytes.subarray(place.byteOffset, place.byteEnd))).toBe(raw);
  });

  it("what was created a second before midnight in UTC is that day's", () => {
    const at = Date.UTC(2026, 2, 1) / 1000;
    const line = (id: string, created: number) => ({
      id,
      amount: 5,
      fee: 0,
      net: 5,
      currency: "usd",
      status: "available",
      created,
      available_on: created,
    });

    const days = movementsOf(headOf("balance_transactions") + listOf(line("txn_1", at - 1), line("txn_2", at))).map(({ postedOn }) => postedOn);

    expect(days).toEqual(["2026-02-28", "2026-03-01"]);
  });

  it("one bad line leaves the others as they are", () => {
    const page = readFileSync(join(fixtures, "lines-that-are-not-booked.page"), "utf8");
    const records = readPage(page);

    const problems = records.filter((record) => record.type === "problem").map(({ problem }) => `${problem.code} ${problem.severity}`);

    expect(problems).toHaveLength(13);
    expect(problems.every((text) => text.endsWith(" error"))).toBe(true);
    expect(movementsOf(page).map(({ description }) => description)).toEqual(["this one is right", "Stripe processing fees"]);
  });

  it("amounts beyond what a float can hold are exact", () => {
    const line =
      '{"id":"txn_1","amount":900719925474099301,"fee":1,"net":900719925474099300,"currency":"usd","status":"available","created":1772445600,"available_on":1772445600}';

    const [gross, fee] = movementsOf(`${headOf("balance_transactions")}{"object":"list","data":[${line}]}`);

    expect([gross?.amountMinor, fee?.amountMinor]).toEqual(["900719925474099301", "-1"]);
  });
});

describe("units", () => {
  it.each([
    ["usd", "1050", "USD", "10.50"],
    ["jpy", "1050", "JPY", "1050"],
    ["kwd", "10250", "KWD", "10.250"],
    ["isk", "50000", "ISK", "500"],
    ["ugx", "500", "UGX", "5"],
    ["mga", "500", "MGA", "500.00"],
    ["huf", "104500", "HUF", "1045.00"],
    ["xof", "655", "XOF", "655"],
    ["usd", "-1", "USD", "-0.01"],
    ["usd", "0", "USD", "0.00"],
  ])("%s %s is %s %s", (code, figure, currency, expected) => {
    expect(currencyOf(code)).toBe(currency);
    expect(formatMinor(minorOf(figure, currency) ?? "", currency)).toBe(expected);
  });

  it.each([
    ["ISK", "10050"],
    ["UGX", "1"],
    ["USD", "1.5"],
    ["USD", "1e3"],
    ["USD", ""],
    ["USD", "9".repeat(19)],
  ])("%s has no unit for %s: it is refused, not rounded", (currency, figure) => {
    expect(minorOf(figure, currency)).toBeNull();
  });

  it.each(["xyz", "", "us", "lyd", "iqd", "clf", "dollar"])("the currency %j is not taken", (code) => {
    expect(currencyOf(code)).toBeNull();
  });
});

describe("Stripe's own examples", () => {
  const sample = (name: string): string => readFileSync(join(samples, `stripe.${name}.json`), "utf8");
  const isThere = existsSync(samples);
  if (!isThere) process.stdout.write("conformance: none of Stripe's own examples beside the project, skipped\n");

  it.runIf(isThere)("its balance transaction is one charge of one dollar", () => {
    const text = `${headOf("balance_transactions")}{"object":"list","has_more":false,"data":[${sample("balance_transaction")}]}`;

    expect(movementsOf(text)).toMatchObject([
      {
        amountMinor: "100",
        currency: "USD",
        postedOn: "2009-02-13",
        valueOn: "2009-02-13",
        typeCode: "charge",
        sign: "credit",
        externalTransactionId: "txn_1PgaxNB7WZ01zgkWEV3TLf40",
        customerReference: "ch_1PgafuB7WZ01zgkWXYmPNZs8",
        description: "My First Test Charge (created for API docs)",
        isPending: false,
      },
    ]);
  });

  it.runIf(isThere)("its balance is nothing, pending and available", () => {
    const balances = readPage(headOf("balance") + sample("balance")).filter((record) => record.type === "balance");

    expect(balances).toMatchObject([
      { typeCode: "current", amountMinor: "0", currency: "USD", asOfAt: "2026-03-05T06:00:00.000Z" },
      { typeCode: "available", amountMinor: "0", currency: "USD" },
    ]);
  });

  it.runIf(isThere)("its payout, whose balance transaction is not expanded, books nothing by itself; expanded it is the line", () => {
    const line = `{"id":"txn_9","object":"balance_transaction","amount":-1100,"fee":0,"net":-1100,"currency":"usd","status":"available","type":"payout","reporting_category":"payout","created":1234567890,"available_on":1234567890,"source":"po_1Pgc79B7WZ01zgkWu1KToYf4"}`;
    const payout = sample("payout");
    const expanded = payout.replace('"txn_1PgaxNB7WZ01zgkWEV3TLf40"', line);
    const traced = expanded.replace('"value": null', '"value": "0910000777"');
    const pageOf = (body: string) => movementsOf(`${headOf("payouts")}{"object":"list","data":[${body}]}`);

    expect(pageOf(payout)).toEqual([]);
    expect(pageOf(expanded)).toMatchObject([{ amountMinor: "-1100", typeCode: "payout", bankReference: "po_1Pgc79B7WZ01zgkWu1KToYf4" }]);
    expect(pageOf(traced)).toMatchObject([{ amountMinor: "-1100", bankReference: "0910000777" }]);
  });

  it.runIf(isThere).each(["charge", "refund", "dispute", "transfer", "topup"])(
    "its %s, expanded as the source of a line, is named by the line and moves no money of its own",
    (name) => {
      const source = sample(name);
      const { id }: { id: string } = JSON.parse(source);
      const line = `{"id":"txn_9","amount":-700,"fee":0,"net":-700,"currency":"usd","status":"available","created":1234567890,"available_on":1234567890,"source":${source}}`;

      expect(movementsOf(`${headOf("balance_transactions")}{"object":"list","data":[${line}]}`)).toMatchObject([
        { amountMinor: "-700", customerReference: id },
      ]);
    },
  );
});

describe("docs/formats/stripe.md", () => {
  it("names every problem that the format can report", () => {
    const page = readFileSync(join(root, "docs/formats/stripe.md"), "utf8");
    const sources = readdirSync(join(root, "src/formats/stripe")).map((file) => readFileSync(join(root, "src/formats/stripe", file), "utf8"));
    const reported = sources.flatMap((source) => [...source.matchAll(/(?:code: |refused\()"([a-z]+(?:_[a-z]+)+)"/g)].map(([, found = ""]) => found));

    expect(new Set(reported).size).toBeGreaterThan(8);
    expect(reported.filter((found) => !page.includes(`\`${found}\``))).toEqual([]);
  });
});
