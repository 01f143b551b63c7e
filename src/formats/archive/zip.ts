/** Unpacks a .zip in the order of its bytes, member by member. Never reads its directory at the end, never holds more than a portion. */
import { Inflate } from "fflate";
import { ByteQueue, crc32, joined, memberName, PORTION_BYTES, type Unpacked, type Unpacker, u16, u32 } from "./unpacker.ts";

const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
/** The directory (and its kin of large or signed archives): members end before it. */
const ENDS: ReadonlySet<number> = new Set([0x02014b50, 0x06054b50, 0x06064b50, 0x08064b50, 0x30304b50]);

const HEADER_BYTES = 30;
const DESCRIPTOR_BYTES = 16;
const UNKNOWN_SIZE = 0xffffffff;
const NO_BYTES = new Uint8Array();

interface Member {
  isStored: boolean;
  /** Packed bytes still to come; null where only a descriptor behind them tells. */
  left: number | null;
  packed: number;
  crcSaid: number | null;
  crc: number;
  inflate: Inflate;
  isPassedOver: boolean;
}

export class ZipUnpacker implements Unpacker {
  readonly #queue: ByteQueue;
  #member: Member | null = null;
  #isDone = false;
  /** What the inflater has called back with. */
  #out: Uint8Array[] = [];

  constructor(byteOffset: number) {
    this.#queue = new ByteQueue(byteOffset);
  }

  get byteOffset(): number {
    return this.#queue.byteOffset;
  }

  add(chunk: Uint8Array): void {
    if (!this.#isDone) this.#queue.add(chunk);
  }

  finish(): void {
    this.#queue.isClosed = true;
  }

  passOver(): void {
    if (this.#member !== null) this.#member.isPassedOver = true;
  }

  next(): Unpacked | null {
    if (this.#isDone) return null;
    return this.#member === null ? this.#header() : this.#portion(this.#member);
  }

  #header(): Unpacked | null {
    const queue = this.#queue;
    const head = queue.peek(HEADER_BYTES);
    const signature = u32(head, 0);
    if (head.length >= 4 && ENDS.has(signature)) {
      this.#isDone = true;
      return null;
    }
    if (head.length >= 4 && signature === DESCRIPTOR && head.length >= DESCRIPTOR_BYTES) {
      queue.take(DESCRIPTOR_BYTES);
      return this.#header();
    }
    if (head.length >= 4 && signature !== LOCAL && signature !== DESCRIPTOR) return this.#refuse(DAMAGED);
    const length = HEADER_BYTES + u16(head, 26) + u16(head, 28);
    if (head.length < HEADER_BYTES || queue.length < length) return queue.isClosed ? this.#refuse(TRUNCATED) : null;
    const byteOffset = queue.byteOffset;
    return this.#begin(queue.take(length), byteOffset);
  }

  #begin(header: Uint8Array, byteOffset: number): Unpacked {
    const flags = u16(header, 6);
    const method = u16(header, 8);
    const packed = u32(header, 18);
    if ((flags & 0x2041) !== 0) return this.#refuse(ENCRYPTED);
    if (method !== 0 && method !== 8) return this.#refuse(METHOD);
    if (packed === UNKNOWN_SIZE || u32(header, 22) === UNKNOWN_SIZE) return this.#refuse(LARGE);
    const isStreamed = (flags & 8) !== 0 && packed === 0;
    const inflate = new Inflate((bytes) => this.#out.push(bytes));
    this.#member = {
      isStored: method === 0,
      left: isStreamed ? null : packed,
      packed: 0,
      crcSaid: isStreamed ? null : u32(header, 14),
      crc: 0,
      inflate,
      isPassedOver: false,
    };
    return { type: "member", name: memberName(header.subarray(HEADER_BYTES, HEADER_BYTES + u16(header, 26))), byteOffset };
  }

  #portion(member: Member): Unpacked | null {
    const queue = this.#queue;
    // Portions are cut at the same places however the bytes come, so that a limit is met at the same place.
    const wanted = member.left === null ? PORTION_BYTES + DESCRIPTOR_BYTES : Math.min(PORTION_BYTES, member.left);
    if (queue.length < wanted && !queue.isClosed) return null;
    const isOver = member.left === null ? this.#isDescribed(member) : member.left === 0;
    if (isOver) return this.#flush(member) ?? this.#endMember(member);
    const room = member.left ?? this.#beforeDescriptor(member);
    const length = Math.min(PORTION_BYTES, room, queue.length);
    if (length === 0) return this.#refuse(TRUNCATED);
    const packed = queue.take(length);
    member.packed += length;
    if (member.left !== null) member.left -= length;
    if (member.isPassedOver) return { type: "bytes", bytes: NO_BYTES, packedBytes: length };
    const bytes = this.#unpack(member, packed, member.left === 0);
    if (bytes === null) return this.#refuse(DAMAGED);
    member.crc = crc32(member.crc, bytes);
    return { type: "bytes", bytes, packedBytes: length };
  }

  #unpack(member: Member, packed: Uint8Array, isLast: boolean): Uint8Array | null {
    if (member.isStored) return packed.slice();
    try {
      member.inflate.push(packed, isLast);
    } catch {
      return null;
    }
    const bytes = joined(this.#out);
    this.#out = [];
    return bytes;
  }

  /** Of a member whose end only its descriptor told: what the inflater still holds. */
  #flush(member: Member): Unpacked | null {
    if (member.left !== null || member.isStored || member.isPassedOver) return null;
    member.left = 0;
    const bytes = this.#unpack(member, new Uint8Array(), true);
    if (bytes === null) return this.#refuse(DAMAGED);
    member.crc = crc32(member.crc, bytes);
    return bytes.length === 0 ? null : { type: "bytes", bytes, packedBytes: 0 };
  }

  #endMember(member: Member): Unpacked {
    this.#member = null;
    if (member.crcSaid !== null && !member.isPassedOver && member.crc !== member.crcSaid) return this.#refuse(CHECK_SUM);
    return { type: "member_end" };
  }

  /** A descriptor stands here: it names exactly as many packed bytes as there were. */
  #isDescribed(member: Member): boolean {
    const found = this.#queue.peek(DESCRIPTOR_BYTES);
    if (found.length < DESCRIPTOR_BYTES || u32(found, 0) !== DESCRIPTOR || u32(found, 8) !== member.packed) return false;
    member.crcSaid = u32(found, 4);
    this.#queue.take(DESCRIPTOR_BYTES);
    return true;
  }

  /** How many bytes come before the next place where a descriptor may stand; what may be the beginning of one is left until more comes. */
  #beforeDescriptor(member: Member): number {
    const ahead = this.#queue.peek(PORTION_BYTES + DESCRIPTOR_BYTES);
    for (let at = 0; at < ahead.length; at += 1) {
      if (ahead[at] !== 0x50 || (at + 1 < ahead.length && ahead[at + 1] !== 0x4b)) continue;
      if (at + DESCRIPTOR_BYTES > ahead.length) return this.#queue.isClosed ? ahead.length : at;
      if (u32(ahead, at) === DESCRIPTOR && u32(ahead, at + 8) === member.packed + at) return at;
    }
    return ahead.length;
  }

  #refuse(finding: { code: string; message: string }): Unpacked {
    this.#isDone = true;
    return { type: "refused", finding };
  }
}

export const ENCRYPTED = {
  code: "encrypted_zip",
  message: "The archive has a password, so that it cannot be read. Unpack it with the password and upload what is inside.",
};
const DAMAGED = {
  code: "bad_zip",
  message: "The archive is damaged, or made in a way that cannot be read from front to back. Pack it anew, or upload what is inside.",
};
const TRUNCATED = { code: "truncated_archive", message: "The archive ends in the midst, so that files or rows are missing. Upload it again." };
const METHOD = {
  code: "unknown_compression",
  message: "The archive is packed in an unusual way. Pack it as a plain .zip, or upload what is inside.",
};
const LARGE = { code: "archive_too_large", message: "A file in the archive has more than 4 GB. Upload it by itself." };
const CHECK_SUM = {
  code: "archive_check_sum",
  message: "A file in the archive is not what was packed: its check sum differs. Its rows may be wrong: upload the archive again.",
};
