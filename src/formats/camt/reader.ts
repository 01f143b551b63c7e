/** XML in pieces of any size → the elements of statements, one at a time, each with its place. Refuses a DOCTYPE, depth and size beyond a bank's. Never holds more than one. */
import type { SaxesParser } from "saxes";
import { byteText, decoded } from "../encoding.ts";
import type { XmlNode } from "./node.ts";
import { RawText } from "./raw-text.ts";
import { newXmlParser } from "./xml.ts";

export interface NodePlace {
  line: number;
  lineEnd: number;
  byteOffset: number;
  byteEnd: number;
}

export interface NodeSink {
  /** A message of camt begins; a statement in it begins and ends. `name` is without prefix. */
  opens(name: string, place: { line: number; byteOffset: number }): void;
  closes(name: string, place: { line: number; byteEnd: number }): void;
  /** A child of a message or statement is whole. */
  node(node: XmlNode, place: NodePlace, raw: string): void;
  /** A part of an entry is whole: it is told by itself, so that an entry of many parts need not be held. */
  part(node: XmlNode): void;
  /** What ends the reading. */
  refused(found: { code: string; line: number; message: string; expected: string | null }): void;
}

/** Where a reader can go on: in the elements of `path`, at a line. */
export interface ReaderState {
  line: number;
  path: string[];
  encoding: string | null;
  isRefused: boolean;
  /** Between two documents: before the first, and behind each. */
  isEnded: boolean;
}

export const startOfXml = (): ReaderState => ({ line: 1, path: [], encoding: null, isRefused: false, isEnded: true });

const MESSAGE = /^BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)(?:V\d\d)?$/;
const STATEMENT = /^(?:Stmt|Rpt|Ntfctn)$/;
const PART = "TxDtls";

/** 64: the standard's deepest element stands 20 deep; beyond is an attack. */
export const DEPTH_MAX = 64;
/** 1 MiB for one record or one part of it: a thousand times a usual one. */
export const RECORD_BYTES_MAX = 1024 * 1024;
/** 64 KB at a time, so that a limit is noticed soon, however large a piece is. */
const SLICE_CHARS = 64 * 1024;
const NAME_CHARS_MAX = 256;
/** Blanks, a byte order mark, end-of-file marks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and the end-of-file mark are what is passed over.
const NOT_BETWEEN = /[^\s\u0000\u001a\u00ef\u00bb\u00bf]/;

export class XmlReader {
  readonly #sink: NodeSink;
  readonly #isUtf8: boolean;
  #parser: SaxesParser;
  /** The file's offset of the parser's position 0, and its line before line 1. */
  #base: number;
  #lineBase: number;
  #path: string[];
  #encoding: string | null;
  #isRefused: boolean;
  #isEnded: boolean;
  #isWarm = false;
  /** From here a reader can go on. */
  #safe: { byteOffset: number; line: number; path: string[] };
  #stack: XmlNode[] = [];
  #start = { line: 1, byteOffset: 0 };
  readonly #raw: RawText;

  /** `isUtf8`: the bytes are UTF-8, whatever the file declares. */
  constructor({ byteOffset, state, sink, isUtf8 = false }: { byteOffset: number; state: ReaderState; sink: NodeSink; isUtf8?: boolean }) {
    this.#sink = sink;
    this.#isUtf8 = isUtf8;
    this.#path = [...state.path];
    this.#encoding = state.encoding;
    this.#isRefused = state.isRefused;
    this.#isEnded = state.isEnded;
    this.#safe = { byteOffset, line: state.line, path: [...state.path] };
    this.#base = byteOffset;
    this.#lineBase = state.line - 1;
    this.#parser = this.#newParser();
    this.#raw = new RawText(byteOffset);
    this.#warmUp();
  }

  get byteOffset(): number {
    return this.#safe.byteOffset;
  }

  get state(): ReaderState {
    const { line, path } = this.#safe;
    return { line, path: [...path], encoding: this.#encoding, isRefused: this.#isRefused, isEnded: this.#isEnded };
  }

  /** Inside an element that was not closed, or before any. */
  get isOpen(): boolean {
    return this.#path.length > 0 || this.#stack.length > 0;
  }

  push(chunk: Uint8Array): void {
    const text = byteText(chunk);
    for (let at = 0; at < text.length && !this.#isRefused; at += SLICE_CHARS) this.#feed(text.slice(at, at + SLICE_CHARS));
  }

  /** Ends the reading for what the reader's user has found. */
  refuse(found: { code: string; message: string; expected?: string }): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    // Where the damage was noticed depends on the pieces; where the last good place was does not.
    const line = this.#stack.length > 0 ? this.#start.line : this.#safe.line;
    this.#sink.refused({ code: found.code, line, message: found.message, expected: found.expected ?? null });
  }

  get #offset(): number {
    return this.#base + this.#parser.position;
  }

  get #line(): number {
    return this.#lineBase + this.#parser.line;
  }

  #feed(slice: string): void {
    this.#raw.feed(slice);
    // A file of several documents, one behind the other, is read as if they were several files.
    for (let rest: string | null = slice; rest !== null && !this.#isRefused; ) {
      const from = this.#raw.byteEnd - rest.length;
      if (this.#isEnded) {
        const begins = rest.search(NOT_BETWEEN);
        this.#skipTo(from + (begins === -1 ? rest.length : begins), rest.slice(0, begins === -1 ? rest.length : begins));
        if (begins === -1) return;
        rest = rest.slice(begins);
        this.#isEnded = false;
        this.#restart();
      }
      this.#parser.write(rest);
      rest = this.#isEnded ? this.#raw.from(this.#safe.byteOffset) : null;
    }
    if (this.#isRefused) return;
    if (this.#stack.length > 0) this.#raw.keep(this.#offset);
    this.#checkSize();
  }

  /** Blanks between two documents. */
  #skipTo(byteOffset: number, blanks: string): void {
    this.#safe = { byteOffset, line: this.#safe.line + (blanks.match(/\n/g)?.length ?? 0), path: [] };
  }

  #restart(): void {
    this.#base = this.#safe.byteOffset;
    this.#lineBase = this.#safe.line - 1;
    this.#encoding = null;
    this.#parser = this.#newParser();
  }

  /** Opens again the elements in which the reader stopped; nobody is told. */
  #warmUp(): void {
    if (this.#path.length === 0) return;
    const prefix = this.#path.map((name) => `<${name}>`).join("");
    this.#isWarm = true;
    this.#parser.write(prefix);
    this.#isWarm = false;
    this.#base -= prefix.length;
  }

  #newParser(): SaxesParser {
    let started: { line: number; byteOffset: number } = { line: 1, byteOffset: 0 };
    const parser: SaxesParser = newXmlParser(() => !this.#isWarm && !this.#isRefused && !this.#isEnded && parser === this.#parser, {
      refused: (found) => this.refuse(found),
      declared: (encoding) => {
        if (!this.#isUtf8) this.#encoding ??= encoding;
      },
      begins: (name) => {
        started = { line: this.#line, byteOffset: this.#offset - name.length - 2 };
      },
      opens: (name, currency) => this.#open(name, currency, started),
      closes: (name) => this.#close(name),
      text: (text) => {
        const node = this.#stack.at(-1);
        if (node !== undefined) node.text += text;
      },
    });
    return parser;
  }

  #open(raw: string, currency: string | null, started: { line: number; byteOffset: number }): void {
    const name = localName(raw);
    if (raw.length > NAME_CHARS_MAX) {
      this.refuse({ code: "bad_xml", message: "An element's name is longer than any of a bank's. Nothing after it was read." });
      return;
    }
    if (this.#path.length + this.#stack.length >= DEPTH_MAX) {
      this.refuse({
        code: "xml_too_deep",
        expected: `at most ${DEPTH_MAX} elements in each other`,
        message: `The XML has more than ${DEPTH_MAX} elements in each other. No bank's statement has: nothing after it was read.`,
      });
      return;
    }
    if (this.#stack.length === 0 && this.#isContainer(name)) {
      this.#path.push(raw);
      if (this.#isMessagePart(name)) this.#sink.opens(name, started);
      this.#markSafe();
      return;
    }
    if (this.#stack.length === 0) {
      this.#start = started;
      this.#raw.begin(started.byteOffset);
    }
    const node: XmlNode = { name, text: "", currency: decodedOrNull(currency, this.#encoding), children: [] };
    this.#stack.at(-1)?.children.push(node);
    this.#stack.push(node);
  }

  #close(raw: string): void {
    this.#checkSize();
    if (this.#isRefused) return;
    const node = this.#stack.pop();
    if (node === undefined) {
      const name = localName(raw);
      const isTold = this.#isMessagePart(name);
      this.#path.pop();
      if (isTold) this.#sink.closes(name, { line: this.#line, byteEnd: this.#offset });
      this.#markSafe();
      if (this.#path.length === 0) this.#isEnded = true;
      return;
    }
    node.text = decoded(node.text, this.#encoding);
    if (this.#stack.length === 0) {
      const { line, byteOffset } = this.#start;
      const text = decoded(this.#raw.take(this.#offset), this.#encoding).replace(/\r\n?/g, "\n");
      this.#sink.node(node, { line, lineEnd: this.#line, byteOffset, byteEnd: this.#offset }, text);
      this.#markSafe();
    } else if (node.name === PART && this.#stack[0]?.name === "Ntry") {
      this.#stack.at(-1)?.children.pop();
      this.#sink.part(node);
      this.#partEnd = this.#offset;
    }
  }

  /** Where the last part of an entry ended: a limit counts from there. */
  #partEnd = 0;

  /** Everything around a message, the message, and the statements in it are gone into; all else is a record. */
  #isContainer(name: string): boolean {
    const inMessage = this.#path.findIndex((raw) => MESSAGE.test(localName(raw)));
    if (inMessage === -1) return true;
    return inMessage === this.#path.length - 1 && STATEMENT.test(name);
  }

  #isMessagePart(name: string): boolean {
    return MESSAGE.test(name) || (STATEMENT.test(name) && this.#path.some((raw) => MESSAGE.test(localName(raw))));
  }

  #markSafe(): void {
    this.#safe = { byteOffset: this.#offset, line: this.#line, path: [...this.#path] };
  }

  #checkSize(): void {
    if (this.#offset - Math.max(this.#safe.byteOffset, this.#partEnd) <= RECORD_BYTES_MAX) return;
    this.refuse({
      code: "record_too_long",
      expected: `at most ${RECORD_BYTES_MAX} bytes`,
      message: "A record has more than 1 MiB without an end. No bank's statement has: nothing after it was read.",
    });
  }
}

const localName = (raw: string): string => raw.slice(raw.indexOf(":") + 1);

const decodedOrNull = (text: string | null, encoding: string | null): string | null => (text === null ? null : decoded(text, encoding));
