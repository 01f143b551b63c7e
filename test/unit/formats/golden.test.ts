/** Every fixture of a format with meaning of its own is read as its golden file says, in pieces of any size and from any checkpoint. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { fixturesOf, goldenPath, goldenText } from "../../../scripts/expect.ts";
import type { StatementRecord } from "../../../src/domain/record.ts";
import { RECOGNIZE_BYTES } from "../../../src/formats/format.ts";
import { formatOf, formats, recognize } from "../../../src/formats/index.ts";
import { textOf } from "../bai2/reading.ts";
import { read, readStopping } from "./reading.ts";

const IDS = ["xml", "mt940", "ofx", "qif", "archive"] as const;

for (const id of IDS.filter((one) => fixturesOf(one).length > 0)) {
  describe(`${id} fixtures`, { timeout: 60_000 }, () => {
    for (const path of fixturesOf(id)) {
      describe(basename(path), () => {
        const bytes = new Uint8Array(readFileSync(path));
        const records = read(id, bytes);
        const whole = textOf(records);

        it("is read as its golden file says", () => {
          expect(goldenText(id, path)).toBe(readFileSync(goldenPath(path), "utf8"));
        });

        it("is the same in pieces", () => {
          for (const chunkSize of [1, 2, 3, 5, 7, 16, 64, 65, 81, 127, 200]) expect(textOf(read(id, bytes, { chunkSize }))).toBe(whole);
        });

        it.runIf(formatOf(id).resumable)("goes on from every checkpoint with the rest, and nothing twice", () => {
          for (const size of [1, 13, 55, 80, 89, 200, 1000]) expect(textOf(readStopping(id, bytes, size))).toBe(whole);
        });

        it("is known as its format's and no other's", () => {
          const head = bytes.subarray(0, RECOGNIZE_BYTES);
          const sure = Object.values(formats).filter((format) => {
            const found = format.recognizes(head, basename(path));
            return found.score >= 0.5 && found.refusal === undefined;
          });
          const found = recognize(head, "download");

          if ("refusal" in found) expect(formatOf(id).recognizes(head, basename(path)).refusal?.code).toBe(found.refusal.code);
          else expect(sure.map((format) => format.id)).toEqual([id]);
        });

        it("never puts an account number into a problem", () => {
          expect(accountsInProblems(records)).toEqual([]);
        });

        it("begins each statement before its rows, and ends it once", () => {
          expect(misplaced(records)).toEqual([]);
        });
      });
    }
  });
}

function accountsInProblems(records: StatementRecord[]): string[] {
  const numbers = records
    .flatMap((record) => (record.type === "statement" ? [record.externalAccountId ?? ""] : []))
    .filter(({ length }) => length > 4);
  const said = records.flatMap((record) => (record.type === "problem" ? [JSON.stringify(record.problem)] : []));
  return said.filter((text) => numbers.some((number) => text.includes(number)));
}

function misplaced(records: StatementRecord[]): string[] {
  const open = new Set<number>();
  const seen = new Set<number>();
  const wrong: string[] = [];
  for (const record of records) {
    if (record.type === "statement") {
      if (seen.has(record.ordinal) || record.ordinal !== seen.size) wrong.push(`statement ${record.ordinal} begins out of order`);
      open.add(record.ordinal);
      seen.add(record.ordinal);
    } else if (record.type === "statement_end") {
      if (!open.delete(record.statement)) wrong.push(`statement ${record.statement} ends without being open`);
    } else if ((record.type === "transaction" || record.type === "balance") && !open.has(record.statement)) wrong.push(`a ${record.type} outside`);
  }
  return [...wrong, ...[...open].map((ordinal) => `statement ${ordinal} never ends`)];
}
