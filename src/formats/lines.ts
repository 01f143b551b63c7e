/** Cuts a file into lines at LF, CRLF or CR, each with its number and bytes, in pieces of any size. Never keeps more than one line. */

/** A line without its end, one character a byte. */
export interface Line {
  text: string;
  number: number;
  byteOffset: number;
  /** Behind the text, before the line end. */
  byteEnd: number;
  /** The file ended before a line end came. */
  isCutOff: boolean;
}

export interface LineSink {
  line(line: Line): void;
  /** A line of more than `LINE_BYTES_MAX`; it is passed over. */
  tooLong(line: number): void;
}

/** 1 MiB: no statement format has lines of more than some hundred bytes; a file without line ends is no statement. */
export const LINE_BYTES_MAX = 1024 * 1024;

/** Where a cutter can go on: `byteOffset` is the first byte of line `number`, or of what is left of a line that is too long. */
export interface CutterState {
  number: number;
  isSkipping: boolean;
}

export class LineCutter {
  #carry = "";
  #byteOffset: number;
  #number: number;
  #isSkipping: boolean;
  readonly #sink: LineSink;

  constructor({ byteOffset, state, sink }: { byteOffset: number; state: CutterState; sink: LineSink }) {
    this.#byteOffset = byteOffset;
    this.#number = state.number;
    this.#isSkipping = state.isSkipping;
    this.#sink = sink;
  }

  get byteOffset(): number {
    return this.#byteOffset;
  }

  get state(): CutterState {
    return { number: this.#number, isSkipping: this.#isSkipping };
  }

  /** `text` has one character a byte. */
  feed(text: string): void {
    const source = this.#carry + text;
    let at = 0;
    LINE_END.lastIndex = 0;
    for (let end = LINE_END.exec(source); end !== null; end = LINE_END.exec(source)) {
      // A CR at the very end may be half of a CRLF.
      if (end[0] === "\r" && end.index + 1 === source.length) break;
      this.#give(source.slice(at, end.index), { endLength: end[0].length, isCutOff: false });
      at = LINE_END.lastIndex;
    }
    this.#carry = source.slice(at);
    if (this.#isSkipping || this.#carry.length > LINE_BYTES_MAX) this.#skip();
  }

  /** The file ends: what is left is a line, too. */
  finish(): void {
    const text = this.#carry.endsWith("\r") ? this.#carry.slice(0, -1) : this.#carry;
    if (this.#carry !== "") this.#give(text, { endLength: this.#carry.length - text.length, isCutOff: text === this.#carry });
    this.#carry = "";
  }

  #give(text: string, { endLength, isCutOff }: { endLength: number; isCutOff: boolean }): void {
    const byteEnd = this.#byteOffset + text.length;
    if (!this.#isSkipping && text.length > LINE_BYTES_MAX) this.#sink.tooLong(this.#number);
    else if (!this.#isSkipping) this.#sink.line({ text, number: this.#number, byteOffset: this.#byteOffset, byteEnd, isCutOff });
    this.#isSkipping = false;
    this.#byteOffset = byteEnd + endLength;
    this.#number += 1;
  }

  /** Lets go of what was read of a line that is too long; a CR at the end may still become a CRLF. */
  #skip(): void {
    if (!this.#isSkipping) this.#sink.tooLong(this.#number);
    this.#isSkipping = true;
    const kept = this.#carry.endsWith("\r") ? "\r" : "";
    this.#byteOffset += this.#carry.length - kept.length;
    this.#carry = kept;
  }
}

const LINE_END = /\r\n?|\n/g;
