/** Sample statements with their truth, where a checkout has them beside it: dates, amounts and references come out, or a person is asked. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { infer, movesOf, parseCsv } from "./reading.ts";

const folder = join(import.meta.dirname, "../../../../shared/statements");
const truthPath = join(folder, "truth.json");

const truthSchema = z.array(
  z.looseObject({
    file: z.string(),
    format: z.string(),
    expect: z.enum(["ok", "ambiguous", "refuse"]),
    ask_ok: z.boolean().optional(),
    transactions: z.array(z.tuple([z.string(), z.number(), z.string().nullable()])),
  }),
);

const truth = existsSync(truthPath) ? truthSchema.parse(JSON.parse(readFileSync(truthPath, "utf8"))).filter(({ format }) => format === "csv") : [];

describe("sample statements", () => {
  it.skipIf(truth.length > 0)("are not beside this checkout: nothing to compare", () => {
    expect(truth).toEqual([]);
  });

  for (const { file, expect: expected, ask_ok: askOk, transactions } of truth) {
    it(file, () => {
      const bytes = new Uint8Array(readFileSync(join(folder, file)));
      const reading = infer(bytes);
      if (reading.questions.length > 0) {
        expect(expected === "ambiguous" || askOk === true).toBe(true);
        return;
      }

      const records = parseCsv(bytes, { profile: reading.profile });

      expect(movesOf(records)).toEqual(transactions.map(([day, minor]) => [day, `${minor}`]));
      const ids = records.flatMap((record) => (record.type === "transaction" ? [record.externalTransactionId ?? record.bankReference] : []));
      expect(ids).toEqual(transactions.map(([, , id], at) => id ?? ids[at]));
    });
  }
});
