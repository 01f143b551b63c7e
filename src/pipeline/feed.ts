/** A parser's records in portions that can each be committed with a checkpoint. Parsers that cannot resume are replayed: what has landed is passed over. */
import type { StatementRecord } from "../domain/record.ts";
import { type Checkpoint, type Format, type ParseOptions, type Parser, REPLAYED_BYTES_MAX } from "../formats/format.ts";
import { portions } from "../formats/portions.ts";

export interface Portion {
  records: StatementRecord[];
  checkpoint: Checkpoint<unknown>;
  /** How many bytes of the file it took. */
  bytes: number;
}

/** What `parse` reads from: bytes in, portions out, in file order. `offset`: where in the file its first bytes are expected. */
export interface Feed {
  readonly offset: number;
  push(chunk: Uint8Array): Iterable<Portion>;
  end(): Iterable<Portion>;
}

/** 5,000 records a portion of a replayed file: as many as a batch holds. */
const PORTION_RECORDS = 5_000;

/** A file that a format can only read whole is refused above 32 MB, by name. */
export function isTooLarge(format: Pick<Format, "resumable">, sizeBytes: number): boolean {
  return !format.resumable && sizeBytes > REPLAYED_BYTES_MAX;
}

export function openFeed(format: Pick<Format, "resumable" | "open">, options: ParseOptions, resume: Checkpoint<unknown> | undefined): Feed {
  if (!format.resumable) return new ReplayedFeed(format.open(options), landedOf(resume));
  return new ResumedFeed(resume === undefined ? format.open(options) : format.open(options, resume), resume?.byteOffset ?? 0);
}

class ResumedFeed implements Feed {
  readonly offset: number;
  readonly #parser: Parser<unknown>;

  constructor(parser: Parser<unknown>, offset: number) {
    this.#parser = parser;
    this.offset = offset;
  }

  push(chunk: Uint8Array): Iterable<Portion> {
    return this.#portions(this.#parser.push(chunk), chunk.byteLength);
  }

  end(): Iterable<Portion> {
    return this.#portions(this.#parser.end(), 0);
  }

  /** Each with the checkpoint behind it and before the next, which is read only when it is asked for. */
  *#portions(first: StatementRecord[], bytes: number): Iterable<Portion> {
    let read = bytes;
    for (const records of portions(this.#parser, first)) {
      yield { records, checkpoint: this.#parser.checkpoint(), bytes: read };
      read = 0;
    }
  }
}

/** Reads the file from its beginning again: the same bytes give the same records, so those that have landed are counted off. */
class ReplayedFeed implements Feed {
  readonly offset = 0;
  readonly #parser: Parser<unknown>;
  #toPass: number;
  #landed: number;

  constructor(parser: Parser<unknown>, landed: number) {
    this.#parser = parser;
    this.#toPass = landed;
    this.#landed = landed;
  }

  push(chunk: Uint8Array): Iterable<Portion> {
    return this.#portions(this.#parser.push(chunk), chunk.byteLength);
  }

  end(): Iterable<Portion> {
    return this.#portions(this.#parser.end(), 0);
  }

  *#portions(all: StatementRecord[], bytes: number): Iterable<Portion> {
    const fresh = all.slice(this.#toPass);
    this.#toPass -= all.length - fresh.length;
    for (let from = 0; from === 0 || from < fresh.length; from += PORTION_RECORDS) {
      const records = fresh.slice(from, from + PORTION_RECORDS);
      this.#landed += records.length;
      yield { records, checkpoint: { byteOffset: 0, state: { landed: this.#landed } }, bytes: from === 0 ? bytes : 0 };
    }
  }
}

/** The state was written by a replayed feed's own checkpoint. */
function landedOf(resume: Checkpoint<unknown> | undefined): number {
  const state = resume?.state;
  return typeof state === "object" && state !== null && "landed" in state && typeof state.landed === "number" ? state.landed : 0;
}
