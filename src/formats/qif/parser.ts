/** QIF: bytes in, records out, in file order, with a state small enough to keep. Never infers: how days and figures are read is given. */
import type { AmountReading, Profile } from "../../domain/profile.ts";
import type { Minor, StatementRecord, TransactionRecord } from "../../domain/record.ts";
import { byteText, decoded } from "../encoding.ts";
import { Findings } from "../findings.ts";
import type { Checkpoint, ParseOptions, Parser } from "../format.ts";
import { type CutterState, type Line, LineCutter, type LineSink } from "../lines.ts";
import { type DatePattern, parsePattern, readDate } from "../table/date-cell.ts";
import { addUp, coveredDays, endOf, openTally, type Tally } from "../tally.ts";
import { fullYear, readAmount } from "./cells.ts";
import { AMOUNT, DATE } from "./read.ts";
import { type QifRecord, type QifSink, RecordAssembler } from "./records.ts";
import { type Section, sectionOf } from "./sections.ts";

interface QifContext {
  ordinal: number;
  problemCount: number;
  section: Exclude<Section, { kind: "same" }>;
  account: string | null;
  tally: Tally | null;
  hasRecords: boolean;
  lineEnd: number;
  byteEnd: number;
}

export interface QifState {
  cut: CutterState;
  context: QifContext;
}

const RAW_CHARS_MAX = 4000;

export class QifParser implements Parser<QifState>, LineSink, QifSink {
  readonly #profile: Profile;
  readonly #pattern: DatePattern;
  readonly #amount: AmountReading;
  readonly #context: QifContext;
  readonly #findings: Findings;
  readonly #cutter: LineCutter;
  readonly #assembler = new RecordAssembler(this);

  /** Throws without a profile: `open` never infers. */
  constructor({ profile }: ParseOptions, resume?: Checkpoint<QifState>) {
    const date = profile?.columns.find(({ name }) => name === DATE)?.reading;
    const amount = profile?.columns.find(({ name }) => name === AMOUNT)?.reading;
    const pattern = date?.kind === "date" ? parsePattern(date.pattern) : null;
    if (profile === undefined || pattern === null || amount?.kind !== "amount")
      throw new TypeError("A QIF is opened with the reading of its D and T.");
    this.#profile = profile;
    this.#pattern = pattern;
    this.#amount = amount;
    this.#context = resume === undefined ? startContext() : structuredClone(resume.state.context);
    this.#findings = new Findings(this.#context.problemCount);
    const state = resume?.state.cut ?? { number: 1, isSkipping: false };
    this.#cutter = new LineCutter({ byteOffset: resume?.byteOffset ?? 0, state, sink: this });
  }

  push(chunk: Uint8Array): StatementRecord[] {
    this.#cutter.feed(byteText(chunk));
    return this.#findings.takeOut();
  }

  end(): StatementRecord[] {
    this.#cutter.finish();
    this.#assembler.flush();
    this.#closeStatement();
    if (!this.#context.hasRecords && this.#findings.problemCount === 0) {
      this.#findings.report(null, {
        code: "no_statement",
        message: "The file has no movements of a bank account in it, so that nothing was read. Export the account again.",
      });
    }
    return this.#findings.takeOut();
  }

  /** From the start of the record that is still open, or of the line not yet whole. */
  checkpoint(): Checkpoint<QifState> {
    const context = structuredClone({ ...this.#context, problemCount: this.#findings.problemCount });
    const { pending } = this.#assembler;
    if (pending === null) return { byteOffset: this.#cutter.byteOffset, state: { cut: this.#cutter.state, context } };
    return { byteOffset: pending.byteOffset, state: { cut: { number: pending.line, isSkipping: false }, context } };
  }

  line(line: Line): void {
    this.#assembler.add(line);
  }

  tooLong(line: number): void {
    this.#assembler.flush();
    this.#findings.report(this.#context.tally?.ordinal ?? null, {
      code: "line_too_long",
      line,
      message: "A line has more than 1 MiB without an end. It was left out: the file is damaged, export it again.",
    });
  }

  header(text: string, line: Line): void {
    const section = sectionOf(text);
    if (section.kind === "same") return;
    this.#closeStatement();
    const context = this.#context;
    context.section = section;
    if (section.kind !== "investment") return;
    this.#findings.warn(null, {
      code: "investment_statement",
      line: line.number,
      record: "!Type",
      message: "The file holds the movements of an investment account, which are not read. Nothing of it was taken; the other accounts are.",
    });
  }

  record(record: QifRecord): void {
    const context = this.#context;
    if (context.section.kind === "account") context.account = this.#text(record, "N") || null;
    if (context.section.kind !== "movements") return;
    context.hasRecords = true;
    if (record.isCutOff) {
      this.#findings.report(context.tally?.ordinal ?? null, {
        code: "truncated_record",
        line: record.line,
        message: "The file ends inside this record, so that its figures may be cut short; it was left out. Export it again.",
      });
      return;
    }
    const tally = this.#startStatement(record);
    context.lineEnd = record.lineEnd;
    context.byteEnd = record.byteEnd;
    const transaction = this.#read(record, tally, context.section.type);
    if (/^opening balance$/i.test(this.#text(record, "P"))) {
      this.#openingBalance(transaction, tally);
      return;
    }
    this.#findings.out.push(transaction);
    addUp(tally, transaction);
  }

  #read(record: QifRecord, tally: Tally, type: string): TransactionRecord {
    const { line, lineEnd, byteOffset, byteEnd } = record;
    const payee = this.#text(record, "P");
    const memo = this.#text(record, "M");
    const amountMinor = this.#readAmount(record, tally);
    const lines = payee !== "" && memo.startsWith(payee) ? [memo] : [payee, memo];
    return {
      type: "transaction",
      statement: tally.ordinal,
      amountMinor,
      currency: tally.currency,
      postedOn: this.#readDay(record, tally),
      valueOn: null,
      typeCode: type,
      sign: amountMinor === null ? null : amountMinor.startsWith("-") ? "debit" : "credit",
      fundsType: null,
      bankReference: null,
      customerReference: this.#text(record, "N") || null,
      description: lines.filter((text) => text !== "").join("\n"),
      externalTransactionId: null,
      isPending: false,
      raw: this.#decode(record.raw.join("\n")).slice(0, RAW_CHARS_MAX),
      place: { line, lineEnd, byteOffset, byteEnd },
    };
  }

  #readDay(record: QifRecord, tally: Tally): string | null {
    const text = this.#text(record, "D");
    const day = readDate(fullYear(text), this.#pattern);
    if (day !== null) return day;
    this.#findings.report(tally.ordinal, {
      code: "bad_date",
      line: record.line,
      record: "D",
      value: text,
      message: `Expected a calendar day in the order of the other rows, found "${text.slice(0, 40)}". The day is left open: compare the row with the bank's own display.`,
    });
    return null;
  }

  #readAmount(record: QifRecord, tally: Tally): Minor | null {
    const text = this.#text(record, "T") || this.#text(record, "U");
    const minor = readAmount(text, this.#amount, this.#profile.currency);
    if (minor !== null) return minor;
    this.#findings.report(tally.ordinal, {
      code: "bad_amount",
      line: record.line,
      record: "T",
      value: text,
      message: `Expected a figure like those of the other rows, found "${text.slice(0, 40)}". The amount is left open and nothing is rounded: compare the row with the bank's own display.`,
    });
    return null;
  }

  /** Quicken writes the balance before the first movement as a movement; it moved nothing. */
  #openingBalance({ amountMinor, sign, postedOn, place }: TransactionRecord, tally: Tally): void {
    this.#findings.out.push({
      type: "balance",
      statement: tally.ordinal,
      typeCode: "OPENING",
      level: "status",
      sign,
      amountMinor,
      currency: tally.currency,
      asOfOn: postedOn,
      asOfTime: null,
      itemCount: null,
      fundsType: null,
      line: place.line,
    });
    tally.openingMinor = amountMinor;
  }

  #startStatement({ line, lineEnd, byteOffset, byteEnd }: QifRecord): Tally {
    const context = this.#context;
    if (context.tally !== null) return context.tally;
    const { currency } = this.#profile;
    const tally = openTally({ ordinal: context.ordinal, line, kind: "final", currency });
    context.ordinal += 1;
    context.tally = tally;
    this.#findings.out.push({
      type: "statement",
      ordinal: tally.ordinal,
      externalAccountId: context.account,
      currency,
      asOfOn: null,
      asOfTime: null,
      coveredFrom: null,
      coveredTo: null,
      kind: "final",
      groupStatus: null,
      place: { line, lineEnd, byteOffset, byteEnd },
    });
    return tally;
  }

  #closeStatement(): void {
    const context = this.#context;
    const { tally, lineEnd, byteEnd } = context;
    context.tally = null;
    if (tally === null) return;
    const covered = coveredDays(tally, null);
    this.#findings.out.push(endOf(tally, this.#findings, { lineEnd, byteEnd, asOfOn: null, covered }));
    context.account = null;
  }

  #text(record: QifRecord, letter: string): string {
    return this.#decode(record.fields.get(letter) ?? "");
  }

  #decode(text: string): string {
    return decoded(text, this.#profile.encoding);
  }
}

const startContext = (): QifContext => ({
  ordinal: 0,
  problemCount: 0,
  section: { kind: "movements", type: "Bank" },
  account: null,
  tally: null,
  hasRecords: false,
  lineEnd: 0,
  byteEnd: 0,
});
