/** What all providers' pages share: the head line, exact figures, places in the stored bytes. */
import { expect, it } from "vitest";
import { pageHeadLine } from "../../../../src/domain/page.ts";
import type { StatementRecord } from "../../../../src/domain/record.ts";
import { plainDecimal, readJson } from "../../../../src/formats/page/json-node.ts";
import { pageFormat } from "../../../../src/formats/page/page-format.ts";

const format = pageFormat({
  id: "plaid",
  title: "Test",
  read({ body, writer }) {
    const account = writer.statement({ id: "acc-1", name: "Checking", lastFour: "0000", currency: "USD" });
    for (const item of body.get("rows")?.items() ?? []) {
      const amount = item.get("amount")?.number ?? "";
      const movement = { amountMinor: amount, postedOn: item.get("date")?.string ?? null, description: item.get("text")?.string ?? "" };
      writer.transaction(account, { ...movement, externalTransactionId: null, isPending: false }, item);
    }
  },
});

const head = pageHeadLine({ provider: "plaid", kind: "rows", fetched_at: "2026-03-01T10:00:00Z", request: "POST /rows", account: null, context: {} });

function read(text: string, cutAt = 7): StatementRecord[] {
  const bytes = new TextEncoder().encode(text);
  const parser = format.open({});
  const first = parser.push(bytes.subarray(0, cutAt));
  return [...first, ...parser.push(bytes.subarray(cutAt)), ...parser.end()];
}

it("a row's place is where its own bytes stand in the stored page, whatever is written before it", () => {
  const rows = `{ "rows": [\n  {"amount": 1, "date": "2026-03-01", "text": "Käse 𝄞"},\n  {"amount": -2, "date": "2026-03-02", "text": "x"}\n] }`;
  const text = head + rows;

  const found = read(text).filter((record) => record.type === "transaction");

  const bytes = new TextEncoder().encode(text);
  expect(found.map(({ raw, place }) => [raw, place.line])).toEqual([
    ['{"amount": 1, "date": "2026-03-01", "text": "Käse 𝄞"}', 3],
    ['{"amount": -2, "date": "2026-03-02", "text": "x"}', 4],
  ]);
  for (const { raw, place } of found) expect(new TextDecoder().decode(bytes.subarray(place.byteOffset, place.byteEnd))).toBe(raw);
});

it("a statement ends with the sums and the days of its movements", () => {
  const text = `${head}{"rows":[{"amount":5,"date":"2026-03-04","text":""},{"amount":-2,"date":"2026-03-02","text":""}]}`;

  const end = read(text).find((record) => record.type === "statement_end");

  expect(end).toMatchObject({ creditsMinor: "5", debitsMinor: "2", transactionCount: 2, covered: { from: "2026-03-02", to: "2026-03-04" } });
});

it.each([
  ["a page without its head", `{"rows":[]}`, "page_head_missing"],
  ["another provider's page", `${head.replace('"plaid"', '"stripe"')}{}`, "page_head_missing"],
  ["an error page", `${head}<html>`, "page_not_json"],
  ["an answer that nests without end", `${head}${"[".repeat(10_000)}`, "page_not_json"],
])("%s is refused by name", (_what, text, code) => {
  const records = read(text);

  expect(records).toMatchObject([{ type: "problem", problem: { code } }]);
});

it("figures stay as they are printed", () => {
  const body = readJson('{"a": 0.1000000000000000055, "b": 12345678901234567890.12, "c": "1"}');

  expect(body?.get("a")?.number).toBe("0.1000000000000000055");
  expect(body?.get("b")?.number).toBe("12345678901234567890.12");
  expect(body?.get("c")?.number).toBeNull();
});

it.each([
  ["1.2e2", "120"],
  ["-1.5e-3", "-0.0015"],
  ["12e0", "12"],
  ["89.4", "89.4"],
  ["x", null],
])("the figure %s is the decimal %s", (figure, expected) => {
  expect(plainDecimal(figure)).toBe(expected);
});
