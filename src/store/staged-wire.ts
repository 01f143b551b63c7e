/** Staged rows as they travel: an array of the type `staged_wire` in Postgres' binary form, written row by row into one buffer. Knows no connection. */
import { maskCardNumbers } from "../domain/card-number.ts";
import { daysBetween } from "../domain/date.ts";
import type { NormalizedRow } from "../domain/normalize.ts";
import type { Day, Minor, TransactionRecord } from "../domain/record.ts";

/** The types' own numbers, the same in every Postgres. */
const OID = { bool: 16, int8: 20, int4: 23, text: 25, date: 1082, uuid: 2950 } as const;

/** The attributes of `staged_wire`. */
const COLUMNS = 21;
/** One dimension, no flag of nulls, the type, the length, the first index: five numbers of four bytes. */
const HEAD_BYTES = 20;
/** A row's length, its number of columns, each column's type and length, and at most 16 bytes of all that is no text. */
const ROW_BYTES_MAX = 8 + COLUMNS * (8 + 16);
/** A UTF-16 unit is at most three bytes of UTF-8. */
const BYTES_A_UNIT_MAX = 3;
/** 64 KiB: a small file's rows; larger ones double it. */
const START_BYTES = 64 * 1024;

export interface WiredRow {
  /** Its number within the batch, from 1. */
  place: number;
  row: NormalizedRow;
  record: Pick<TransactionRecord, "statement" | "raw" | "place">;
}

/**
 * A batch's rows on their way. Each is written when it comes, while the batch before still lands, so that no text of it is kept: a text is a slice
 * of its chunk, and would keep that alive.
 */
export class StagedWire {
  rows = 0;
  /** Of the rows' statements. */
  firstStatement = Number.POSITIVE_INFINITY;
  lastStatement = -1;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #at = HEAD_BYTES;
  readonly #ids = freshIds();
  readonly #encoder = new TextEncoder();
  #day: Day = EPOCH;
  #dayNumber = 0;

  /** `buffer`: one that nobody needs any more; a new one costs its zeros and, later, the collector. */
  constructor(buffer = new Uint8Array(START_BYTES)) {
    this.#bytes = buffer;
    this.#view = new DataView(buffer.buffer);
  }

  /** To be lent to another batch once this one has landed. */
  get buffer(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  get sizeBytes(): number {
    return this.#at;
  }

  add({ place, row, record }: WiredRow): void {
    const raw = maskCardNumbers(record.raw);
    this.#ensure(ROW_BYTES_MAX + BYTES_A_UNIT_MAX * unitsOf(row, raw));
    const start = this.#at;
    this.#at += 4;
    this.#int4(COLUMNS);
    this.#number(OID.int4, place);
    this.#number(OID.int4, record.statement);
    this.#id(place);
    this.#date(row.postedOn);
    this.#date(row.valueOn);
    this.#minor(row.invalid?.code === "amount_too_large" ? null : row.amountMinor);
    this.#text(row.currency);
    this.#text(row.typeCode);
    this.#text(row.bankReference);
    this.#text(row.customerReference);
    this.#text(row.description);
    this.#text(row.externalTransactionId);
    this.#flag(row.isPending);
    this.#text(row.identityText);
    this.#long(record.place.line);
    this.#long(record.place.lineEnd);
    this.#long(record.place.byteOffset);
    this.#long(record.place.byteEnd);
    this.#text(raw);
    this.#text(row.invalid?.code ?? null);
    this.#text(row.invalid?.reason ?? null);
    this.#view.setInt32(start, this.#at - start - 4);
    this.rows += 1;
    this.firstStatement = Math.min(this.firstStatement, record.statement);
    this.lastStatement = Math.max(this.lastStatement, record.statement);
  }

  /** The parameter, for a database in which `staged_wire` has this number. Nothing can be added after. */
  finish(typeOid: number): Uint8Array {
    for (const [index, value] of [1, 0, typeOid, this.rows, 1].entries()) this.#view.setInt32(4 * index, value);
    return this.#bytes.subarray(0, this.#at);
  }

  #ensure(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + more));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  #int4(value: number): void {
    this.#view.setInt32(this.#at, value);
    this.#at += 4;
  }

  /** A column's type and length in bytes; -1 is null. */
  #head(oid: number, length: number): void {
    this.#view.setInt32(this.#at, oid);
    this.#view.setInt32(this.#at + 4, length);
    this.#at += 8;
  }

  #number(oid: number, value: number): void {
    this.#head(oid, 4);
    this.#int4(value);
  }

  #long(value: number): void {
    this.#head(OID.int8, 8);
    this.#view.setInt32(this.#at, Math.floor(value / TWO_POW_32));
    this.#view.setUint32(this.#at + 4, value % TWO_POW_32);
    this.#at += 8;
  }

  #minor(value: Minor | null): void {
    this.#head(OID.int8, value === null ? -1 : 8);
    if (value === null) return;
    // A number of up to 15 digits is exact, and ten times quicker than a bigint.
    this.#view.setBigInt64(this.#at, BigInt(value.length <= 15 ? Number(value) : value));
    this.#at += 8;
  }

  #date(day: Day | null): void {
    if (day === null) {
      this.#head(OID.date, -1);
      return;
    }
    if (day !== this.#day) {
      this.#dayNumber = daysBetween({ from: EPOCH, to: day });
      this.#day = day;
    }
    this.#number(OID.date, this.#dayNumber);
  }

  #flag(value: boolean): void {
    this.#head(OID.bool, 1);
    this.#bytes[this.#at] = value ? 1 : 0;
    this.#at += 1;
  }

  #id(place: number): void {
    this.#head(OID.uuid, 16);
    this.#bytes.set(this.#ids, this.#at);
    this.#view.setUint32(this.#at + 12, place);
    this.#at += 16;
  }

  #text(text: string | null): void {
    if (text === null) {
      this.#head(OID.text, -1);
      return;
    }
    const start = this.#at + 8;
    const letters = text.length > LETTERS_MAX ? 0 : this.#letters(text, start);
    const length = letters === text.length ? letters : letters + this.#encode(text.slice(letters), start + letters);
    this.#head(OID.text, length);
    this.#at = start + length;
  }

  /** Letter by letter as long as they are ASCII; how many that were. */
  #letters(text: string, start: number): number {
    const bytes = this.#bytes;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) return index;
      bytes[start + index] = unit;
    }
    return text.length;
  }

  #encode(text: string, start: number): number {
    return this.#encoder.encodeInto(text, this.#bytes.subarray(start)).written;
  }
}

/** Up to 40 letters a call of the encoder costs more than writing them one by one. */
const LETTERS_MAX = 40;
/** Where Postgres counts days from. */
const EPOCH: Day = "2000-01-01";
const TWO_POW_32 = 2 ** 32;

function unitsOf(row: NormalizedRow, raw: string): number {
  return (
    (row.currency?.length ?? 0) +
    row.typeCode.length +
    (row.bankReference?.length ?? 0) +
    (row.customerReference?.length ?? 0) +
    row.description.length +
    (row.externalTransactionId?.length ?? 0) +
    row.identityText.length +
    raw.length +
    (row.invalid === null ? 0 : row.invalid.code.length + row.invalid.reason.length)
  );
}

/** The first 12 bytes of uuids v7 of this moment, 42 of their bits random (RFC 9562 §5.7); the last four are the row's place, so that they grow with it. */
function freshIds(): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const view = new DataView(bytes.buffer);
  const now = Date.now();
  view.setUint16(0, Math.floor(now / TWO_POW_32));
  view.setUint32(2, now % TWO_POW_32);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  return bytes;
}
