/** Holds the parser against collected bank files with their known contents, where these are at hand. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { parseMinor } from "../../../src/domain/money.ts";
import type { StatementRecord, StatementStart } from "../../../src/domain/record.ts";
import { type TypeCode, typeCodeOf } from "../../../src/formats/bai2/type-codes.ts";
import { balancesOf, proofOf, readBai2, readWithStops, statementsOf, textOf, transactionsOf } from "./reading.ts";

const folder = join(import.meta.dirname, "../../../../shared/bai2/samples");
const samples = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".bai")) : [];
if (samples.length === 0) process.stdout.write("conformance: no collected BAI2 files beside the project, skipped\n");

const amount = z.string().nullable();
const truthSchema = z.object({
  groups: z.array(
    z.object({
      asOfDate: z.string(),
      status: z.string(),
      totalOk: z.boolean().optional(),
      accountsOk: z.boolean().optional(),
      recordsOk: z.boolean().optional(),
      accounts: z.array(
        z.object({
          number: z.string(),
          line: z.number(),
          effectiveCurrency: z.string(),
          totalOk: z.boolean().optional(),
          recordsOk: z.boolean().optional(),
          summaries: z.array(z.object({ typeCode: z.string(), amount, itemCount: z.number().nullable(), fundsType: z.string().nullable() })),
          transactions: z.array(
            z.object({
              line: z.number(),
              physicalRecords: z.number(),
              typeCode: z.string(),
              amount,
              fundsType: z.string().nullable(),
              bankRef: z.string().nullable(),
              customerRef: z.string().nullable(),
              textParts: z.array(z.string()),
            }),
          ),
        }),
      ),
    }),
  ),
  totalOk: z.boolean().optional(),
  groupsOk: z.boolean().optional(),
  recordsOk: z.boolean().optional(),
});
type Truth = z.infer<typeof truthSchema>;

describe.skipIf(samples.length === 0)("collected bank files", { timeout: 30_000 }, () => {
  for (const name of samples.filter((sample) => !/NAI|eonx/.test(sample))) {
    describe(name, () => {
      const bytes = new Uint8Array(readFileSync(join(folder, name)));
      const truth = truthSchema.parse(JSON.parse(readFileSync(join(folder, "truth", name.replace(/\.bai$/, ".ref.json")), "utf8")));
      const records = readBai2(bytes);
      const whole = textOf(records);

      it("has the known accounts, days and currencies", () => {
        const found = statementsOf(records).map(statementSays);

        expect(found).toEqual(truth.groups.flatMap((group) => group.accounts.map((account) => ({ ...accountSays(account), status: group.status }))));
      });

      it("has the known balances, as printed and in order", () => {
        const found = balancesOf(records).map(({ statement, typeCode, amountMinor, itemCount, fundsType }) => ({
          statement,
          typeCode,
          amountMinor,
          itemCount,
          fundsType,
        }));

        expect(found).toEqual(knownBalances(truth));
      });

      it("has the known transactions, with sign, references and text", () => {
        const found = transactionsOf(records).map((row) => ({
          statement: row.statement,
          line: row.place.line,
          lineCount: row.place.lineEnd - row.place.line + 1,
          typeCode: row.typeCode,
          amountMinor: row.amountMinor,
          fundsType: row.fundsType,
          bankReference: row.bankReference || null,
          customerReference: row.customerReference || null,
          text: row.description.replaceAll("\n", ""),
        }));

        expect(found).toEqual(knownTransactions(truth));
      });

      it("finds the same totals and counts right and wrong", () => {
        expect(envelopeProof(records)).toEqual(knownProof(truth));
      });

      it("is the same in pieces of any size, and from every checkpoint", () => {
        for (let size = 1; size <= 200; size += 1) expect(textOf(readBai2(bytes, { chunkSize: size }))).toBe(whole);
        for (const size of [1, 7, 40, 80, 81, 200]) expect(textOf(readWithStops(bytes, size))).toBe(whole);
      });
    });
  }

  it("files of the Australian look-alike are refused by name", () => {
    const refused = samples.filter((sample) => /NAI|eonx/.test(sample)).map((name) => readBai2(new Uint8Array(readFileSync(join(folder, name)))));

    expect(refused.map((records) => records.map((record) => (record.type === "problem" ? record.problem.code : record.type)))).toEqual([
      ["nai_dialect"],
      ["nai_dialect"],
    ]);
  });
});

const statementSays = ({ externalAccountId, currency, place, groupStatus }: StatementStart) => ({
  number: externalAccountId,
  currency,
  line: place.line,
  status: groupStatus === null ? "21" : `${groupStatus}`,
});

const accountSays = (account: Truth["groups"][number]["accounts"][number]) => ({
  number: account.number,
  currency: account.effectiveCurrency,
  line: account.line,
});

const accountsOf = (truth: Truth) => truth.groups.flatMap((group) => group.accounts);

function knownBalances(truth: Truth) {
  return accountsOf(truth).flatMap((account, statement) =>
    account.summaries
      .filter(({ typeCode }) => typeCode !== "")
      .map(({ typeCode, amount: printed, itemCount, fundsType }) => ({ statement, typeCode, amountMinor: printed, itemCount, fundsType })),
  );
}

function knownTransactions(truth: Truth) {
  return accountsOf(truth).flatMap((account, statement) =>
    account.transactions.map((row) => ({
      statement,
      line: row.line,
      lineCount: row.physicalRecords,
      typeCode: row.typeCode,
      amountMinor: row.amount === null ? null : signed(row.amount, typeCodeOf(row.typeCode)),
      fundsType: row.fundsType,
      bankReference: row.bankRef,
      customerReference: row.customerRef,
      text: row.textParts.join(""),
    })),
  );
}

const signed = (printed: string, type: TypeCode | null): string | null => parseMinor(type?.sign === "debit" ? `-${printed}` : printed);

function envelopeProof(records: StatementRecord[]): boolean[] {
  return proofOf(records)
    .filter(({ check }) => /^(?:account|group|file)_/.test(check))
    .map(({ ok }) => ok ?? true);
}

/** A count that a trailer leaves out is no proof, which is counted as right there. */
function knownProof(truth: Truth): (boolean | null | undefined)[] {
  const groups = truth.groups.flatMap((group) => [
    ...group.accounts.flatMap((account) => [account.totalOk, account.recordsOk]),
    group.totalOk,
    group.accountsOk,
    group.recordsOk,
  ]);
  return truth.groups.length === 0 ? [] : [...groups, truth.totalOk, truth.groupsOk, truth.recordsOk];
}
