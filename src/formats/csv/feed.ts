/** Bytes in pieces of any length, each decoded with the row that was open before it, so that the cutter has text and bytes side by side. Keeps one row at most. */
import type { Encoding } from "../../domain/profile.ts";
import { Decoder } from "../table/text.ts";
import { ROW_CHARS_MAX, type RowCutter } from "./cutter.ts";

/** 64 KB: text and marks of it stay in the processor's cache. */
const PIECE_BYTES = 64 * 1024;
/** 64 KB: below it trying again costs nothing worth saving. */
const RETRY_FROM = 64 * 1024;

export class RowFeed {
  readonly #cutter: RowCutter;
  readonly #decoder: Decoder;
  /** The open row, and what came behind it. */
  #bytes = new Uint8Array(0);
  #length = 0;
  /** Shorter than this the open row is not tried again: it was not whole at half that length. */
  #retryAt = 0;

  constructor(cutter: RowCutter, encoding: Encoding) {
    this.#cutter = cutter;
    this.#decoder = new Decoder(encoding);
  }

  /** Takes the next bytes, of any length; keeps no view of them. */
  feed(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#cutter.isRefused; at += PIECE_BYTES) {
      this.#append(chunk.subarray(at, at + PIECE_BYTES));
      if (this.#length >= this.#retryAt) this.#cut(false);
    }
  }

  finish(): void {
    if (!this.#cutter.isRefused) this.#cut(true);
  }

  #append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) {
      const longer = new Uint8Array(length * 2);
      longer.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = longer;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = length;
  }

  #cut(isLast: boolean): void {
    const { position } = this.#cutter;
    const { byteOffset } = position;
    this.#cutter.cut(this.#decoder.decode(this.#bytes.subarray(0, this.#length), isLast), isLast);
    this.#bytes.copyWithin(0, position.byteOffset - byteOffset, this.#length);
    this.#length -= position.byteOffset - byteOffset;
    this.#retryAt = this.#length > RETRY_FROM ? this.#length + Math.min(this.#length, ROW_CHARS_MAX) : 0;
  }
}
