/** MT940 and MT942: bytes in, records out, in file order, with a state small enough to keep. Never holds more than one entry, never throws for bad input. */
import { parseDay6, parseTime } from "../../domain/date.ts";
import type { StatementRecord } from "../../domain/record.ts";
import { binaryText, readable } from "../bai2/bytes.ts";
import { Findings } from "../findings.ts";
import type { Checkpoint, ParseOptions, Parser } from "../format.ts";
import { type CutterState, LINE_BYTES_MAX, type Line, LineCutter, type LineSink } from "../lines.ts";
import { addUp } from "../tally.ts";
import { currencyOf, readBalance, readSum } from "./balance.ts";
import { readEntry } from "./entry.ts";
import { FIELD_LINES_MAX, type Field, FieldAssembler, type FieldSink } from "./fields.ts";
import { closeMessage, closePage, type Message, type Mt940Context, openMessage, startContext, startStatement } from "./statement.ts";

export interface Mt940State {
  cut: CutterState;
  context: Mt940Context;
}

export class Mt940Parser implements Parser<Mt940State>, LineSink, FieldSink {
  readonly #options: ParseOptions;
  readonly #context: Mt940Context;
  readonly #findings: Findings;
  readonly #cutter: LineCutter;
  readonly #assembler = new FieldAssembler(this);

  constructor(options: ParseOptions, resume?: Checkpoint<Mt940State>) {
    this.#options = options;
    this.#context = resume === undefined ? startContext() : structuredClone(resume.state.context);
    this.#findings = new Findings(this.#context.problemCount);
    const state = resume?.state.cut ?? { number: 1, isSkipping: false };
    this.#cutter = new LineCutter({ byteOffset: resume?.byteOffset ?? 0, state, sink: this });
  }

  push(chunk: Uint8Array): StatementRecord[] {
    this.#cutter.feed(binaryText(chunk).text);
    return this.#findings.takeOut();
  }

  end(): StatementRecord[] {
    this.#cutter.finish();
    this.#assembler.flush();
    closeMessage(this.#context, this.#findings);
    closePage(this.#context, this.#findings);
    if (!this.#context.hasFields && this.#findings.problemCount === 0) {
      this.#findings.report(null, { code: "empty_file", message: "Expected an MT940 file, found nothing in it. Ask the bank to send it again." });
    }
    return this.#findings.takeOut();
  }

  /** From the start of the field that is still open, or of the line not yet whole: nothing of it has been given out. */
  checkpoint(): Checkpoint<Mt940State> {
    const context = structuredClone({ ...this.#context, problemCount: this.#findings.problemCount });
    const { pending } = this.#assembler;
    if (pending === null) return { byteOffset: this.#cutter.byteOffset, state: { cut: this.#cutter.state, context } };
    return { byteOffset: pending.byteOffset, state: { cut: { number: pending.line, isSkipping: false }, context } };
  }

  line(line: Line): void {
    const hasMark = line.byteOffset === 0 && line.text.startsWith(BYTE_ORDER_MARK);
    const start = hasMark ? BYTE_ORDER_MARK.length : 0;
    this.#assembler.add(start === 0 ? line : { ...line, text: line.text.slice(start), byteOffset: start });
  }

  tooLong(line: number): void {
    this.#assembler.flush();
    this.#findings.report(this.#context.message?.tally?.ordinal ?? null, {
      code: "line_too_long",
      line,
      expected: `at most ${LINE_BYTES_MAX} bytes`,
      message: "A line has more than 1 MiB without an end. It was left out: the file is damaged, ask the bank to send it again.",
    });
  }

  fieldTooLong(field: Field): void {
    this.#findings.report(this.#context.message?.tally?.ordinal ?? null, {
      code: "field_too_long",
      line: field.line,
      record: field.tag,
      expected: `at most ${FIELD_LINES_MAX} lines`,
      message: `A field has more than ${FIELD_LINES_MAX} lines; those after were left out. The file is damaged: ask the bank to send it again.`,
    });
  }

  stray(line: Line): void {
    const context = this.#context;
    const isHeading = context.message === null && HEADING.test(line.text.trim());
    if (isHeading || context.hasStrays) return;
    context.hasStrays = true;
    this.#findings.warn(context.message?.tally?.ordinal ?? null, {
      code: "not_a_field",
      line: line.number,
      expected: "a field like :61:",
      message: "From here on lines begin with no field and continue none. They were left out: see whether the file was changed on its way.",
    });
  }

  field(field: Field): void {
    const context = this.#context;
    const { tag } = field;
    if (tag === "{" || tag === "940" || tag === "942") {
      if (tag !== "{" || field.lines[0]?.startsWith("{1:") || context.message?.hasClosing) closeMessage(context, this.#findings);
      context.messageType = /\{2:[IO](9\d\d)/.exec(field.lines[0] ?? "")?.[1] ?? (tag === "{" ? context.messageType : tag);
      return;
    }
    if (tag === "-") {
      closeMessage(context, this.#findings);
      return;
    }
    context.hasFields = true;
    if (beginsMessage(context.message, tag)) closeMessage(context, this.#findings);
    const message = context.message ?? openMessage(context, field);
    this.#read(message, field);
    message.lineEnd = field.lineEnd;
    message.byteEnd = field.byteEnd;
  }

  #read(message: Message, field: Field): void {
    const { tag } = field;
    const value = (field.lines[0] ?? "").trim();
    if (tag.startsWith("25")) message.account = value === "" ? null : readable(value);
    else if (tag.startsWith("28")) message.number = /^0*(\d+)/.exec(value)?.[1] ?? null;
    else if (tag.startsWith("13")) readAsOf(message, value);
    else if (tag === "34F") readFloorLimit(message, field);
    else if (tag === "86") this.#note(message, field);
    else if (/^(?:6|90)/.test(tag)) this.#readMoney(message, field);
  }

  #readMoney(message: Message, field: Field): void {
    const context = this.#context;
    const { tag } = field;
    if (tag !== "61") message.currency ??= currencyOf(field);
    if (message.tally === null && tag.startsWith("90")) message.isInterim = true;
    const tally = startStatement(context, this.#findings, { message, tag });
    if (tag === "61") {
      const entry = readEntry(this.#findings, { tally, field, options: this.#options });
      if (entry === null) {
        tally.unprovable ??= "The file ends inside an entry.";
        return;
      }
      this.#findings.out.push(entry);
      if (!entry.isPending || tally.kind === "interim") addUp(tally, entry);
      return;
    }
    if (tag.startsWith("62")) message.hasClosing = true;
    if (tag.startsWith("62")) message.hasMore = tag === "62M";
    if (tag.startsWith("90")) readSum(this.#findings, { message, tally, field });
    else readBalance(this.#findings, { message, tally, field });
  }

  /** A note about the statement as a whole; it moves no money. */
  #note(message: Message, field: Field): void {
    if (field.lines.every((line) => line.trim() === "")) return;
    this.#findings.report(message.tally?.ordinal ?? null, {
      severity: "info",
      code: "statement_note",
      line: field.line,
      record: "86",
      message: "The bank added a note (:86:) to the statement as a whole. Read it in the file; nothing else needs doing.",
    });
  }
}

const BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";

/** What banks write above a bare message: their BIC, the message's number. */
const HEADING = /^(?:[A-Z]{6}[A-Z0-9]{2,6}|\d{3}|[A-Z]{4}\d*)$/;

/** :20: begins a message; so does another account, or an opening balance where the message was closed already. */
function beginsMessage(message: Message | null, tag: string): boolean {
  if (message === null) return false;
  if (tag === "20") return true;
  if (tag.startsWith("25")) return message.account !== null && message.tally !== null;
  return tag.startsWith("60") && message.hasClosing;
}

/** :13D: says when an interim report was made: YYMMDDHHMM and a zone, which is left as it is. */
function readAsOf(message: Message, value: string): void {
  message.asOfOn = parseDay6(value.slice(0, 6));
  message.asOfTime = parseTime(value.slice(6, 10));
  if (message.tally === null) message.isInterim = true;
}

function readFloorLimit(message: Message, field: Field): void {
  message.currency ??= currencyOf(field);
  if (message.tally === null) message.isInterim = true;
}
