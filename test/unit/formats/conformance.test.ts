/** Holds the formats with meaning of their own against collected bank files with their known contents, where these are at hand. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { StatementRecord } from "../../../src/domain/record.ts";
import { RECOGNIZE_BYTES } from "../../../src/formats/format.ts";
import { recognize } from "../../../src/formats/index.ts";
import { balancesOf, proofOf, textOf, transactionsOf } from "../bai2/reading.ts";
import { read, readStopping } from "./reading.ts";

const folder = join(import.meta.dirname, "../../../../shared/statements");
const truthPath = join(folder, "truth.json");
const isThere = existsSync(truthPath);
if (!isThere) process.stdout.write("conformance: no collected statement files beside the project, skipped\n");

const FORMATS = { mt940: "mt940", camt: "xml", ofx: "ofx", qif: "qif" } as const;

const truthSchema = z.array(
  z.object({
    file: z.string(),
    format: z.string(),
    transactions: z.array(z.tuple([z.string(), z.number(), z.string().nullable()])),
    refs_ok: z.array(z.array(z.string())).optional(),
    balances: z.array(z.object({ code: z.string(), amount_minor: z.number(), as_of: z.string(), currency: z.string(), stmt: z.number() })).optional(),
    statements: z.number().optional(),
    reconciles: z.array(z.boolean().nullable()).optional(),
  }),
);
type Truth = z.infer<typeof truthSchema>[number];

const truths = isThere ? truthSchema.parse(JSON.parse(readFileSync(truthPath, "utf8"))).filter(({ format }) => format in FORMATS) : [];

describe.skipIf(!isThere)("collected statement files", () => {
  for (const truth of truths) {
    describe(truth.file, () => {
      const id = FORMATS[z.enum(["mt940", "camt", "ofx", "qif"]).parse(truth.format)];
      const bytes = new Uint8Array(readFileSync(join(folder, truth.file)));
      const records = read(id, bytes);

      it("is known by itself", () => {
        expect(recognize(bytes.subarray(0, RECOGNIZE_BYTES), "download")).toMatchObject({ format: { id } });
      });

      it("has the known days and amounts", () => {
        const booked = transactionsOf(records).filter(({ isPending }) => !isPending);

        expect(booked.map(({ postedOn, amountMinor }) => [postedOn, amountMinor])).toEqual(
          truth.transactions.map(([day, minor]) => [day, `${minor}`]),
        );
      });

      it("has the known references", () => {
        for (const [index, row] of transactionsOf(records).entries()) {
          const allowed = [truth.transactions[index]?.[2] ?? null, ...(truth.refs_ok?.[index] ?? [])];
          expect(allowed).toContain(row.externalTransactionId ?? row.bankReference ?? row.customerReference);
        }
      });

      it("has the known balances", () => {
        const found = balancesOf(records).map((one) => [one.typeCode, one.amountMinor, one.asOfOn, one.currency, one.statement]);

        expect(found).toEqual((truth.balances ?? []).map((one) => [one.code, `${one.amount_minor}`, one.as_of, one.currency, one.stmt]));
      });

      it("adds up where it is known to", () => {
        const found = proofOf(records)
          .filter(({ check }) => check === "ledger_by_details")
          .map(({ ok }) => ok);

        if (truth.reconciles !== undefined) expect(found).toEqual(reconciled(truth, records));
        else expect(found).not.toContain(false);
      });

      it("is the same in pieces and with stops", () => {
        const whole = textOf(records);
        for (const chunkSize of [1, 61, 1000]) expect(textOf(read(id, bytes, { chunkSize }))).toBe(whole);
        for (const size of [64, 500]) expect(textOf(readStopping(id, bytes, size))).toBe(whole);
      });
    });
  }
});

const reconciled = (truth: Truth, records: StatementRecord[]): (boolean | null)[] =>
  records.filter(({ type }) => type === "statement").map((_, index) => truth.reconciles?.[index] ?? null);
