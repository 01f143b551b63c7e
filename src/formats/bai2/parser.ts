/** BAI2: bytes in, records out, in file order, with a state small enough to keep. Never holds more than one record, never throws for bad input. */
import type { StatementRecord } from "../../domain/record.ts";
import type { Checkpoint, ParseOptions, Parser } from "../format.ts";
import { closeAccount, readAccount, readAccountTrailer } from "./account.ts";
import { binaryText } from "./bytes.ts";
import { Context, loadContext, type SavedContext, saveContext } from "./context.ts";
import { refusePairs } from "./dialect.ts";
import { closeFile, ensureFile, ensureGroup, readFileHeader, readFileTrailer, readGroupHeader, readGroupTrailer } from "./envelope.ts";
import { type PlainPlace, readPlainTransaction } from "./fast-lane.ts";
import { PlainFields } from "./fields.ts";
import { reportCutOff, reportOrphan, reportStrays, reportTooLong, reportUnknown, warnWrapped } from "./findings.ts";
import { Assembler, type LogicalRecord, type LogicalSink, lastLineOf, type Strays } from "./logical.ts";
import { type CutState, Cutter, type PhysicalSink, startOfFile } from "./physical.ts";
import { readTransaction } from "./transaction.ts";

export interface Bai2State {
  cut: CutState;
  isDropping: boolean;
  context: SavedContext;
}

export class Bai2Parser implements Parser<Bai2State>, PhysicalSink, LogicalSink {
  readonly #context: Context;
  readonly #cutter: Cutter;
  readonly #assembler: Assembler;

  constructor(options: ParseOptions, resume?: Checkpoint<Bai2State>) {
    const state = resume?.state;
    this.#context = state === undefined ? new Context(options) : loadContext(state.context, options);
    this.#cutter = new Cutter({ state: state?.cut ?? startOfFile(), byteOffset: resume?.byteOffset ?? 0, sink: this });
    this.#assembler = new Assembler({ sink: this, isDropping: state?.isDropping ?? false });
  }

  push(chunk: Uint8Array): StatementRecord[] {
    if (chunk.length === 0) return [];
    const { text, isPlain } = binaryText(chunk);
    if (!isPlain) this.#context.isPlain = false;
    this.#cutter.feed(text);
    return this.#context.takeOut();
  }

  end(): StatementRecord[] {
    const context = this.#context;
    this.#cutter.finish();
    const last = this.#assembler.pending;
    if (last !== null) last.isCutOff = isCutOff(last, this.#cutter.byteOffset);
    this.#assembler.flush();
    if (context.isRefused) return context.takeOut();
    if (context.hasRecords) closeFile(context, { line: context.lastLine, because: "the file ends here" });
    else if (context.problemCount === 0) {
      context.report({ code: "empty_file", message: "Expected a BAI2 file, found nothing in it. Ask the bank to send it again." });
    }
    return context.takeOut();
  }

  /** From the start of the record that is still open, or of the line not yet whole: nothing of it has been given out. */
  checkpoint(): Checkpoint<Bai2State> {
    const { pending, isDropping } = this.#assembler;
    const context = saveContext(this.#context);
    if (pending === null) return { byteOffset: this.#cutter.byteOffset, state: { cut: { ...this.#cutter.state }, isDropping, context } };
    const cut = { ...this.#cutter.state, line: pending.line, isPacked: pending.isPacked, isSkipping: false };
    return { byteOffset: pending.byteOffset, state: { cut, isDropping: false, context } };
  }

  record(source: string, start: number, end: number, byteOffset: number, line: number): void {
    this.#assembler.add(source, start, end, byteOffset, line, this.#cutter.state.isPacked);
  }

  transaction(source: string, place: PlainPlace): boolean {
    const assembler = this.#assembler;
    if (assembler.pending !== null) assembler.flush();
    assembler.isDropping = false;
    return readPlainTransaction(this.#context, source, place);
  }

  tooLong(head: string, line: number): void {
    this.#assembler.addTooLong(head, line);
  }

  isText(): boolean {
    return this.#assembler.pending?.code === "16";
  }

  logical(record: LogicalRecord): void {
    const context = this.#context;
    if (context.isRefused) return;
    context.hasRecords = true;
    read(context, record);
    if (record.wrapped !== null) warnWrapped(context, record);
    if (record.strays !== null) reportStrays(context, record.strays);
    context.lastLine = record.lineEnd;
    context.lastByteEnd = record.byteEnd;
  }

  stray(strays: Strays): void {
    if (!this.#context.isRefused) reportStrays(this.#context, strays);
  }

  orphan(line: number): void {
    if (!this.#context.isRefused) reportOrphan(this.#context, line);
  }

  dropped(): void {
    countRecords(this.#context, 1, 0);
  }

  givenUp(found: { code: string; line: number; physicalCount: number }): void {
    if (this.#context.isRefused) return;
    this.#context.hasRecords = true;
    reportTooLong(this.#context, found);
    countRecords(this.#context, found.physicalCount, 0);
  }
}

/** Which reader a record goes to; headers and trailers of what is around an account count there and not in it. */
function read(context: Context, record: LogicalRecord): void {
  switch (record.code) {
    case "16":
      countIn(context, record);
      readTransaction(context, record);
      return;
    case "03":
      readAccountRecord(context, record);
      return;
    case "49":
      if (context.account === null) countIn(context, record);
      readAccountTrailer(context, record);
      return;
    case "01":
      readFileHeader(context, record);
      countIn(context, record);
      return;
    case "02":
      readGroupRecord(context, record);
      return;
    case "98":
      if (context.group === null) countIn(context, record);
      readGroupTrailer(context, record);
      return;
    case "99":
      readFileTrailer(context, record);
      return;
    default:
      reportUnknown(context, record);
      countIn(context, record);
  }
}

function readGroupRecord(context: Context, record: LogicalRecord): void {
  ensureFile(context, record);
  readGroupHeader(context, record);
  countIn(context, record);
}

function readAccountRecord(context: Context, record: LogicalRecord): void {
  closeAccount(context, { line: record.line, because: "a new 03 begins" });
  const file = ensureFile(context, record);
  const group = ensureGroup(context, record);
  const fields = new PlainFields(record);
  if (file.isSuspect && refuses(context, record, fields)) return;
  fields.at = 0;
  readAccount(context, record, fields, { file, group });
  countIn(context, record);
  if (record.isCutOff) reportCutOff(context, record);
}

/** A file that does not call itself version 2 or 3 shows in its first full account what it is. */
function refuses(context: Context, record: LogicalRecord, fields: PlainFields): boolean {
  const { file } = context;
  if (file === null) return false;
  fields.at = 2;
  const refusal = refusePairs(fields, file.version);
  if (refusal !== null) {
    context.report({ ...refusal, line: record.line, record: "03", field: "type_code", expected: "version 2 or 3 in the 01" });
    context.isRefused = true;
    return true;
  }
  file.isSuspect = false;
  context.warn({
    code: "unexpected_version",
    line: file.line,
    record: "01",
    field: "version",
    value: file.version,
    expected: "2 or 3",
    message: `Expected version 2 or 3 in the file header, found ${file.version === null ? "none" : `"${file.version}"`}. The accounts are written as in BAI2, and so they were read.`,
  });
  return false;
}

const countIn = (context: Context, record: LogicalRecord): void => countRecords(context, record.physicalCount, record.wrapped?.length ?? 0);

/** Physical records count where they stand: in the account, else in the group, else in the file. */
function countRecords(context: Context, physical: number, wrapped: number): void {
  const around = context.account ?? context.group ?? context.file;
  if (around === null) return;
  around.recordCount += physical;
  around.wrappedCount += wrapped;
}

/** Neither a `/` nor a line end: all that says that the record is whole is the file's end. A 99 needs neither. */
function isCutOff(record: LogicalRecord, fileEnd: number): boolean {
  return record.code !== "99" && record.byteEnd === fileEnd && !lastLineOf(record).includes("/");
}
