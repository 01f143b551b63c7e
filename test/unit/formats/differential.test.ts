/** Generated statements are read as independent libraries read them: days, amounts, references, balances. All randomness is seeded. */
import { parseCamt053 } from "camt-parser";
import { Parser as Mt940js } from "mt940js";
import { parse as parseOfx } from "ofx-js";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { addDays } from "../../../src/domain/date.ts";
import { formatMinor } from "../../../src/domain/money.ts";
import { type Chance, chanceOf } from "../../harness/random.ts";
import { balancesOf, proofOf, statementsOf, transactionsOf } from "../bai2/reading.ts";
import { read } from "./reading.ts";

interface Row {
  postedOn: string;
  valueOn: string;
  amountMinor: number;
  reference: string;
  text: string;
}

interface Generated {
  account: string;
  openingMinor: number;
  closingMinor: number;
  rows: Row[];
}

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);
const WORDS = ["INVOICE", "RENT", "SALARY", "COFFEE & CAKE", "REFUND", "Müller", "CARD 1234", "FEE", "A/B-C"];

function generate(seed: number): Generated {
  const chance = chanceOf(seed);
  const rows = Array.from({ length: chance.below(30) }, (_, index) => rowOf(chance, `REF${seed}X${index + 100_000}`));
  const openingMinor = chance.below(2_000_000) - 1_000_000;
  return {
    account: `DE0212030000${10_000_000 + seed}`,
    openingMinor,
    closingMinor: rows.reduce((sum, row) => sum + row.amountMinor, openingMinor),
    rows,
  };
}

function rowOf(chance: Chance, reference: string): Row {
  const postedOn = addDays("2026-03-01", chance.below(28));
  const amountMinor = (1 + chance.below(chance.percent(50) ? 500 : 90_000_000)) * (chance.percent(50) ? 1 : -1);
  return { postedOn, valueOn: addDays(postedOn, chance.below(5)), amountMinor, reference, text: `${chance.pick(WORDS)} ${chance.below(1000)}` };
}

const major = (minor: number): string => formatMinor(`${Math.abs(minor)}`, "EUR");
const day6 = (day: string): string => day.slice(2).replaceAll("-", "");
const mark = (minor: number, [credit, debit]: readonly [string, string]): string => (minor < 0 ? debit : credit);
const escaped = (text: string): string => text.replaceAll("&", "&amp;");

describe.each(SEEDS)("a generated statement (seed %i)", (seed) => {
  const { account, openingMinor, closingMinor, rows } = generate(seed);

  it("as MT940 is read as mt940js reads it", () => {
    const balance = (tag: string, day: string, minor: number): string =>
      `:${tag}:${mark(minor, ["C", "D"])}${day6(day)}EUR${major(minor).replace(".", ",")}`;
    const entries = rows.flatMap((row) => [
      `:61:${day6(row.valueOn)}${day6(row.postedOn).slice(2)}${mark(row.amountMinor, ["C", "D"])}${major(row.amountMinor).replace(".", ",")}NTRFNONREF//${row.reference}`,
      `:86:${row.text.replace("ü", "ue")}`,
    ]);
    const lines = [":20:GENERATED", `:25:${account}`, ":28C:1/1", balance("60F", "2026-02-28", openingMinor), ...entries];
    const file = [...lines, balance("62F", "2026-03-31", closingMinor), "-", ""].join("\r\n");

    const [theirs] = new Mt940js().parse(file);
    const ours = read("mt940", file);

    expect(transactionsOf(ours).map((row) => [row.valueOn, row.postedOn, row.amountMinor, row.currency, row.bankReference])).toEqual(
      theirs?.transactions.map((row) => [
        row.date.toISOString().slice(0, 10),
        row.entryDate === "" ? null : row.entryDate.toISOString().slice(0, 10),
        `${Math.round(row.amount * 100)}`,
        row.currency,
        row.bankReference,
      ]),
    );
    expect(balancesOf(ours).map(({ amountMinor }) => amountMinor)).toEqual(
      [theirs?.openingBalance, theirs?.closingBalance].map((balanceMajor) => `${Math.round((balanceMajor ?? 0) * 100)}`),
    );
    expect(proofOf(ours).find(({ check }) => check === "ledger_by_details")?.ok).not.toBe(false);
  });

  it("as camt.053 is read as camt-parser reads it", async () => {
    const balance = (code: string, day: string, minor: number): string =>
      `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">${major(minor)}</Amt><CdtDbtInd>${mark(minor, ["CRDT", "DBIT"])}</CdtDbtInd><Dt><Dt>${day}</Dt></Dt></Bal>`;
    const entries = rows.map(
      (row) =>
        `<Ntry><Amt Ccy="EUR">${major(row.amountMinor)}</Amt><CdtDbtInd>${mark(row.amountMinor, ["CRDT", "DBIT"])}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>${row.postedOn}</Dt></BookgDt><ValDt><Dt>${row.valueOn}</Dt></ValDt><AcctSvcrRef>${row.reference}</AcctSvcrRef><BkTxCd/><AddtlNtryInf>${escaped(row.text)}</AddtlNtryInf></Ntry>`,
    );
    const head = `<GrpHdr><MsgId>1</MsgId><CreDtTm>2026-04-01T06:00:00</CreDtTm></GrpHdr><Stmt><Id>1</Id><CreDtTm>2026-04-01T06:00:00</CreDtTm><Acct><Id><IBAN>${account}</IBAN></Id><Ccy>EUR</Ccy></Acct>`;
    const body = [balance("OPBD", "2026-02-28", openingMinor), balance("CLBD", "2026-03-31", closingMinor), ...entries].join("\n");
    const file = `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>${head}${body}</Stmt></BkToCstmrStmt></Document>\n`;

    const [theirs] = (await parseCamt053(file)).statements;
    const ours = read("xml", file);

    const signed = (amount: { value: string }, indicator: string): string =>
      `${indicator === "DBIT" ? "-" : ""}${amount.value.replace(/^0*|\./g, "").replace(/^0+/, "")}`;
    expect(statementsOf(ours).map(({ externalAccountId }) => externalAccountId)).toEqual([theirs?.account.iban]);
    expect(transactionsOf(ours).map((row) => [row.postedOn, row.valueOn, row.amountMinor, row.currency, row.bankReference])).toEqual(
      theirs?.transactions.map((row) => [
        row.bookingDate,
        row.valueDate,
        signed(row.amount, row.creditDebitIndicator),
        row.amount.currency,
        row.accountServicerReference,
      ]),
    );
    expect(balancesOf(ours).map((one) => [one.typeCode, one.asOfOn, one.currency])).toEqual(
      theirs?.balances.map((one) => [one.type, one.date, one.amount.currency]),
    );
    expect(proofOf(ours).find(({ check }) => check === "ledger_by_details")?.ok).not.toBe(false);
  });

  it("as OFX is read as ofx-js reads it", async () => {
    const entries = rows.map(
      (row) =>
        `<STMTTRN>\n<TRNTYPE>${mark(row.amountMinor, ["CREDIT", "DEBIT"])}\n<DTPOSTED>${row.postedOn.replaceAll("-", "")}120000[-5:EST]\n<TRNAMT>${row.amountMinor < 0 ? "-" : ""}${major(row.amountMinor)}\n<FITID>${row.reference}\n<NAME>${escaped(row.text)}\n</STMTTRN>\n`,
    );
    const list = `<BANKTRANLIST>\n<DTSTART>20260301\n<DTEND>20260331\n${entries.join("")}</BANKTRANLIST>\n`;
    const balance = `<LEDGERBAL>\n<BALAMT>${closingMinor < 0 ? "-" : ""}${major(closingMinor)}\n<DTASOF>20260331\n</LEDGERBAL>\n`;
    const file = `OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:UTF-8\n\n<OFX>\n<BANKMSGSRSV1>\n<STMTTRNRS>\n<STMTRS>\n<CURDEF>EUR\n<BANKACCTFROM>\n<ACCTID>${account}\n</BANKACCTFROM>\n${list}${balance}</STMTRS>\n</STMTTRNRS>\n</BANKMSGSRSV1>\n</OFX>\n`;

    const theirs = ofxSchema.parse(await parseOfx(file)).OFX.BANKMSGSRSV1.STMTTRNRS.STMTRS;
    const ours = read("ofx", file);

    const listed = theirs.BANKTRANLIST.STMTTRN;
    expect(
      transactionsOf(ours).map((row) => [
        row.postedOn?.replaceAll("-", ""),
        formatMinor(row.amountMinor ?? "", "EUR"),
        row.externalTransactionId,
        row.typeCode,
      ]),
    ).toEqual(
      (listed === undefined ? [] : Array.isArray(listed) ? listed : [listed]).map((row) => [
        row.DTPOSTED.slice(0, 8),
        row.TRNAMT,
        row.FITID,
        row.TRNTYPE,
      ]),
    );
    expect(balancesOf(ours).map((one) => formatMinor(one.amountMinor ?? "", "EUR"))).toEqual([theirs.LEDGERBAL.BALAMT]);
  });
});

const transactionSchema = z.object({ DTPOSTED: z.string(), TRNAMT: z.string(), FITID: z.string(), TRNTYPE: z.string() });
const ofxSchema = z.object({
  OFX: z.object({
    BANKMSGSRSV1: z.object({
      STMTTRNRS: z.object({
        STMTRS: z.object({
          BANKTRANLIST: z.object({ STMTTRN: z.union([transactionSchema, z.array(transactionSchema)]).optional() }),
          LEDGERBAL: z.object({ BALAMT: z.string() }),
        }),
      }),
    }),
  }),
});
