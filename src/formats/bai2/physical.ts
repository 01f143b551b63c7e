/** Cuts a file's text into physical records: at line ends, at a fixed width, or where several stand on one line. Never looks inside a field. */

import type { PlainPlace } from "./fast-lane.ts";
import { decideMode } from "./mode.ts";
import {
  ACCOUNT_TRAILER,
  afterBlanks,
  afterBreaks,
  BLANKS_MAX,
  beginsRecord,
  breakEnd,
  COMMA,
  CONTINUATION,
  CR,
  codeAt,
  LF,
  LOOKAHEAD_CHARS,
  NO_TEXT,
  ONE,
  SIX,
  TRANSACTION,
} from "./record-starts.ts";

/** One character is one byte (bytes.ts), so that `byteOffset + end - start` is where a record ends. */
export interface PhysicalSink {
  /** The record stands in `source` from `start` to `end`: cutting it out would cost as much as reading it. */
  record(source: string, start: number, end: number, byteOffset: number, line: number): void;
  /** A whole 16, with a record of its own behind it: true where it was read at once, false where its lines must be handed to `record`. */
  transaction(source: string, place: PlainPlace): boolean;
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
  readonly #place: PlainPlace = { start: 0, lineEnd: 0, end: 0, more: 0, line: 0, base: 0 };

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
    const from = held === 0 ? 0 : this.#finishCarry(text, halfBreak);
    if (from !== -1) {
      const rest = this.#cutLines(text, { from, base: this.byteOffset - from, isFinal });
      this.byteOffset += rest - from;
      this.#carry = text.slice(rest);
      this.#extractAt = EXTRACT_BYTES;
    }
    if (isFinal && this.#carry.length > 0) this.#lastLine();
  }

  /**
   * Ends the line that the last text began, alone: the lines after it are then cut from the new text as it is, which is far faster to read than a
   * joined one. Gives where they begin; -1 where the line does not end for sure, and is carried on.
   */
  #finishCarry(text: string, halfBreak: boolean): number {
    const end = halfBreak ? Number(text.charCodeAt(0) === LF) : breakEnd(text);
    if (end === -1) {
      this.#carry += text;
      return -1;
    }
    const line = this.#carry + text.slice(0, end);
    this.#carry = "";
    this.#cutLines(line, { from: 0, base: this.byteOffset, isFinal: true });
    this.byteOffset += line.length;
    return end;
  }

  /** Hands over every whole line of `buffer`, whose first byte is the file's `base`; returns where the first unfinished one begins. */
  #cutLines(buffer: string, { from, base, isFinal }: { from: number; base: number; isFinal: boolean }): number {
    let start = from;
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
      const read = cr === -1 && lf !== -1 ? this.#readAtOnce(buffer, start, end, base) : 0;
      if (read > 0) {
        start = read;
        if (lf < start) lf = buffer.indexOf("\n", start);
        continue;
      }
      this.#line(buffer, start, end, base);
      this.state.line += 1;
      start = next;
    }
  }

  #lastLine(): void {
    this.#line(this.#carry, 0, this.#carry.length, this.byteOffset);
    this.byteOffset += this.#carry.length;
    this.#carry = "";
  }

  /** The fast lane: a whole 16 with its continuations, and another 16 or a 49 behind it. Gives where that begins; 0 where there is no such. */
  #readAtOnce(buffer: string, start: number, lineEnd: number, base: number): number {
    const { state } = this;
    if (buffer.charCodeAt(start + 1) !== SIX || buffer.charCodeAt(start) !== ONE || buffer.charCodeAt(start + 2) !== COMMA) return 0;
    if (state.isPacked || state.isSkipping) return 0;
    let end = lineEnd;
    let more = 0;
    let follower = codeAt(buffer, end + 1);
    while (follower === CONTINUATION) {
      end = buffer.indexOf("\n", end + 1);
      if (end === -1) return 0;
      more += 1;
      follower = codeAt(buffer, end + 1);
    }
    if (follower !== TRANSACTION && follower !== ACCOUNT_TRAILER) return 0;
    const place = this.#place;
    place.start = start;
    place.lineEnd = lineEnd;
    place.end = end;
    place.more = more;
    place.line = state.line;
    place.base = base;
    if (!this.#sink.transaction(buffer, place)) return 0;
    state.line += more + 1;
    return end + 1;
  }

  #line(source: string, from: number, to: number, base: number): void {
    const { state } = this;
    if (state.isSkipping) {
      state.isSkipping = false;
      return;
    }
    if (to - from <= RECORD_BYTES_MAX && !state.isPacked && this.#beginsText(source, from)) {
      this.#sink.record(source, from, to, base + from, state.line);
      return;
    }
    const text = source.slice(from, to);
    const byteOffset = base + from;
    const start = this.#split(text, byteOffset, true);
    if (text.length - start > RECORD_BYTES_MAX) this.#sink.tooLong(text.slice(start, start + HEAD_CHARS), state.line);
    else if (start < text.length) this.#sink.record(text, start, text.length, byteOffset + start, state.line);
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
      this.#sink.record(text, start, next, byteOffset + start, this.state.line);
      start = next;
      from = next;
    }
  }

  #beginsText(text: string, at: number): boolean {
    const code = text.charCodeAt(at) * 256 + text.charCodeAt(at + 1);
    return code === TRANSACTION || (!NO_TEXT.includes(code) && this.#sink.isText());
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
      this.#sink.record(buffer, at, Math.min(at + width, buffer.length), this.byteOffset + at, this.state.line);
      this.state.line += 1;
      at = afterBreaks(buffer, Math.min(at + width, buffer.length));
    }
    this.byteOffset += at;
    this.#carry = buffer.slice(at);
  }
}

/** Below this a line waits for its end; above it, it is searched once for every further 64 KB. */
const EXTRACT_BYTES = 64 * 1024;
/** Of a record that is too long, its first characters tell what it is. */
const HEAD_CHARS = 200;
