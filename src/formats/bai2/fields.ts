/** Reads a logical record's fields one after another, over the borders of its physical records. Never interprets one. */
import { type LogicalRecord, linesOf } from "./logical.ts";
import { isBlankCode, type TextJoiner, trimmedLength } from "./text.ts";

/** What the composite readers (funds types) need of a record. */
export interface FieldSource {
  /** The next field without surrounding blanks; null where the record has no more. */
  next(): string | null;
  peek(): string | null;
}

/**
 * Fields of a record whose last field is text (16): a `/` ends it only as the last character of a physical record. One reader serves all records
 * of a parser, because making one for each costs more than reading.
 */
export class TextRecordFields implements FieldSource {
  #parts: readonly string[] | null = null;
  #part = 0;
  /** The physical record being read stands in `#content` from `#start` to `#lineEnd`; its fields end at `#end`. */
  #content = "";
  #start = 0;
  #lineEnd = 0;
  #at = 0;
  #end = 0;
  plainValue = 0;

  /** Stands before the first field of `record`. */
  open(record: LogicalRecord): void {
    this.#part = 0;
    if (record.wrapped === null) {
      this.#parts = record.more;
      this.#content = record.source;
      this.#start = record.start;
      this.#lineEnd = record.end;
      this.#at = record.start + 3;
      this.#end = contentEnd(record.source, record.start, record.end);
      return;
    }
    const [first = "", ...more] = unwrapped(record);
    this.#parts = more;
    this.#content = first;
    this.#start = 0;
    this.#lineEnd = first.length;
    this.#at = 3;
    this.#end = contentEnd(first, 0, first.length);
  }

  next(): string | null {
    while (this.#at > this.#end) if (!this.#nextPart()) return null;
    const start = this.#at;
    const comma = this.#content.indexOf(",", start);
    const end = comma === -1 || comma >= this.#end ? this.#end : comma;
    this.#at = end + 1;
    return trimmed(this.#content, start, end);
  }

  peek(): string | null {
    const at = { part: this.#part, content: this.#content, at: this.#at, end: this.#end, start: this.#start, lineEnd: this.#lineEnd };
    const field = this.next();
    this.#start = at.start;
    this.#lineEnd = at.lineEnd;
    this.#part = at.part;
    this.#content = at.content;
    this.#at = at.at;
    this.#end = at.end;
    return field;
  }

  /** Passes over an empty field of this physical record: most fields are. False, and nothing passed, for any other. */
  skipEmpty(): boolean {
    if (this.#at >= this.#end || this.#content.charCodeAt(this.#at) !== COMMA) return false;
    this.#at += 1;
    return true;
  }

  /** A field of three digits as its number, passed over; -1, and nothing passed, for any other. */
  threeDigits(): number {
    const at = this.#at;
    if (at + 3 >= this.#end || this.#content.charCodeAt(at + 3) !== COMMA) return -1;
    const a = this.#content.charCodeAt(at) - ZERO;
    const b = this.#content.charCodeAt(at + 1) - ZERO;
    const c = this.#content.charCodeAt(at + 2) - ZERO;
    if (a < 0 || a > 9 || b < 0 || b > 9 || c < 0 || c > 9) return -1;
    this.#at = at + 4;
    return a * 100 + b * 10 + c;
  }

  /** A field of at most 15 digits without sign or leading zero, passed over, its number in `plainValue`; `""`, and nothing passed, for any other. */
  plainDigits(): string {
    const start = this.#at;
    const content = this.#content;
    if (content.charCodeAt(start) === ZERO) return "";
    const limit = Math.min(start + 16, this.#end);
    let value = 0;
    for (let at = start; at < limit; at += 1) {
      const digit = content.charCodeAt(at) - ZERO;
      if (digit >= 0 && digit <= 9) value = value * 10 + digit;
      else if (digit !== COMMA - ZERO || at === start) return "";
      else {
        this.plainValue = value;
        this.#at = at + 1;
        return content.slice(start, at);
      }
    }
    return "";
  }

  /** The text where all of it stands in the first physical record, cleaned; null where there is more. */
  onlyText(): string | null {
    if (this.#parts !== null && this.#part < this.#parts.length) return null;
    if (this.#at > this.#end) return "";
    let end = this.#end;
    while (end > this.#at && isBlankCode(this.#content.charCodeAt(end - 1))) end -= 1;
    return this.#content.slice(this.#at, end);
  }

  /** The text where it stands in more than one physical record, joined (see text.ts). */
  joinedText(joiner: TextJoiner, width: number | null): string {
    joiner.open(width);
    if (this.#at <= this.#end) joiner.add(this.#content, this.#start, this.#at, this.#lineEnd);
    const count = this.#parts?.length ?? 0;
    for (let part = this.#part; part < count; part += 1) {
      const content = this.#parts?.[part] ?? "";
      joiner.add(content, 0, payloadStart(content), content.length);
    }
    return joiner.text;
  }

  #nextPart(): boolean {
    const content = this.#parts?.[this.#part];
    if (content === undefined) return false;
    this.#part += 1;
    this.#content = content;
    this.#start = 0;
    this.#lineEnd = content.length;
    this.#at = payloadStart(content);
    this.#end = contentEnd(content, 0, content.length);
    // An 88 without any payload has no field, not an empty one.
    if (this.#at >= this.#end && content.charCodeAt(this.#end) !== SLASH) this.#at = this.#end + 1;
    return true;
  }
}

/** Fields of a record without text: the first `/` ends each physical record, and what follows it means nothing. */
export class PlainFields implements FieldSource {
  readonly values: string[] = [];
  at = 0;
  /** How many fields the physical records up to and including each have. */
  readonly #partEnds: number[] = [];

  constructor(record: LogicalRecord) {
    for (const part of record.wrapped === null ? linesOf(record) : unwrapped(record)) this.#addPart(part);
  }

  next(): string | null {
    const field = this.values[this.at];
    if (field === undefined) return null;
    this.at += 1;
    return field;
  }

  peek(): string | null {
    return this.values[this.at] ?? null;
  }

  /** The field at `index` counted from the one that comes next; `""` beyond the end. */
  ahead(index: number): string {
    return this.values[this.at + index] ?? "";
  }

  /** True where the next field is the last of its physical record. */
  isLastOfPart(): boolean {
    return this.#partEnds.includes(this.at + 1);
  }

  #addPart(content: string): void {
    const start = payloadStart(content);
    const slash = content.indexOf("/", start);
    const end = slash === -1 ? trimmedLength(content) : slash;
    const isEmpty = end <= start && slash === -1;
    if (!isEmpty && content.charAt(2) !== "/") {
      for (const field of content.slice(start, end).split(",")) this.values.push(field.trim());
    }
    this.#partEnds.push(this.values.length);
  }
}

const COMMA = 0x2c;
const SLASH = 0x2f;
const ZERO = 0x30;

/** Behind `88,`; the whole line where it has no code. */
function payloadStart(content: string): number {
  return Math.min(3, content.length);
}

/** Lines that a mail gateway or a printer broke are put together again where the fields are not yet at the text. */
function unwrapped(record: LogicalRecord): string[] {
  const joined: string[] = [];
  for (const [index, line] of linesOf(record).entries()) {
    const isWrapped = record.wrapped?.includes(index - 1) === true;
    const before = joined.at(-1);
    if (!isWrapped || before === undefined) joined.push(line);
    else if (record.code !== "16" || !hasText(joined)) joined[joined.length - 1] = before.slice(0, trimmedLength(before)) + line;
    else joined.push(`88,${line}`);
  }
  return joined;
}

/** Five commas are the least before a 16's text, and a `/` at the end says that the fields went on in the next record. */
function hasText(lines: readonly string[]): boolean {
  const last = lines.at(-1) ?? "";
  return last.charAt(trimmedLength(last) - 1) === "/" || lines.join(",").split(",").length > FIELDS_BEFORE_TEXT;
}

const FIELDS_BEFORE_TEXT = 6;

/** Where a text record's content ends: before trailing blanks and one `/`. */
function contentEnd(source: string, start: number, end: number): number {
  if (source.charCodeAt(end - 1) === SLASH && end > start) return end - 1;
  const length = trimmedLength(source, end, start);
  return length > start && source.charCodeAt(length - 1) === SLASH ? length - 1 : length;
}

function trimmed(content: string, start: number, end: number): string {
  const field = content.slice(start, end);
  return start < end && (isBlankCode(content.charCodeAt(start)) || isBlankCode(content.charCodeAt(end - 1))) ? field.trim() : field;
}
