/** Formats that are written in single bytes, also where somebody saved the file as UTF-16: it is read as UTF-8, and places are those of the file all the same. Never looks at meaning. */
import type { Place, StatementRecord } from "../domain/record.ts";
import type { Checkpoint, Format, ParseOptions, Parser } from "./format.ts";
import { detectEncoding, markLength } from "./table/encoding.ts";
import { Transcoder, type WideEncoding } from "./transcoder.ts";

/** The state of the format's own parser, and where a file in UTF-16 goes on for it. */
export interface MaybeWide<State> {
  wide: { encoding: WideEncoding; utf8Offset: number; marks: number[] } | null;
  inner: State;
}

/** The format, taking UTF-16 of either order, with a byte order mark or without. */
export function orUtf16<State>(format: Format<State>): Format<MaybeWide<State>> {
  const { read } = format;
  return {
    ...format,
    recognizes: (head, fileName) => {
      const wide = wideEncodingOf(head, true);
      if (wide === null || wide === "unknown") return format.recognizes(head, fileName);
      const found = format.recognizes(inUtf8(head, wide), fileName);
      return found.score === 0 ? found : { ...found, because: `${found.because.replace(/\.$/, "")}, in UTF-16.` };
    },
    ...(read === undefined
      ? {}
      : {
          read: (sample, given) => {
            const wide = wideEncodingOf(sample, true);
            return read(wide === null || wide === "unknown" ? sample : inUtf8(sample, wide), given);
          },
        }),
    open: (options, resume) => new MaybeWideParser(format, options, resume),
  };
}

/** Null: single bytes. `unknown`: more of the file has to be seen. */
function wideEncodingOf(head: Uint8Array, isAll: boolean): WideEncoding | "unknown" | null {
  const [first, second] = head;
  if (first === undefined || second === undefined) return isAll ? null : "unknown";
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Each of these formats begins with ASCII, so that UTF-16 has a zero in one of the first two bytes.
  if (!hasMark && (first === 0) === (second === 0)) return null;
  if (!hasMark && !isAll && head.length < LOOKED_AT_BYTES) return "unknown";
  const { encoding } = detectEncoding(head.subarray(0, LOOKED_AT_BYTES));
  return encoding === "utf-16le" || encoding === "utf-16be" ? encoding : null;
}

/** 64 bytes: 32 characters of a header, of which nearly all are ASCII, whatever script comes after. */
const LOOKED_AT_BYTES = 64;

function inUtf8(bytes: Uint8Array, encoding: WideEncoding): Uint8Array {
  const mark = markLength(bytes, encoding);
  return new Transcoder(encoding, { utf8Offset: 0, fileOffset: mark }).push(bytes.subarray(mark));
}

class MaybeWideParser<State> implements Parser<MaybeWide<State>> {
  readonly #format: Format<State>;
  readonly #options: ParseOptions;
  #inner: Parser<State>;
  #transcoder: Transcoder | null = null;
  /** The first bytes, until it is known what they are. */
  #head: Uint8Array | null;

  constructor(format: Format<State>, options: ParseOptions, resume: Checkpoint<MaybeWide<State>> | undefined) {
    this.#format = format;
    this.#options = options;
    const wide = resume?.state.wide ?? null;
    // Nothing was read before a stop at the very beginning.
    this.#head = wide === null && (resume === undefined || resume.byteOffset === 0) ? new Uint8Array() : null;
    if (resume === undefined) this.#inner = format.open(options);
    else if (wide === null) this.#inner = format.open(options, { byteOffset: resume.byteOffset, state: resume.state.inner });
    else {
      const { encoding, utf8Offset, marks } = wide;
      this.#transcoder = new Transcoder(encoding, { utf8Offset, fileOffset: resume.byteOffset }, marks);
      this.#inner = format.open({ ...options, isUtf8: true }, { byteOffset: utf8Offset, state: resume.state.inner });
    }
  }

  push(chunk: Uint8Array): StatementRecord[] {
    if (this.#head === null) return this.#give(chunk);
    const head = new Uint8Array(this.#head.length + chunk.length);
    head.set(this.#head);
    head.set(chunk, this.#head.length);
    this.#head = head;
    return this.#begin(false);
  }

  end(): StatementRecord[] {
    const records = this.#head === null ? [] : this.#begin(true);
    const rest = this.#transcoder?.finish();
    if (rest !== undefined && rest.length > 0) records.push(...this.#placed(this.#inner.push(rest)));
    return [...records, ...this.#placed(this.#inner.end())];
  }

  checkpoint(): Checkpoint<MaybeWide<State>> {
    const { byteOffset, state: inner } = this.#inner.checkpoint();
    const transcoder = this.#transcoder;
    if (transcoder === null) return { byteOffset, state: { wide: null, inner } };
    const wide = { encoding: transcoder.encoding, utf8Offset: byteOffset, marks: transcoder.marksBefore(byteOffset) };
    return { byteOffset: transcoder.fileOffset(byteOffset), state: { wide, inner } };
  }

  #begin(isAll: boolean): StatementRecord[] {
    const head = this.#head ?? new Uint8Array();
    const wide = wideEncodingOf(head, isAll);
    if (wide === "unknown") return [];
    this.#head = null;
    if (wide === null) return this.#give(head);
    const mark = markLength(head, wide);
    this.#transcoder = new Transcoder(wide, { utf8Offset: 0, fileOffset: mark });
    this.#inner = this.#format.open({ ...this.#options, isUtf8: true });
    return this.#give(head.subarray(mark));
  }

  #give(bytes: Uint8Array): StatementRecord[] {
    return this.#transcoder === null ? this.#inner.push(bytes) : this.#placed(this.#inner.push(this.#transcoder.push(bytes)));
  }

  /** Records with their places in the file. */
  #placed(records: StatementRecord[]): StatementRecord[] {
    const transcoder = this.#transcoder;
    if (transcoder === null) return records;
    const at = (offset: number): number => transcoder.fileOffset(offset);
    const place = (one: Place): Place => ({ ...one, byteOffset: at(one.byteOffset), byteEnd: at(one.byteEnd) });
    return records.map((record) => {
      if (record.type === "statement" || record.type === "transaction") return { ...record, place: place(record.place) };
      return record.type === "statement_end" ? { ...record, byteEnd: at(record.byteEnd) } : record;
    });
  }
}
