/** The contract of every format: bytes in, records out, in file order. A format reports bad lines; it does not throw for them. */
import type { Profile, ProfileSettings, Reading } from "../domain/profile.ts";
import type { StatementRecord } from "../domain/record.ts";
import type { SampleMemory } from "./csv/memory.ts";

/** What `--format` and `/api/upload/{format}` take. `xml` is camt, `mt940` also MT942, `ofx` also QFX, `archive` a .zip or .gz of any of them. */
export const FORMAT_IDS = ["bai2", "csv", "json", "custom", "xml", "mt940", "ofx", "qif", "xlsx", "archive"] as const;
export type FormatId = (typeof FORMAT_IDS)[number];

/** How sure a format is that a file is its own, and why; `because` is shown to people. */
export interface Confidence {
  /** 0 = not mine, 1 = certainly mine. */
  score: number;
  because: string;
  /** A dialect that this format knows and refuses by name (NAI, BAI1): code and sentence of the refusal. */
  refusal?: { code: string; message: string };
}

export interface ParseOptions {
  /** How wrapped text parts are joined: `auto` (specification and line width decide), or always by this. */
  textJoin?: "auto" | "" | " " | "\n";
  /** Of a format that has `read`: how the file is read, complete. `open` never infers, and throws without one. */
  profile?: Profile;
}

/** 1 MiB: what `read` sees of a file, some 10,000 rows; more would prove little more. */
export const SAMPLE_BYTES = 1024 * 1024;

/** What is known besides the sample. `profile`: what a person or an earlier file of this shape has said; it holds over what would be inferred. */
export interface ReadGiven {
  fileName: string;
  /** The sample is the whole file. */
  whole: boolean;
  profile?: ProfileSettings;
  /** For those who ask about the same sample again, with other settings. One of its own for each sample. */
  memory?: SampleMemory;
}

/** 32 MB: as large as a file may be that its format reads whole and, after a stop, from the beginning again. */
export const REPLAYED_BYTES_MAX = 32_000_000;

/** The first 64 KB decide: every known envelope shows itself within its first records. */
export const RECOGNIZE_BYTES = 64 * 1024;

/** Where a parser can go on: reading from `byteOffset`, a record's start, with `state`, small plain JSON. */
export interface Checkpoint<State> {
  byteOffset: number;
  state: State;
}

export interface Parser<State> {
  /** Takes the next bytes, of any length; gives the records that became whole. Keeps no view of `chunk`. */
  push(chunk: Uint8Array): StatementRecord[];
  /** Only of formats that unpack: the next portion of what was pushed or ended, to be asked for until it gives nothing. */
  more?(): StatementRecord[];
  /** No more bytes will come: what was pending, and what was missing. */
  end(): StatementRecord[];
  /** Valid after every `push`: a parser opened with it and fed from `byteOffset` gives the rest, and nothing twice. */
  checkpoint(): Checkpoint<State>;
}

export interface Format<State = unknown> {
  id: FormatId;
  title: string;
  /** False: at most 32 MB, starts over after a stop. */
  resumable: boolean;
  /** How much of a file `read` needs, in bytes; `SAMPLE_BYTES` where it does not say. */
  sampleBytes?: number;
  recognizes(head: Uint8Array, fileName: string): Confidence;
  /**
   * Only of formats whose columns mean nothing by themselves: how the file is read, with the evidence. While `questions` is not empty, a person
   * is asked and nothing is imported; else `open` takes the `profile`. Pure: the same sample and settings give the same reading.
   */
  read?(sample: Uint8Array, given: ReadGiven): Reading;
  open(options: ParseOptions, resume?: Checkpoint<State>): Parser<State>;
}
