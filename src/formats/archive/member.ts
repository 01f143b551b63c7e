/** Reads one member of an archive with the format that knows it. Its records' statements are numbered on from the members before. Never unpacks. */
import type { Profile } from "../../domain/profile.ts";
import type { StatementRecord } from "../../domain/record.ts";
import type { Findings } from "../findings.ts";
import type { Format, FormatId, ParseOptions, Parser } from "../format.ts";
import { MemberHead } from "./member-head.ts";

/** A member between two portions, as plain JSON. */
export interface MemberState {
  /** Where its records so far end, in the unpacked member; 0 while nothing was given. */
  byteOffset: number;
  format: FormatId | null;
  profile: Profile | null;
  state: unknown;
  /** It was left out, and that was said. */
  isLeftOut: boolean;
  /** Statements that it has begun. */
  begun: number;
}

export interface MemberStart {
  name: string;
  /** The number of its first statement. */
  firstStatement: number;
  formats: readonly Format[];
  options: ParseOptions;
  findings: Findings;
  resume: MemberState | null;
}

export class Member {
  readonly #start: MemberStart;
  readonly #head: MemberHead;
  #parser: Parser<unknown> | null = null;
  #format: Format | null = null;
  #profile: Profile | null = null;
  #isLeftOut = false;
  /** Bytes to pass over: they were read before a stop. */
  #skip = 0;
  begun = 0;

  constructor(start: MemberStart) {
    this.#start = start;
    const { resume, formats, options, name } = start;
    this.#head = new MemberHead({ name, formats, settings: options.members ?? {} });
    if (resume === null) return;
    this.#isLeftOut = resume.isLeftOut;
    this.#skip = resume.byteOffset;
    this.begun = resume.begun;
    this.#profile = resume.profile;
    this.#format = formats.find(({ id }) => id === resume.format) ?? null;
    const checkpoint = { byteOffset: resume.byteOffset, state: resume.state };
    const { resumable = false } = this.#format ?? {};
    if (this.#format !== null) this.#parser = this.#format.open(this.#optionsWith(options), resumable ? checkpoint : undefined);
  }

  get wasRead(): boolean {
    return this.#parser !== null;
  }

  add(bytes: Uint8Array): void {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    const rest = bytes.subarray(skipped);
    if (this.#isLeftOut || rest.length === 0) return;
    if (this.#parser !== null) {
      this.#give(this.#parser.push(rest));
      return;
    }
    this.#head.add(rest);
    this.#choose(false);
  }

  end(): void {
    if (this.#isLeftOut) return;
    if (this.#parser === null) this.#choose(true);
    if (this.#parser !== null) this.#give(this.#parser.end());
  }

  state(): MemberState {
    const checkpoint = this.#parser?.checkpoint() ?? { byteOffset: 0, state: null };
    return { ...checkpoint, format: this.#format?.id ?? null, profile: this.#profile, isLeftOut: this.#isLeftOut, begun: this.begun };
  }

  /** Once enough is there: which format, and, where its columns mean nothing by themselves, which profile. */
  #choose(isWhole: boolean): void {
    const chosen = this.#head.choose(isWhole);
    if (chosen === null) return;
    if ("refusal" in chosen) {
      this.#leaveOut(chosen.refusal);
      return;
    }
    const { format, reading, bytes } = chosen;
    if (reading !== null && reading.questions.length > 0) {
      this.#leaveOut(UNANSWERED);
      return;
    }
    this.#profile = reading?.profile ?? null;
    this.#format = format;
    this.#parser = format.open(this.#optionsWith(this.#start.options));
    this.#give(this.#parser.push(bytes));
  }

  #optionsWith(options: ParseOptions): ParseOptions {
    return this.#profile === null ? options : { ...options, profile: this.#profile };
  }

  #leaveOut({ code, message }: { code: string; message: string }): void {
    this.#isLeftOut = true;
    const severity = BESIDE.has(code) ? "warning" : "error";
    this.#start.findings.report(null, { severity, code, message: this.#named(`It was left out. ${message}`) });
  }

  /** What a member says, under its own name and number. */
  #give(records: StatementRecord[]): void {
    for (const record of records) this.#start.findings.out.push(this.#renumbered(record));
  }

  #renumbered(record: StatementRecord): StatementRecord {
    const { firstStatement, name } = this.#start;
    switch (record.type) {
      case "statement":
        this.begun = Math.max(this.begun, record.ordinal + 1);
        return { ...record, ordinal: record.ordinal + firstStatement, member: name };
      case "check": {
        const { statements } = record;
        return { ...record, statements: statements && { from: statements.from + firstStatement, to: statements.to + firstStatement } };
      }
      case "problem": {
        const statement = record.statement === null ? null : record.statement + firstStatement;
        return { ...record, statement, problem: { ...record.problem, message: this.#named(record.problem.message) } };
      }
      default:
        return { ...record, statement: record.statement + firstStatement };
    }
  }

  #named(message: string): string {
    return `In ${this.#start.name}: ${message}`;
  }
}

/** What banks put beside a statement, for people. */
const BESIDE: ReadonlySet<string> = new Set(["pdf_file", "image_file", "html_file", "empty_file"]);

const UNANSWERED = {
  code: "needs_mapping",
  message: "Its columns can be read in more than one way. Upload it by itself, and answer how it is to be read.",
};
