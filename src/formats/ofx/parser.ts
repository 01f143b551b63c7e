/** OFX 1.x (SGML), 2.x (XML) and QFX: bytes in, records out, in file order, with a state small enough to keep. Never holds more than one transaction, never throws for bad input. */
import type { StatementRecord } from "../../domain/record.ts";
import { byteText } from "../encoding.ts";
import { Findings } from "../findings.ts";
import type { Checkpoint, ParseOptions, Parser } from "../format.ts";
import { addUp } from "../tally.ts";
import { closeStatement, type OfxContext, openStatement, readAccount, readBalance, readValue, startContext, startStatement } from "./statement.ts";
import { type Tag, TagCutter, type TagSink } from "./tags.ts";
import { readTransaction } from "./transaction.ts";
import { charsetOf, readText } from "./values.ts";

export interface OfxState {
  line: number;
  isRefused: boolean;
  /** The known aggregates around the place. */
  path: string[];
  context: OfxContext;
}

/** An aggregate that is read when it is whole. */
interface Unit {
  name: string;
  line: number;
  byteOffset: number;
  fields: Record<string, string>;
  fieldCount: number;
  /** Aggregates inside it. */
  inner: string[];
  raw: string;
}

const UNITS: ReadonlySet<string> = new Set(["STMTTRN", "STMTTRNP", "LEDGERBAL", "AVAILBAL", "BANKACCTFROM", "CCACCTFROM", "STATUS"]);
const INNER: ReadonlySet<string> = new Set(["PAYEE", "CURRENCY", "ORIGCURRENCY", "BANKACCTTO", "CCACCTTO", "IMAGEDATA"]);
const AROUND: ReadonlySet<string> = new Set([
  "OFX",
  "SONRS",
  "STMTTRNRS",
  "CCSTMTTRNRS",
  "STMTRS",
  "CCSTMTRS",
  "INVSTMTRS",
  "BANKTRANLIST",
  "BANKTRANLISTP",
  "BALLIST",
  "INVTRANLIST",
]);
/** A transaction has some twenty values. */
const FIELDS_MAX = 200;
const RAW_CHARS_MAX = 4000;

export class OfxParser implements Parser<OfxState>, TagSink {
  readonly #context: OfxContext;
  readonly #findings: Findings;
  readonly #cutter: TagCutter;
  readonly #isUtf8: boolean;
  #path: string[];
  #unit: Unit | null = null;
  /** The last tag that was opened: with text behind it, it is a value. */
  #last: Tag | null = null;
  /** Where the reading may begin again. */
  #safe: { byteOffset: number; line: number };

  constructor({ isUtf8 = false }: ParseOptions, resume?: Checkpoint<OfxState>) {
    this.#isUtf8 = isUtf8;
    const state = resume?.state;
    this.#context = state === undefined ? startContext() : structuredClone(state.context);
    this.#findings = new Findings(this.#context.problemCount);
    this.#path = [...(state?.path ?? [])];
    this.#safe = { byteOffset: resume?.byteOffset ?? 0, line: state?.line ?? 1 };
    this.#cutter = new TagCutter({ ...this.#safe, isRefused: state?.isRefused ?? false, sink: this });
  }

  push(chunk: Uint8Array): StatementRecord[] {
    this.#cutter.feed(byteText(chunk));
    return this.#findings.takeOut();
  }

  end(): StatementRecord[] {
    const context = this.#context;
    this.#cutter.finish();
    const isWhole = !this.#path.includes("OFX") && this.#unit === null;
    if (context.hasOfx && !isWhole && !this.#cutter.isRefused) {
      const { line } = this.#cutter.place;
      this.#findings.report(context.statement?.tally?.ordinal ?? null, {
        code: "truncated_file",
        line,
        expected: "</OFX>",
        message: "The file ends before its end (</OFX>), so that transactions may be missing. Ask the bank to send it again.",
      });
    }
    closeStatement(context, this.#findings, "The file is not whole.");
    if (!context.hasStatement && this.#findings.problemCount === 0) {
      this.#findings.report(null, {
        code: "no_statement",
        expected: "STMTRS or CCSTMTRS",
        message: "The file has no statement of a bank account or a card in it, so that nothing was read. Download the statement again.",
      });
    }
    return this.#findings.takeOut();
  }

  /** From the start of the aggregate or value that is still open: nothing of it has been given out. */
  checkpoint(): Checkpoint<OfxState> {
    const context = structuredClone({ ...this.#context, problemCount: this.#findings.problemCount });
    const { byteOffset, line } = this.#safe;
    return { byteOffset, state: { line, isRefused: this.#cutter.isRefused, path: [...this.#path], context } };
  }

  refused({ code, line, message }: { code: string; line: number; message: string }): void {
    this.#findings.report(this.#context.statement?.tally?.ordinal ?? null, { code, line, message });
  }

  rest(text: string): void {
    if (this.#last !== null) this.#settle(text, null);
  }

  tag(tag: Tag, text: string, source: string): void {
    const context = this.#context;
    if (!context.hasTags) context.charset = this.#isUtf8 ? null : charsetOf(text);
    context.hasTags = true;
    if (this.#unit !== null) this.#unit.raw += text;
    this.#settle(text, tag);
    if (tag.isClose) this.#close(tag, source);
    else this.#open(tag, source);
    if (this.#unit !== null) this.#safe = { byteOffset: this.#unit.byteOffset, line: this.#unit.line };
    else if (this.#last !== null) this.#safe = { byteOffset: this.#last.byteOffset, line: this.#last.line };
    else this.#safe = this.#cutter.place;
  }

  /** The tag before this one was a value, if text stands behind it, or its own end. */
  #settle(text: string, next: Tag | null): void {
    const last = this.#last;
    this.#last = null;
    if (last === null) return;
    const value = text.trim();
    if (value === "" && !(next?.isClose && next.name === last.name)) return;
    const unit = this.#unit;
    if (unit === null) {
      readValue(this.#context, last.name, value);
      return;
    }
    if (unit.fieldCount >= FIELDS_MAX) return;
    unit.fieldCount += 1;
    const key = [...unit.inner, last.name].join(".");
    const before = unit.fields[key];
    if (before === undefined) unit.fields[key] = value;
    else if (last.name === "MEMO") unit.fields[key] = `${before}\n${value}`;
  }

  #open(tag: Tag, source: string): void {
    const { name } = tag;
    if (UNITS.has(name)) {
      // A bank that leaves out end tags ends a transaction with the next.
      if (this.#unit !== null) this.#endUnit({ line: tag.line, byteEnd: tag.byteOffset });
      this.#unit = { name, line: tag.line, byteOffset: tag.byteOffset, fields: Object.create(null), fieldCount: 0, inner: [], raw: source };
      return;
    }
    const unit = this.#unit;
    if (unit !== null) unit.raw += source;
    if (unit !== null && INNER.has(name)) {
      if (unit.inner.length < 4) unit.inner.push(name);
      return;
    }
    if (!AROUND.has(name)) {
      this.#last = tag;
      return;
    }
    if (unit !== null) this.#endUnit({ line: tag.line, byteEnd: tag.byteOffset });
    if (this.#path.length < PATH_MAX) this.#path.push(name);
    this.#enter(tag);
  }

  #enter(tag: Tag): void {
    const context = this.#context;
    if (tag.name === "OFX") context.hasOfx = true;
    if (tag.name === "INVSTMTRS") {
      this.#findings.warn(null, {
        code: "investment_statement",
        line: tag.line,
        record: tag.name,
        message: "The file holds the statement of an investment account, which is not read. Nothing of it was taken; the other accounts are.",
      });
    }
    if (tag.name !== "STMTRS" && tag.name !== "CCSTMTRS") return;
    closeStatement(context, this.#findings, "The statement has no end.");
    openStatement(context, tag);
  }

  #close(tag: Tag, source: string): void {
    const { name } = tag;
    const unit = this.#unit;
    if (unit !== null) {
      unit.raw += source;
      const inner = unit.inner.lastIndexOf(name);
      if (inner !== -1) unit.inner.length = inner;
      if (unit.name === name) this.#endUnit({ line: tag.line, byteEnd: tag.byteEnd });
      else if (AROUND.has(name)) this.#endUnit({ line: tag.line, byteEnd: tag.byteOffset });
    }
    const at = this.#path.lastIndexOf(name);
    if (at === -1) return;
    const left = this.#path.splice(at);
    const { statement } = this.#context;
    if (statement === null) return;
    statement.lineEnd = tag.line;
    statement.byteEnd = tag.byteEnd;
    if (left.includes("STMTRS") || left.includes("CCSTMTRS")) closeStatement(this.#context, this.#findings, null);
  }

  #endUnit({ line, byteEnd }: { line: number; byteEnd: number }): void {
    const unit = this.#unit;
    this.#unit = null;
    if (unit === null) return;
    const context = this.#context;
    if (unit.name === "STATUS") this.#readStatus(unit);
    const { statement } = context;
    if (statement === null) return;
    statement.lineEnd = line;
    statement.byteEnd = byteEnd;
    if (unit.name.endsWith("ACCTFROM")) readAccount(context, unit.fields);
    else if (unit.name.endsWith("BAL")) readBalance(context, this.#findings, { name: unit.name, fields: unit.fields, line: unit.line });
    else if (unit.name.startsWith("STMTTRN")) this.#readTransaction(unit, { lineEnd: line, byteEnd });
  }

  #readTransaction(unit: Unit, ends: { lineEnd: number; byteEnd: number }): void {
    const { charset, statement } = this.#context;
    const tally = startStatement(this.#context, this.#findings);
    if (tally === null || statement === null) return;
    const raw = readText(unit.raw, charset).replaceAll("\r\n", "\n").slice(0, RAW_CHARS_MAX);
    const isPending = unit.name === "STMTTRNP" || this.#path.includes("BANKTRANLISTP");
    const place = { line: unit.line, byteOffset: unit.byteOffset, ...ends };
    const transaction = readTransaction(this.#findings, { statement, tally, fields: unit.fields, charset, isPending, raw, place });
    if (transaction === null) return;
    this.#findings.out.push(transaction);
    if (!isPending) addUp(tally, transaction);
  }

  /** The bank answers with an error instead of a statement. */
  #readStatus(unit: Unit): void {
    if ((unit.fields["SEVERITY"] ?? "").toUpperCase() !== "ERROR") return;
    this.#findings.report(this.#context.statement?.tally?.ordinal ?? null, {
      code: "bank_error",
      line: unit.line,
      record: "STATUS",
      value: (unit.fields["CODE"] ?? "").slice(0, 20),
      message: "The bank's answer says that it could not give the statement (severity ERROR). Download it again, or ask the bank.",
    });
  }
}

/** 16: the known aggregates stand six deep at most. */
const PATH_MAX = 16;
