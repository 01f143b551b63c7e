/** Reads a logical record's fields one after another, over the borders of its physical records. Never interprets one. */
import type { LogicalRecord } from "./logical.ts";

/** What the composite readers (funds types) need of a record. */
export interface FieldSource {
  /** The next field without surrounding blanks; null where the record has no more. */
  next(): string | null;
  peek(): string | null;
}

/** Fields of a record whose last field is text (16): a `/` ends it only as the last character of a physical record. */
export class TextRecordFields implements FieldSource {
  readonly #parts: readonly string[] | null;
  #part = 0;
  #content: string;
  #at: number;
  #end: number;

  constructor(record: LogicalRecord) {
    const { text, more } = record.wrapped === null ? record : unwrapped(record);
    this.#parts = more;
    this.#content = text;
    this.#at = 3;
    this.#end = contentEnd(text);
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
    const at = { part: this.#part, content: this.#content, at: this.#at, end: this.#end };
    const field = this.next();
    this.#part = at.part;
    this.#content = at.content;
    this.#at = at.at;
    this.#end = at.end;
    return field;
  }

  /** The text, one entry a physical record, as it came; empty where there is none. `width` is the record's width without trailing blanks. */
  text(): TextPart[] {
    const parts: TextPart[] = [];
    if (this.#at <= this.#end) parts.push(textPart(this.#content, this.#at));
    for (let part = this.#part; part < (this.#parts?.length ?? 0); part += 1) {
      const content = this.#parts?.[part] ?? "";
      parts.push(textPart(content, payloadStart(content)));
    }
    return parts;
  }

  /** The text where it stands in the first physical record alone: the common case, without a list. Null where there is more. */
  onlyText(): string | null {
    if (this.#part < (this.#parts?.length ?? 0)) return null;
    return this.#at <= this.#end ? this.#content.slice(this.#at) : "";
  }

  #nextPart(): boolean {
    const content = this.#parts?.[this.#part];
    if (content === undefined) return false;
    this.#part += 1;
    this.#content = content;
    this.#at = payloadStart(content);
    this.#end = contentEnd(content);
    // An 88 without any payload has no field, not an empty one.
    if (this.#at >= this.#end && content.charCodeAt(this.#end) !== SLASH) this.#at = this.#end + 1;
    return true;
  }
}

export interface TextPart {
  text: string;
  /** Characters of the physical record up to its last non-blank. */
  width: number;
  /** Where the text begins in its physical record. */
  from: number;
}

/** Fields of a record without text: the first `/` ends each physical record, and what follows it means nothing. */
export class PlainFields implements FieldSource {
  readonly values: string[] = [];
  at = 0;
  /** How many fields the physical records up to and including each have. */
  readonly #partEnds: number[] = [];

  constructor(record: LogicalRecord) {
    const { text, more } = record.wrapped === null ? record : unwrapped(record);
    this.#addPart(text);
    for (const part of more ?? []) this.#addPart(part);
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

const SLASH = 0x2f;

/** Behind `88,`; the whole line where it has no code. */
function payloadStart(content: string): number {
  return Math.min(3, content.length);
}

/** Lines that a mail gateway or a printer broke are put together again where the fields are not yet at the text. */
function unwrapped(record: LogicalRecord): { text: string; more: string[] | null } {
  const lines = [record.text, ...(record.more ?? [])];
  const joined: string[] = [];
  for (const [index, line] of lines.entries()) {
    const isWrapped = record.wrapped?.includes(index - 1) === true;
    const before = joined.at(-1);
    if (!isWrapped || before === undefined) joined.push(line);
    else if (record.code !== "16" || !hasText(joined)) joined[joined.length - 1] = before.slice(0, trimmedLength(before)) + line;
    else joined.push(`88,${line}`);
  }
  return { text: joined[0] ?? "", more: joined.length > 1 ? joined.slice(1) : null };
}

/** Five commas are the least before a 16's text, and a `/` at the end says that the fields went on in the next record. */
function hasText(lines: readonly string[]): boolean {
  const last = lines.at(-1) ?? "";
  return last.charAt(trimmedLength(last) - 1) === "/" || lines.join(",").split(",").length > FIELDS_BEFORE_TEXT;
}

const FIELDS_BEFORE_TEXT = 6;

function textPart(content: string, from: number): TextPart {
  return { text: content.slice(from), width: trimmedLength(content), from };
}

/** Where a text record's content ends: before trailing blanks and one `/`. */
function contentEnd(content: string): number {
  const length = trimmedLength(content);
  return content.charCodeAt(length - 1) === SLASH ? length - 1 : length;
}

export function trimmedLength(text: string): number {
  let length = text.length;
  while (length > 0 && isBlankCode(text.charCodeAt(length - 1))) length -= 1;
  return length;
}

/** Blank, tab, NUL, or the end-of-file mark of old systems. */
const isBlankCode = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0 || code === 0x1a;

function trimmed(content: string, start: number, end: number): string {
  const field = content.slice(start, end);
  return start < end && (isBlankCode(content.charCodeAt(start)) || isBlankCode(content.charCodeAt(end - 1))) ? field.trim() : field;
}
