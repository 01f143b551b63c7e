/** The text of the record that is open, as it stands in the file, one character a byte. Keeps its first 4,000 characters, and of the file only the last piece. */

/** 4,000 characters of a record are shown; the file itself keeps the rest. */
const RAW_CHARS_MAX = 4000;
/** What of a tag may stand in the piece before. */
const TAIL_CHARS = 4096;

export class RawText {
  /** What was written last, with the end of what was before it, and its offset in the file. */
  #window: { text: string; byteOffset: number };
  #start = 0;
  #raw = "";

  constructor(byteOffset: number) {
    this.#window = { text: "", byteOffset };
  }

  /** Behind all that was fed. */
  get byteEnd(): number {
    return this.#window.byteOffset + this.#window.text.length;
  }

  feed(piece: string): void {
    const tail = this.#window.text.slice(-TAIL_CHARS);
    this.#window = { text: tail + piece, byteOffset: this.byteEnd - tail.length };
  }

  /** What was fed from an offset of the file on. */
  from(byteOffset: number): string {
    return this.#window.text.slice(byteOffset - this.#window.byteOffset);
  }

  /** A record begins at an offset of the file. */
  begin(byteOffset: number): void {
    this.#start = byteOffset;
    this.#raw = "";
  }

  /** Keeps the open record's text up to an offset in the file. */
  keep(end: number): void {
    if (this.#raw.length >= RAW_CHARS_MAX) return;
    const { text, byteOffset } = this.#window;
    const from = this.#start + this.#raw.length;
    const piece = text.slice(Math.max(0, from - byteOffset), Math.max(0, end - byteOffset));
    this.#raw = (this.#raw + piece).slice(0, RAW_CHARS_MAX);
  }

  /** The record ends at an offset of the file. */
  take(end: number): string {
    this.keep(end);
    const raw = this.#raw;
    this.#raw = "";
    return raw;
  }
}
