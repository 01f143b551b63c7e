/** A page of Stripe's as its records, in the spelling of its golden file. Asserts nothing. */
import type { StatementRecord } from "../../../src/domain/record.ts";
import { pageFormatOf } from "../../../src/formats/pages.ts";

export function readPage(text: string, chunkSize = 1_000_000): StatementRecord[] {
  const bytes = new TextEncoder().encode(text);
  const parser = pageFormatOf("stripe")?.open({});
  if (parser === undefined) throw new Error("The format is not registered.");
  const records: StatementRecord[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) records.push(...parser.push(bytes.subarray(at, at + chunkSize)));
  return [...records, ...parser.end()];
}

/** One record a line, without what only repeats the page: the raw text and its bytes. */
export function goldenTextOf(text: string): string {
  const lines = readPage(text).map((record) => {
    if (record.type === "transaction") {
      const { raw: _, place, sign: __, fundsType: ___, ...said } = record;
      return JSON.stringify({ ...said, line: place.line });
    }
    if (record.type === "statement") {
      const { place: _, asOfTime: __, groupStatus: ___, coveredFrom: ____, coveredTo: _____, ...said } = record;
      return JSON.stringify(said);
    }
    return JSON.stringify(record);
  });
  return `${lines.join("\n")}\n`;
}
