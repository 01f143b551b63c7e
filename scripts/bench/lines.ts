/** The yardstick of parsing: bytes decoded and split into lines, and nothing more. Runs in Node and in the Worker's runtime alike. */

/** Counts lines of a stream of chunks, making each of them a string. */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  #carry = "";
  lines = 0;
  chars = 0;

  push(chunk: Uint8Array): void {
    const text = this.#carry + this.#decoder.decode(chunk, { stream: true });
    let from = 0;
    for (let to = text.indexOf("\n"); to !== -1; to = text.indexOf("\n", from)) {
      this.chars += text.slice(from, to).length;
      this.lines += 1;
      from = to + 1;
    }
    this.#carry = text.slice(from);
  }
}
