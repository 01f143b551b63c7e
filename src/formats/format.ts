/** The contract of every format: bytes in, records out, in file order. A format reports bad lines; it does not throw for them. */
import type { Profile, ProfileKind, ProfileSettings, Reading } from "../domain/profile.ts";
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
  /** The bytes are UTF-8, whatever the file declares: it was in UTF-16. */
  isUtf8?: boolean;
  /** Of a format that has `survey`: how its members are read. */
  members?: MemberSettings;
}

/** What is said of the files in an archive that need a reading; what is not said, each proves by itself. */
export interface MemberSettings {
  /** Of every file of a kind, below what is said of its shape. */
  byKind?: Partial<Record<ProfileKind, ProfileSettings>> | undefined;
  /** Of the files of a shape, by its signature. */
  bySignature?: Readonly<Record<string, ProfileSettings>> | undefined;
  /** Of each file that has all the columns it names; over the others. */
  fitting?: ProfileSettings | undefined;
}

/** The files in an archive that have one signature, read as one: what one of them leaves open is asked once for all. */
export interface MemberShape {
  format: FormatId;
  /** Their names in order, the first `NAMES_MAX`; `count` counts them all. */
  members: string[];
  count: number;
  /** Of the first file that leaves something open, else of the first; its questions and changes are those of all, each with its file's name. */
  reading: Reading;
  /** What one of the files proves for the others; to be given to the parser with what was said. Null: nothing. */
  proved: ProfileSettings | null;
}

/** A walk through an archive that looks at how its members are to be read, and passes over the rest of them. */
export interface Survey {
  push(chunk: Uint8Array): void;
  /** Nothing that comes could matter. */
  readonly isDone: boolean;
  /** In the order of their first files; none where every member says itself what it means. */
  end(): MemberShape[];
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

export interface Format<State = unknown, Id extends string = FormatId> {
  id: Id;
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
  /** Only of formats that hold files: how those are to be read. What it asks has to be answered before `open`, which leaves out what is still open. */
  survey?(settings: MemberSettings): Survey;
  open(options: ParseOptions, resume?: Checkpoint<State>): Parser<State>;
}
