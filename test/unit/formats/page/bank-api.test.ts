/** Pages of banks' APIs against their golden files: rows, signs, minor units, and what is kept back. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { StatementRecord } from "../../../../src/domain/record.ts";
import { bankApiFormat } from "../../../../src/formats/bank-api/format.ts";

const FIXTURES = path.resolve(import.meta.dirname, "../../../fixtures/bank_api");

function read(bytes: Uint8Array, chunkSize = bytes.length): StatementRecord[] {
  const parser = bankApiFormat.open({});
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
    for (const record of records) {
      if (record.type !== "transaction") continue;
      expect(new TextDecoder().decode(bytes.subarray(record.place.byteOffset, record.place.byteEnd)).slice(0, 4_000)).toBe(record.raw);
    }
  });

  it("puts nothing of what cannot be read into the books", () => {
    const wrong = new Set(
      records.flatMap((record) => (record.type === "problem" && record.problem.severity === "error" ? [record.problem.line] : [])),
    );

    for (const record of records) if (record.type === "transaction" && record.place.line > 2) expect(wrong).not.toContain(record.place.line);
  });
});

it("there are pages to read", () => {
  expect(pages.length).toBeGreaterThan(12);
});

it("a page of a thousand rows is read in one go, and each has its own place", () => {
  const fixture = readFileSync(path.join(FIXTURES, "mercury-every-status.page"), "utf8");
  const row = { amount: 1.25, status: "sent", bankDescription: "Zürich 𝄞", createdAt: "2026-03-10T00:00:00Z" };
  const rows = Array.from({ length: 1_000 }, (_, n) => ({ id: `m-${n}`, ...row }));
  const text = `${fixture.slice(0, fixture.indexOf("\n") + 1)}${JSON.stringify({ transactions: rows })}`;

  const found = read(new TextEncoder().encode(text)).filter((record) => record.type === "transaction");

  expect(found).toHaveLength(1_000);
  expect(new Set(found.map(({ place }) => place.byteOffset)).size).toBe(1_000);
});
