/** OFX of both generations as tags with what stands between them, in pieces of any size. Knows no tag's meaning; never holds more than one tag and its text. */

export interface Tag {
  name: string;
  isClose: boolean;
  line: number;
  byteOffset: number;
  byteEnd: number;
}

export interface TagSink {
  /** `text` stood before the tag, one character a byte; `source` is the tag itself. */
  tag(tag: Tag, text: string, source: string): void;
  /** Behind the last tag. */
  rest(text: string): void;
  refused(found: { code: string; line: number; message: string }): void;
}

/** 1 MiB between two tags: no bank writes a thousandth of it. */
export const TEXT_BYTES_MAX = 1024 * 1024;
/** The longest name of OFX has 32 characters. */
const NAME_CHARS_MAX = 64;

const TAG = new RegExp(`<(/?)([A-Za-z][A-Za-z0-9._-]{0,${NAME_CHARS_MAX - 1}})\\s{0,8}/?>`, "y");
/** What may still become a tag, a comment or a declaration. */
const BEGUN = new RegExp(`<(?:/?(?:[A-Za-z][A-Za-z0-9._-]{0,${NAME_CHARS_MAX - 1}}\\s{0,8}/?)?|!|!-|!--.*|\\?.*|!D[^>]*)$`, "sy");
const ASIDE = /<(?:!--[\s\S]*?-->|\?[\s\S]*?\?>|![Dd][Oo][Cc][Tt][Yy][Pp][Ee])/y;

export class TagCutter {
  readonly #sink: TagSink;
  /** What came behind the last tag. */
  #source = "";
  #byteOffset: number;
  #line: number;
  isRefused: boolean;

  constructor({ byteOffset, line, isRefused, sink }: { byteOffset: number; line: number; isRefused: boolean; sink: TagSink }) {
    this.#byteOffset = byteOffset;
    this.#line = line;
    this.isRefused = isRefused;
    this.#sink = sink;
  }

  /** Behind the last tag. */
  get place(): { byteOffset: number; line: number } {
    return { byteOffset: this.#byteOffset, line: this.#line };
  }

  /** `text` has one character a byte. */
  feed(text: string): void {
    if (this.isRefused) return;
    this.#source += text;
    let done = 0;
    for (let at = this.#source.indexOf("<"); at !== -1 && !this.isRefused; at = this.#source.indexOf("<", at)) {
      const end = this.#read(at, done);
      if (end === null) break;
      if (end.isTag) done = end.at;
      at = end.at;
    }
    this.#source = this.#source.slice(done);
    if (this.#source.length > TEXT_BYTES_MAX) this.#refuseLong();
  }

  finish(): void {
    if (!this.isRefused) this.#sink.rest(this.#source);
  }

  /** Nothing after is read. */
  refuse(found: { code: string; message: string }): void {
    if (this.isRefused) return;
    this.isRefused = true;
    this.#sink.refused({ ...found, line: this.#line });
  }

  /** Reads what begins at `at`: null where more is needed, else where it ends. */
  #read(at: number, done: number): { at: number; isTag: boolean } | null {
    const source = this.#source;
    TAG.lastIndex = at;
    const match = TAG.exec(source);
    if (match !== null) {
      this.#give(match, { at, done });
      return { at: TAG.lastIndex, isTag: true };
    }
    ASIDE.lastIndex = at;
    const aside = ASIDE.exec(source);
    if (aside !== null) {
      if (/^<!d/i.test(aside[0])) {
        this.refuse({
          code: "xml_doctype",
          message: "The file declares a document type (DOCTYPE). No bank's OFX does, and attacks do: nothing after it was read.",
        });
      }
      return { at: ASIDE.lastIndex, isTag: false };
    }
    BEGUN.lastIndex = at;
    return BEGUN.test(source) ? null : { at: at + 1, isTag: false };
  }

  #give([tag, slash = "", name = ""]: RegExpExecArray, { at, done }: { at: number; done: number }): void {
    const text = this.#source.slice(done, at);
    if (text.length > TEXT_BYTES_MAX) {
      this.#refuseLong();
      return;
    }
    this.#line += lineEnds(text);
    const byteOffset = this.#byteOffset + text.length;
    this.#byteOffset = byteOffset + tag.length;
    const line = this.#line;
    this.#line += lineEnds(tag);
    this.#sink.tag({ name: name.toUpperCase(), isClose: slash !== "", line, byteOffset, byteEnd: this.#byteOffset }, text, tag);
  }

  #refuseLong(): void {
    this.refuse({
      code: "record_too_long",
      message: "More than 1 MiB stand between two tags. No bank writes so: the file is damaged, and nothing after it was read.",
    });
  }
}

function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
