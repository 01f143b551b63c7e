/** Reads any format in tests: whole, in pieces, from a checkpoint. Never asserts. */
import type { StatementRecord } from "../../../src/domain/record.ts";
import type { Format, FormatId, ParseOptions, Parser } from "../../../src/formats/format.ts";
import { formatOf } from "../../../src/formats/index.ts";
import { portions } from "../../../src/formats/portions.ts";

export const toBytes = (input: string | Uint8Array): Uint8Array => (typeof input === "string" ? new TextEncoder().encode(input) : input);

export function read(id: FormatId, input: string | Uint8Array, options: ParseOptions & { chunkSize?: number } = {}): StatementRecord[] {
  const bytes = toBytes(input);
  const { chunkSize = Math.max(1, bytes.length), ...parse } = options;
  const parser = formatOf(id).open({ ...profileOf(id, bytes), ...parse });
  const records: StatementRecord[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) take(records, parser, parser.push(bytes.subarray(at, at + chunkSize)));
  take(records, parser, parser.end());
  return records;
}

/** Stops after each piece, and goes on with a new parser from the checkpoint, its state through JSON. */
export function readStopping(id: FormatId, bytes: Uint8Array, chunkSize: number): StatementRecord[] {
  const format: Format = formatOf(id);
  const records: StatementRecord[] = [];
  const options = profileOf(id, bytes);
  let parser: Parser<unknown> = format.open(options);
  let at = 0;
  let size = chunkSize;
  while (at < bytes.length) {
    const end = Math.min(bytes.length, at + size);
    take(records, parser, parser.push(bytes.subarray(at, end)));
    if (end === bytes.length) break;
    const { byteOffset, state } = parser.checkpoint();
    parser = format.open(options, { byteOffset, state: JSON.parse(JSON.stringify(state)) });
    // A record longer than the piece needs a longer one, as a reader with a time budget would take.
    size = byteOffset === at ? size + chunkSize : chunkSize;
    at = byteOffset;
  }
  take(records, parser, parser.end());
  return records;
}

/** Of a format whose days and figures need a reading: the one it finds, or the first of several. */
function profileOf(id: FormatId, bytes: Uint8Array): ParseOptions {
  const reading = formatOf(id).read?.(bytes, { fileName: "", whole: true });
  return reading === undefined ? {} : { profile: reading.profile };
}

function take(records: StatementRecord[], parser: Parser<unknown>, first: StatementRecord[]): void {
  for (const portion of portions(parser, first)) for (const record of portion) records.push(record);
}
