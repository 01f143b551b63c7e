/** Lines of QIF → its records (letter and text, up to `^`) and headers (`!Type:Bank`). Knows no letter's meaning. */
import type { Line } from "../lines.ts";

export interface QifRecord {
  fields: Map<string, string>;
  raw: string[];
  line: number;
  lineEnd: number;
  byteOffset: number;
  byteEnd: number;
  /** The file ended inside its last line. */
  isCutOff: boolean;
  lineCount: number;
}

export interface QifSink {
  header(text: string, line: Line): void;
  record(record: QifRecord): void;
}

/** 500 lines: a record of many splits; those after are not looked at. */
const LINES_MAX = 500;

export class RecordAssembler {
  /** The record that is not ended yet: a reader that stops begins again with it. */
  pending: QifRecord | null = null;
  readonly #sink: QifSink;

  constructor(sink: QifSink) {
    this.#sink = sink;
  }

  add(line: Line): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and the end-of-file mark are what is taken away.
    const text = line.text.replace(/^\u00ef\u00bb\u00bf/, "").replace(/[\u0000\u001a\s]+$/, "");
    if (text === "") return;
    if (text.startsWith("!")) {
      this.flush();
      this.#sink.header(text, line);
      return;
    }
    if (text.startsWith("^")) {
      this.#extend(line, null);
      this.flush();
      return;
    }
    this.#extend(line, text);
  }

  flush(): void {
    const record = this.pending;
    this.pending = null;
    if (record !== null && record.fields.size > 0) this.#sink.record(record);
  }

  #extend(line: Line, text: string | null): void {
    const { number, byteOffset, byteEnd } = line;
    this.pending ??= { fields: new Map(), raw: [], line: number, lineEnd: number, byteOffset, byteEnd, isCutOff: false, lineCount: 0 };
    const record = this.pending;
    record.lineEnd = number;
    record.byteEnd = byteEnd;
    record.isCutOff = text !== null && line.isCutOff;
    record.lineCount += 1;
    if (text === null || record.lineCount > LINES_MAX) return;
    record.raw.push(text);
    const letter = text.slice(0, 1).toUpperCase();
    if (!record.fields.has(letter)) record.fields.set(letter, text.slice(1).trim());
  }
}
