/** Puts lines together into fields (`:61:…` with what wraps below it), and an entry with its details into one. Never reads what a field means. */
import type { Line } from "../lines.ts";

export interface Field {
  /** `61`, `60F`; `-` ends a message, `{` is a block of the envelope. */
  tag: string;
  /** One character a byte; the first without its tag. */
  lines: string[];
  /** The details (:86:) that follow an entry; null where none do. */
  details: string[] | null;
  /** The lines as they came. */
  raw: string[];
  line: number;
  lineEnd: number;
  byteOffset: number;
  byteEnd: number;
  isCutOff: boolean;
  /** Where it ended before its last line. */
  before: { lineEnd: number; byteEnd: number };
}

export interface FieldSink {
  field(field: Field): void;
  /** A line that belongs to no field. */
  stray(line: Line): void;
  /** What is more of a field than any bank writes was left out. */
  fieldTooLong(field: Field): void;
}

export class FieldAssembler {
  /** The field that may still go on: a reader that stops begins again with it. */
  pending: Field | null = null;
  readonly #sink: FieldSink;

  constructor(sink: FieldSink) {
    this.#sink = sink;
  }

  add(line: Line): void {
    const mark = ENVELOPE.exec(line.text);
    if (mark !== null) {
      this.#addEnvelope(line);
      return;
    }
    const tag = this.#tagOf(line.text);
    if (tag !== null) this.#begin(tag, line);
    else if (/^-\s*$/.test(line.text) && this.pending?.tag !== "61") this.#begin("-", line);
    else if (this.pending === null || this.pending.tag === "-") this.#addStray(line);
    else this.#goOn(this.pending, line);
  }

  /** Nothing of the open field will come any more. */
  flush(): void {
    const field = this.pending;
    this.pending = null;
    if (field === null) return;
    // Inside an entry's details a lone `-` may be text; behind everything else it was the end of the message.
    const isEnded = field.tag === "61" && field.raw.length > 1 && field.raw.at(-1)?.trim() === "-";
    if (isEnded) {
      field.raw.pop();
      (field.details ?? field.lines).pop();
      Object.assign(field, field.before, { isCutOff: false });
    }
    this.#sink.field(field);
  }

  /** `{1:…}{2:…}{4:` opens a message, `-}` ends it; a field may begin behind the `{4:`. */
  #addEnvelope(line: Line): void {
    const at = line.text.lastIndexOf("{4:");
    const head = at === -1 ? line.text : line.text.slice(0, at + 3);
    this.#begin(line.text.startsWith("-") ? "-" : "{", { ...line, text: head, byteEnd: line.byteOffset + head.length });
    this.flush();
    const rest = line.text.slice(head.length);
    if (rest.trim() === "") return;
    this.add({ ...line, text: rest, byteOffset: line.byteOffset + head.length });
  }

  #begin(tag: string, line: Line): void {
    const { pending } = this;
    const text = tag === "-" || tag === "{" ? line.text : line.text.slice(tag.length + 2);
    if (tag === "86" && pending?.tag === "61") {
      pending.details ??= [];
      pending.details.push(text);
      this.#extend(pending, line);
      return;
    }
    this.flush();
    const { number, byteOffset, byteEnd, isCutOff } = line;
    const ends = { lineEnd: number, byteEnd };
    this.pending = { tag, lines: [text], details: null, raw: [line.text], line: number, byteOffset, ...ends, before: ends, isCutOff };
  }

  #goOn(field: Field, line: Line): void {
    if (line.text.trim() === "") return;
    if (field.raw.length >= FIELD_LINES_MAX) {
      if (field.raw.length === FIELD_LINES_MAX) {
        this.#sink.fieldTooLong(field);
        field.raw.push("");
      }
      field.lineEnd = line.number;
      field.byteEnd = line.byteEnd;
      return;
    }
    (field.details ?? field.lines).push(line.text);
    this.#extend(field, line);
  }

  #extend(field: Field, line: Line): void {
    field.raw.push(line.text);
    field.before = { lineEnd: field.lineEnd, byteEnd: field.byteEnd };
    field.lineEnd = line.number;
    field.byteEnd = line.byteEnd;
    field.isCutOff = line.isCutOff;
  }

  #addStray(line: Line): void {
    this.flush();
    if (line.text.trim() !== "") this.#sink.stray(line);
  }

  /** A known tag at the start of a line, unless it is the rest of a time that was cut there (`…T16` + `:26:37`). */
  #tagOf(text: string): string | null {
    const match = TAG.exec(text);
    if (match === null) return null;
    const [, tag = "", value = ""] = match;
    const shape = SHAPES.get(tag);
    if (shape !== undefined && !shape.test(value) && this.#isText()) return null;
    const isTimeLike = /^\d\d(?!\d)/.test(value) && /^[0-5]\d$/.test(tag) && /\d$/.test(this.pending?.raw.at(-1) ?? "");
    return isTimeLike && this.#isText() ? null : tag;
  }

  #isText(): boolean {
    return this.pending?.tag === "61" || this.pending?.tag === "86";
  }
}

/** 1,000 lines: a bank's :86: has at most six; a file that never ends a field is damaged. */
export const FIELD_LINES_MAX = 1_000;

const ENVELOPE = /^(?:\{[1-5S]:|-\})/;
const TAG = /^:(13D?|20|21|25P?|28C?|34F|6[0-2][FM]|61|64|65|86|90[CD]|940|942|NS):(.*)$/s;

/** What must stand behind a tag for it to be one in the midst of text. */
const SHAPES: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    "61": /^\d{6}/,
    "60F": /^[CD]/,
    "60M": /^[CD]/,
    "62F": /^[CD]/,
    "62M": /^[CD]/,
    "64": /^[CD]\d/,
    "65": /^[CD]\d/,
    "90C": /^\d/,
    "90D": /^\d/,
    "34F": /^[A-Z]{3}/,
    "13": /^\d{6}/,
    "13D": /^\d{6}/,
  }),
);
