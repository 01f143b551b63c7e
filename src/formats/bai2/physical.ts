/** Cuts a file's text into physical records: at line ends, at a fixed width, or where several stand on one line. Never looks inside a field. */

/** One character is one byte (bytes.ts), so that `byteOffset + text.length` is the record's end. */
export interface PhysicalSink {
  record(text: string, byteOffset: number, line: number): void;
  /** More than `RECORD_BYTES_MAX` without an end: `head` is how it began; the rest of its line is skipped. */
  tooLong(head: string, line: number): void;
  /** True while the record before can be continued by free text. */
  isText(): boolean;
}

export interface CutState {
  mode: "undecided" | "lines" | "fixed";
  /** Bytes a record in `fixed` mode. */
  width: number;
  /** Number of the line that the next byte stands in; in `fixed` mode the number of the record. */
  line: number;
  /** Several records were seen on one line: text may end at a `/` with a record behind it. */
  isPacked: boolean;
  /** Inside a line that was too long. */
  isSkipping: boolean;
}

/** 1 MiB: a thousand times the longest record that banks send, and little enough to hold. */
export const RECORD_BYTES_MAX = 1024 * 1024;

export const startOfFile = (): CutState => ({ mode: "undecided", width: 0, line: 1, isPacked: false, isSkipping: false });

export class Cutter {
  readonly state: CutState;
  /** Where the text not yet cut begins. */
  byteOffset: number;
  #carry = "";
  #extractAt = EXTRACT_BYTES;
  readonly #sink: PhysicalSink;

  constructor(start: { state: CutState; byteOffset: number; sink: PhysicalSink }) {
    this.state = { ...start.state };
    this.byteOffset = start.byteOffset;
    this.#sink = start.sink;
  }

  feed(text: string): void {
    if (this.state.mode === "undecided") this.#decide(text, false);
    else if (this.state.mode === "fixed") this.#feedFixed(text, false);
    else this.#feedLines(text, false);
  }

  /** No more text will come: what is left is the last record. */
  finish(): void {
    if (this.state.mode === "undecided") this.#decide("", true);
    else if (this.state.mode === "fixed") this.#feedFixed("", true);
    else this.#feedLines("", true);
  }

  #decide(text: string, isFinal: boolean): void {
    const head = this.#carry + text;
    const decision = decideMode(head, isFinal);
    if (decision === null) {
      this.#carry = head;
      return;
    }
    this.#carry = "";
    this.state.mode = decision.width === null ? "lines" : "fixed";
    this.state.width = decision.width ?? 0;
    this.byteOffset += decision.skip;
    if (decision.width === null) this.#feedLines(head, isFinal);
    else this.#feedFixed(head.slice(decision.skip), isFinal);
  }

  #feedLines(text: string, isFinal: boolean): void {
    const held = this.#carry.length;
    const halfBreak = held > 0 && this.#carry.charCodeAt(held - 1) === CR;
    if (!isFinal && !halfBreak && text.indexOf("\n") === -1 && text.indexOf("\r") === -1) {
      this.#carry += text;
      if (this.#carry.length >= this.#extractAt) this.#extract();
      return;
    }
    const buffer = held === 0 ? text : this.#carry + text;
    const rest = this.#cutLines(buffer, { from: halfBreak ? held - 1 : held, isFinal });
    this.byteOffset += rest;
    this.#carry = buffer.slice(rest);
    this.#extractAt = EXTRACT_BYTES;
    if (isFinal && this.#carry.length > 0) this.#lastLine();
  }

  /** Hands over every whole line of `buffer`; returns where the first unfinished one begins. */
  #cutLines(buffer: string, { from, isFinal }: { from: number; isFinal: boolean }): number {
    let start = 0;
    let lf = buffer.indexOf("\n", from);
    let cr = buffer.indexOf("\r", from);
    for (;;) {
      let end = lf;
      let next = lf + 1;
      if (cr !== -1 && (lf === -1 || cr < lf)) {
        if (cr === buffer.length - 1 && !isFinal) return start;
        end = cr;
        next = buffer.charCodeAt(cr + 1) === LF ? cr + 2 : cr + 1;
        if (lf !== -1 && lf < next) lf = buffer.indexOf("\n", next);
        cr = buffer.indexOf("\r", next);
      } else if (lf === -1) {
        return start;
      } else {
        lf = buffer.indexOf("\n", next);
      }
      this.#line(buffer.slice(start, end), this.byteOffset + start);
      this.state.line += 1;
      start = next;
    }
  }

  #lastLine(): void {
    this.#line(this.#carry, this.byteOffset);
    this.byteOffset += this.#carry.length;
    this.#carry = "";
  }

  #line(text: string, byteOffset: number): void {
    if (this.state.isSkipping) {
      this.state.isSkipping = false;
      return;
    }
    const slash = text.indexOf("/");
    if ((slash === -1 || slash === text.length - 1) && text.length <= RECORD_BYTES_MAX) {
      this.#sink.record(text, byteOffset, this.state.line);
      return;
    }
    const start = this.#split(text, byteOffset, true);
    if (text.length - start > RECORD_BYTES_MAX) this.#sink.tooLong(text.slice(start, start + HEAD_CHARS), this.state.line);
    else if (start < text.length) this.#sink.record(text.slice(start), byteOffset + start, this.state.line);
  }

  /** Hands over the records of one line that are followed by another on it; returns where the last one begins. */
  #split(text: string, byteOffset: number, isWhole: boolean): number {
    let start = 0;
    let from = 0;
    for (;;) {
      const isText = this.#beginsText(text, start);
      if (isText && !this.state.isPacked) return start;
      const slash = text.indexOf("/", from);
      if (slash === -1 || slash - start >= RECORD_BYTES_MAX) return start;
      const next = afterBlanks(text, slash + 1);
      if (!isWhole && text.length - next < LOOKAHEAD_CHARS) return start;
      from = slash + 1;
      if (!beginsRecord(text.slice(next, next + LOOKAHEAD_CHARS), isText)) continue;
      this.state.isPacked = true;
      this.#sink.record(text.slice(start, next), byteOffset + start, this.state.line);
      start = next;
      from = next;
    }
  }

  #beginsText(text: string, at: number): boolean {
    const code = text.slice(at, at + 2);
    return code === "16" || (!NO_TEXT.has(code) && this.#sink.isText());
  }

  /** A line that goes on and on: its whole records are handed over before its end is seen, so that a file on one line needs little memory. */
  #extract(): void {
    if (this.state.isSkipping) {
      this.#dropCarry();
      return;
    }
    const start = this.#split(this.#carry, this.byteOffset, false);
    this.byteOffset += start;
    this.#carry = this.#carry.slice(start);
    if (this.#carry.length > RECORD_BYTES_MAX + LOOKAHEAD_CHARS + BLANKS_MAX) {
      this.#sink.tooLong(this.#carry.slice(0, HEAD_CHARS), this.state.line);
      this.state.isSkipping = true;
      this.#dropCarry();
    }
    this.#extractAt = this.#carry.length + EXTRACT_BYTES;
  }

  #dropCarry(): void {
    this.byteOffset += this.#carry.length;
    this.#carry = "";
    this.#extractAt = EXTRACT_BYTES;
  }

  #feedFixed(text: string, isFinal: boolean): void {
    const buffer = this.#carry + text;
    const { width } = this.state;
    let at = afterBreaks(buffer, 0);
    while (buffer.length - at >= width || (isFinal && at < buffer.length)) {
      this.#sink.record(buffer.slice(at, at + width), this.byteOffset + at, this.state.line);
      this.state.line += 1;
      at = afterBreaks(buffer, Math.min(at + width, buffer.length));
    }
    this.byteOffset += at;
    this.#carry = buffer.slice(at);
  }
}

const LF = 0x0a;
const CR = 0x0d;
/** A record begins within 64 characters of where it is looked for, or none does. */
const LOOKAHEAD_CHARS = 64;
/** Blanks between two records of one line; a wider gap is padding at a line's end. */
const BLANKS_MAX = 4096;
/** Below this a line waits for its end; above it, it is searched once for every further 64 KB. */
const EXTRACT_BYTES = 64 * 1024;
/** Of a record that is too long, its first characters tell what it is. */
const HEAD_CHARS = 200;
/** A first record is some 80 bytes, and a declared width at most 999: four records show whether there are line ends. */
const DECIDE_BYTES = 4096;

const NO_TEXT: ReadonlySet<string> = new Set(["01", "02", "03", "49", "98", "99"]);
const RECORD_START = /^(?:01|02|03|16|49|88|98|99)[,/]/;
/** Inside text more is asked for than a number and a comma, because text may hold both. */
const RECORD_START_IN_TEXT = /^(?:16,\d{3},[+-]?\d*,|88,|03,[^,/]{1,40},|(?:49|98|99),[+-]?\d*[,/]|0[12],)/;

const beginsRecord = (text: string, isText: boolean): boolean => (isText ? RECORD_START_IN_TEXT : RECORD_START).test(text);

function afterBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && at - from < BLANKS_MAX && (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09)) at += 1;
  return at;
}

/** Behind line ends and end-of-file marks, which a fixed-width file may hold between or after its records. */
function afterBreaks(text: string, from: number): number {
  let at = from;
  while (at < text.length && BREAKS.includes(text.charAt(at))) at += 1;
  return at;
}

const BREAKS = "\n\r\u001a\u0000";
const BOM = "\u00ef\u00bb\u00bf";

interface ModeDecision {
  /** Null = lines. */
  width: number | null;
  /** Bytes before the first record of a fixed-width file. */
  skip: number;
}

/** Lines or fixed width, from the file's first record; null while too little has come to say. */
function decideMode(head: string, isFinal: boolean): ModeDecision | null {
  const blankMax = Math.min(head.length, DECIDE_BYTES);
  let skip = head.startsWith(BOM) ? BOM.length : 0;
  while (skip < blankMax && (head.charCodeAt(skip) === 0x20 || BREAKS.includes(head.charAt(skip)))) skip += 1;
  const text = head.slice(skip, skip + DECIDE_BYTES);
  const end = text.search(/[\r\n]/);
  if (end === -1 && text.length < DECIDE_BYTES && !isFinal && skip < DECIDE_BYTES) return null;
  const firstLine = end === -1 ? text : text.slice(0, end);
  const width = declaredWidth(firstLine);
  const isFixed = width !== null && isCutAt(firstLine, width);
  return isFixed ? { width, skip } : { width: null, skip: 0 };
}

/** Field 7 of the 01, also where an 88 continues it. Null where it is absent or no record could have it. */
function declaredWidth(text: string): number | null {
  const fields: string[] = [];
  let rest = text;
  while (fields.length < 6 && /^(?:01|88),/.test(rest) && (fields.length === 0) === rest.startsWith("01")) {
    const slash = rest.indexOf("/");
    if (slash === -1) break;
    fields.push(...rest.slice(3, slash).split(","));
    rest = rest.slice(slash + 1).trimStart();
  }
  const width = Number(fields[5]);
  return Number.isInteger(width) && width >= 20 && width <= 999 ? width : null;
}

function isCutAt(text: string, width: number): boolean {
  if (text.length < width + 3) return false;
  for (let at = width; at + 3 <= text.length; at += width) {
    if (!RECORD_START.test(text.slice(at, at + 3))) return false;
  }
  return true;
}
