/** Joins physical records to logical ones: 88 continues whatever stands before it, a line without a code was wrapped. Never reads a field. */
import { RECORD_BYTES_MAX } from "./physical.ts";

export interface LogicalRecord {
  /** `01` … `99`; two other digits where the code is unknown. */
  code: string;
  /** The first physical record, code included, stands in `source` from `start` to `end`. */
  source: string;
  start: number;
  end: number;
  /** The physical records after it, codes included; null where there are none. */
  more: string[] | null;
  /** Positions in `more` of lines without a code of their own. */
  wrapped: number[] | null;
  line: number;
  lineEnd: number;
  byteOffset: number;
  byteEnd: number;
  /** Physical records, as a control count counts them: wrapped lines are none. */
  physicalCount: number;
  /** Lines after it that belong to no record. */
  strays: Strays | null;
  /** The file ended inside it: neither a `/` nor a line end follows. */
  isCutOff: boolean;
  /** The cutter's state where it begins, for a checkpoint. */
  isPacked: boolean;
}

export interface Strays {
  line: number;
  count: number;
  sample: string;
}

export interface LogicalSink {
  /** The record is this call's only: the next one takes its place. */
  logical(record: LogicalRecord): void;
  /** Lines that stand where no record is open. */
  stray(strays: Strays): void;
  /** A continuation without a record that it could continue. */
  orphan(line: number): void;
  /** A record over the limit: what was read of it is given up. */
  givenUp(place: { code: string; line: number; physicalCount: number }): void;
  /** A physical record that belongs to one given up: it still counts. */
  dropped(): void;
}

export class Assembler {
  pending: LogicalRecord | null = null;
  /** After a record that was too long, its continuations are dropped with it. */
  isDropping: boolean;
  readonly #record: LogicalRecord = emptyRecord();
  readonly #sink: LogicalSink;

  constructor(start: { sink: LogicalSink; isDropping: boolean }) {
    this.#sink = start.sink;
    this.isDropping = start.isDropping;
  }

  /** Figures by position, and one object used again for every record: this runs for every line of a file. */
  add(source: string, start: number, end: number, byteOffset: number, line: number, isPacked: boolean): void {
    const code = codeOf(source, start, end);
    if (code === "88") this.#continue(source.slice(start, end), byteOffset, line);
    else if (code !== "") this.#begin(code, source, start, end, byteOffset, line, isPacked);
    else this.#addUncoded(source.slice(start, end), { byteOffset, line, isPacked });
  }

  addTooLong(head: string, line: number): void {
    const code = codeOf(head, 0, head.length);
    const { pending } = this;
    if (code === "88" && pending !== null) {
      this.#giveUp(pending);
      return;
    }
    this.flush();
    if (!this.isDropping || code !== "88") this.#sink.givenUp({ code, line, physicalCount: 1 });
    else this.#sink.dropped();
    this.isDropping = true;
  }

  flush(): void {
    const record = this.pending;
    if (record === null) return;
    this.pending = null;
    this.#sink.logical(record);
  }

  #begin(code: string, source: string, start: number, end: number, byteOffset: number, line: number, isPacked: boolean): void {
    if (this.pending !== null) this.flush();
    this.isDropping = false;
    const record = this.#record;
    record.code = code;
    record.source = source;
    record.start = start;
    record.end = end;
    record.more = null;
    record.wrapped = null;
    record.line = line;
    record.lineEnd = line;
    record.byteOffset = byteOffset;
    record.byteEnd = byteOffset + end - start;
    record.physicalCount = 1;
    record.strays = null;
    record.isCutOff = false;
    record.isPacked = isPacked;
    this.pending = record;
  }

  #continue(text: string, byteOffset: number, line: number): void {
    const { pending } = this;
    if (pending === null) {
      if (this.isDropping) this.#sink.dropped();
      else this.#sink.orphan(line);
      return;
    }
    pending.physicalCount += 1;
    if (this.#append(pending, text, byteOffset, line)) return;
    pending.physicalCount -= 1;
    this.#giveUp(pending);
  }

  /** A line that begins with no known code: an unknown record, text that was wrapped on its way, or nothing that BAI2 knows. */
  #addUncoded(text: string, place: { byteOffset: number; line: number; isPacked: boolean }): void {
    const skipped = blankPrefix(text);
    if (skipped === text.length) return;
    const stripped = text.slice(skipped);
    if (skipped > 0 && codeOf(stripped, 0, stripped.length) !== "") {
      this.add(stripped, 0, stripped.length, place.byteOffset + skipped, place.line, place.isPacked);
      return;
    }
    const { pending } = this;
    if (pending !== null && pending.line < place.line && canBeWrapped(pending)) {
      pending.wrapped ??= [];
      pending.wrapped.push(pending.more?.length ?? 0);
      if (!this.#append(pending, text, place.byteOffset, place.line)) this.#giveUp(pending);
      return;
    }
    if (/^\d\d,/.test(stripped))
      this.#begin(stripped.slice(0, 2), stripped, 0, stripped.length, place.byteOffset + skipped, place.line, place.isPacked);
    else this.#addStray(stripped, place);
  }

  #addStray(text: string, { byteOffset, line }: { byteOffset: number; line: number }): void {
    const sample = text.slice(0, STRAY_SAMPLE_CHARS);
    if (this.pending !== null && byteOffset - this.pending.byteOffset > RECORD_BYTES_MAX) this.flush();
    const { pending } = this;
    if (pending === null) {
      if (this.isDropping) this.#sink.dropped();
      else this.#sink.stray({ line, count: 1, sample });
      return;
    }
    pending.strays ??= { line, count: 0, sample };
    pending.strays.count += 1;
  }

  /** False where the record would grow over the limit. */
  #append(record: LogicalRecord, text: string, byteOffset: number, line: number): boolean {
    const byteEnd = byteOffset + text.length;
    if (byteEnd - record.byteOffset > RECORD_BYTES_MAX) return false;
    record.more ??= [];
    record.more.push(text);
    record.lineEnd = line;
    record.byteEnd = byteEnd;
    return true;
  }

  #giveUp(record: LogicalRecord): void {
    this.pending = null;
    this.isDropping = true;
    this.#sink.givenUp({ code: record.code, line: record.line, physicalCount: record.physicalCount + 1 });
  }
}

function emptyRecord(): LogicalRecord {
  return {
    code: "",
    source: "",
    start: 0,
    end: 0,
    more: null,
    wrapped: null,
    line: 0,
    lineEnd: 0,
    byteOffset: 0,
    byteEnd: 0,
    physicalCount: 0,
    strays: null,
    isCutOff: false,
    isPacked: false,
  };
}

const STRAY_SAMPLE_CHARS = 60;

/** The known code that a line begins with, or `""`. `88` may also stand alone, or be followed by the colon that one bank writes. */
export function codeOf(source: string, start: number, end: number): string {
  const third = start + 2 < end ? source.charCodeAt(start + 2) : 0;
  const isEnded = third === COMMA || third === SLASH;
  switch (source.charCodeAt(start) * 256 + source.charCodeAt(start + 1)) {
    case pair("16"):
      return isEnded ? "16" : "";
    case pair("88"):
      return isEnded || third === COLON || isBlank(source.slice(start + 2, end)) ? "88" : "";
    case pair("03"):
      return isEnded ? "03" : "";
    case pair("49"):
      return isEnded ? "49" : "";
    case pair("01"):
      return isEnded ? "01" : "";
    case pair("02"):
      return isEnded ? "02" : "";
    case pair("98"):
      return isEnded ? "98" : "";
    case pair("99"):
      return isEnded ? "99" : "";
    default:
      return "";
  }
}

/** The record's physical records, codes included, as they came. */
export function linesOf(record: LogicalRecord): string[] {
  const first = record.source.slice(record.start, record.end);
  return record.more === null ? [first] : [first, ...record.more];
}

/** The last physical record, as it came. */
export const lastLineOf = (record: LogicalRecord): string => record.more?.at(-1) ?? record.source.slice(record.start, record.end);

/** Text is wrapped by whoever could not send long lines; other records only where no `/` had ended them. */
function canBeWrapped(record: LogicalRecord): boolean {
  if (record.code === "16") return true;
  const last = lastLineOf(record);
  return record.code.length === 2 && KNOWN.has(record.code) && !last.includes("/");
}

const KNOWN: ReadonlySet<string> = new Set(["01", "02", "03", "49", "98"]);
const COMMA = 0x2c;
const SLASH = 0x2f;
const COLON = 0x3a;

function pair(code: string): number {
  return code.charCodeAt(0) * 256 + code.charCodeAt(1);
}

const isBlank = (text: string): boolean => blankPrefix(text) === text.length;

/** How many characters at the start are blanks, a byte order mark, NUL or the end-of-file mark of old systems. */
function blankPrefix(text: string): number {
  return BLANK_PREFIX.exec(text)?.[0].length ?? 0;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and 0x1A are what is looked for.
const BLANK_PREFIX = /^(?:[ \t\u0000\u001a]|\u00ef\u00bb\u00bf)*/;
