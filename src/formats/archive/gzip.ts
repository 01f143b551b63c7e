/** Unpacks a .gz as an archive of one member. Never holds more than a portion. */
import { Gunzip } from "fflate";
import { ByteQueue, crc32, joined, memberName, PORTION_BYTES, type Unpacked, type Unpacker, u16, u32 } from "./unpacker.ts";

/** The name in the header stands within its first bytes; a longer header has none that we show. */
const HEADER_BYTES_MAX = 1024;
const TRAILER_BYTES = 8;

export class GzipUnpacker implements Unpacker {
  readonly #queue: ByteQueue;
  readonly #gunzip: Gunzip;
  #phase: "header" | "bytes" | "end" | "done" = "header";
  #out: Uint8Array[] = [];
  #crc = 0;
  #members = 0;
  /** The last bytes of the file: its check sum and length. */
  #tail: Uint8Array = new Uint8Array();
  readonly #byteOffset: number;

  constructor(byteOffset: number) {
    this.#byteOffset = byteOffset;
    this.#queue = new ByteQueue(byteOffset);
    this.#gunzip = new Gunzip((bytes) => this.#out.push(bytes));
    this.#gunzip.onmember = () => {
      this.#members += 1;
    };
  }

  /** There is but one place to begin. */
  get byteOffset(): number {
    return this.#phase === "done" ? this.#queue.byteOffset : this.#byteOffset;
  }

  add(chunk: Uint8Array): void {
    if (this.#phase !== "done") this.#queue.add(chunk);
  }

  finish(): void {
    this.#queue.isClosed = true;
  }

  /** There is but one member, and nothing behind it. */
  passOver(): void {
    this.#phase = "done";
  }

  next(): Unpacked | null {
    const queue = this.#queue;
    if (this.#phase === "done") return null;
    if (this.#phase === "end") {
      this.#phase = "done";
      return { type: "member_end" };
    }
    if (this.#phase === "header") {
      if (queue.length < HEADER_BYTES_MAX && !queue.isClosed) return null;
      this.#phase = "bytes";
      return { type: "member", name: nameIn(queue.peek(HEADER_BYTES_MAX)), byteOffset: this.#byteOffset };
    }
    // The last bytes wait until it is known that they are the last; portions are cut at the same places however the bytes come.
    if (queue.length < PORTION_BYTES + TRAILER_BYTES && !queue.isClosed) return null;
    return this.#portion(queue.take(PORTION_BYTES));
  }

  #portion(packed: Uint8Array): Unpacked {
    const isLast = this.#queue.isClosed && this.#queue.length === 0;
    this.#tail = joined([this.#tail, packed]).slice(-TRAILER_BYTES);
    try {
      this.#gunzip.push(packed, isLast);
    } catch {
      return this.#refuse({ code: isLast ? "truncated_archive" : "bad_gzip", message: DAMAGED });
    }
    const bytes = joined(this.#out);
    this.#out = [];
    this.#crc = crc32(this.#crc, bytes);
    if (isLast && this.#members <= 1 && u32(this.#tail, 0) !== this.#crc) return this.#refuse({ code: "archive_check_sum", message: DAMAGED });
    if (isLast) this.#phase = "end";
    return { type: "bytes", bytes, packedBytes: packed.length };
  }

  #refuse(finding: { code: string; message: string }): Unpacked {
    this.#phase = "done";
    return { type: "refused", finding };
  }
}

const DAMAGED = "The packed file (.gz) is damaged or not whole, so that rows may be missing or wrong. Upload it again.";

/** The name that the header may have, behind an extra field. */
function nameIn(header: Uint8Array): string {
  const flags = header[3] ?? 0;
  const start = 10 + ((flags & 4) === 0 ? 0 : 2 + u16(header, 10));
  const end = header.indexOf(0, start);
  return (flags & 8) === 0 || end === -1 || end === start ? "the packed file" : memberName(header.subarray(start, end));
}
