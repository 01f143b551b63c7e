/** .zip and .gz: bytes in, the records of their members out, one member after the other. Refuses bombs while unpacking; never holds more than a portion. */
import type { StatementRecord } from "../../domain/record.ts";
import { type Finding, Findings } from "../findings.ts";
import type { Checkpoint, Format, ParseOptions, Parser } from "../format.ts";
import { Member, type MemberState } from "./member.ts";
import { isAside } from "./member-head.ts";
import { type ArchiveKind, kindOf, MEMBERS_MAX, newUnpacker } from "./open.ts";
import type { Unpacked, Unpacker } from "./unpacker.ts";

export interface ArchiveState {
  kind: ArchiveKind | null;
  /** Members and unpacked bytes before the open member, statements so far in them. */
  members: number;
  unpackedBytes: number;
  ordinal: number;
  problemCount: number;
  hasRead: boolean;
  isRefused: boolean;
  open: MemberState | null;
}

/** 100 to 1, once there is 1 MiB: camt packs at 40 to 1, a bomb at 1,000. */
export const RATIO_MAX = 100;
const RATIO_FROM_BYTES = 1024 * 1024;
/** 1 GiB: what a day's road can read of one upload. */
export const UNPACKED_BYTES_MAX = 1024 ** 3;
/** 1 MiB unpacked a call: as much as a plain file gives at a time. */
const GIVEN_BYTES = 1024 * 1024;

export class ArchiveParser implements Parser<ArchiveState> {
  readonly #formats: readonly Format[];
  readonly #options: ParseOptions;
  readonly #findings: Findings;
  readonly #state: ArchiveState;
  #unpacker: Unpacker | null = null;
  #member: Member | null = null;
  #memberOffset: number;
  #memberBytes = { packed: 0, unpacked: 0 };
  #head: Uint8Array = new Uint8Array();
  #isClosed = false;
  #isEnded = false;

  constructor(formats: readonly Format[], options: ParseOptions, resume?: Checkpoint<ArchiveState>) {
    this.#formats = formats;
    this.#options = options;
    this.#state = resume === undefined ? start() : structuredClone(resume.state);
    this.#findings = new Findings(this.#state.problemCount);
    this.#memberOffset = resume?.byteOffset ?? 0;
    if (this.#state.kind !== null) this.#unpacker = newUnpacker(this.#state.kind, this.#memberOffset);
  }

  push(chunk: Uint8Array): StatementRecord[] {
    if (this.#unpacker === null) this.#begin(chunk);
    else this.#unpacker.add(chunk);
    return this.more();
  }

  end(): StatementRecord[] {
    this.#isClosed = true;
    if (this.#unpacker === null) this.#begin(new Uint8Array());
    this.#unpacker?.finish();
    return this.more();
  }

  /** What was pushed may hold a hundred times its size: it is unpacked bit by bit, until a call gives nothing. */
  more(): StatementRecord[] {
    let given = 0;
    while (!this.#state.isRefused && given < GIVEN_BYTES) {
      const happening = this.#unpacker?.next() ?? null;
      if (happening === null) break;
      if (happening.type === "bytes") given += happening.bytes.length;
      this.#take(happening);
      if (this.#findings.out.length > 0 && given >= GIVEN_BYTES) break;
      // Nothing to give is the sign that all is read, so the work goes on until there is something.
      if (given >= GIVEN_BYTES && this.#findings.out.length === 0) given = 0;
    }
    if (given < GIVEN_BYTES && this.#isClosed) this.#finish();
    return this.#findings.takeOut();
  }

  checkpoint(): Checkpoint<ArchiveState> {
    const open = this.#member?.state() ?? this.#state.open;
    const state = structuredClone({ ...this.#state, problemCount: this.#findings.problemCount, open });
    const isBetween = open === null && this.#unpacker !== null;
    return { byteOffset: isBetween ? (this.#unpacker?.byteOffset ?? 0) : this.#memberOffset, state };
  }

  /** The first bytes say which kind it is. */
  #begin(chunk: Uint8Array): void {
    const head = new Uint8Array(this.#head.length + chunk.length);
    head.set(this.#head);
    head.set(chunk, this.#head.length);
    this.#head = head;
    if (head.length < 2) return;
    this.#state.kind = kindOf(head);
    this.#unpacker = newUnpacker(this.#state.kind, this.#memberOffset);
    this.#unpacker.add(head);
    this.#head = new Uint8Array();
  }

  #take(happening: Unpacked): void {
    if (happening.type === "member") this.#open(happening);
    else if (happening.type === "bytes") this.#add(happening);
    else if (happening.type === "member_end") this.#close();
    else this.#refuse(happening.finding);
  }

  #open({ name, byteOffset }: { name: string; byteOffset: number }): void {
    const state = this.#state;
    this.#memberOffset = byteOffset;
    this.#memberBytes = { packed: 0, unpacked: 0 };
    if (state.members >= MEMBERS_MAX) {
      this.#refuse({
        code: "too_many_members",
        message: `The archive has more than ${MEMBERS_MAX} files; those after were not read. Upload it in parts.`,
      });
      return;
    }
    const resume = state.open ?? (isAside(name) ? LEFT_OUT : null);
    state.open = null;
    this.#member = new Member({
      name,
      firstStatement: state.ordinal,
      formats: this.#formats,
      options: this.#options,
      findings: this.#findings,
      resume,
    });
  }

  #add({ bytes, packedBytes }: { bytes: Uint8Array; packedBytes: number }): void {
    const total = this.#memberBytes;
    total.packed += packedBytes;
    total.unpacked += bytes.length;
    if (total.unpacked > RATIO_FROM_BYTES && total.unpacked > total.packed * RATIO_MAX) {
      this.#refuse({
        code: "zip_bomb",
        message: `A file in the archive unpacks to more than ${RATIO_MAX} times its size. No statement does, and attacks do: nothing after it was read.`,
      });
    } else if (this.#state.unpackedBytes + total.unpacked > UNPACKED_BYTES_MAX) {
      this.#refuse({
        code: "archive_too_large",
        message: "The archive unpacks to more than 1 GiB; what comes after was not read. Upload the files by themselves.",
      });
    } else this.#member?.add(bytes);
  }

  #close(): void {
    const member = this.#member;
    if (member === null) return;
    member.end();
    this.#leave(member);
  }

  #leave(member: Member): void {
    const state = this.#state;
    state.members += 1;
    state.unpackedBytes += this.#memberBytes.unpacked;
    state.ordinal += member.begun;
    state.hasRead ||= member.wasRead;
    this.#member = null;
  }

  /** The open member ends where it is; nothing after is read. */
  #refuse(finding: Finding): void {
    const member = this.#member;
    if (member?.wasRead) member.end();
    if (member !== null) this.#leave(member);
    this.#state.isRefused = true;
    this.#findings.report(null, finding);
  }

  #finish(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { hasRead } = this.#state;
    if (hasRead || this.#findings.problemCount > 0) return;
    this.#findings.report(null, {
      code: "archive_without_statements",
      message: "The archive holds no file that can be read as a statement, so that nothing was read. Upload the statement by itself.",
    });
  }
}

const start = (): ArchiveState => ({
  kind: null,
  members: 0,
  unpackedBytes: 0,
  ordinal: 0,
  problemCount: 0,
  hasRead: false,
  isRefused: false,
  open: null,
});

/** Folders, and what computers put into archives for themselves. */
const LEFT_OUT: MemberState = { byteOffset: 0, format: null, profile: null, state: null, isLeftOut: true, begun: 0 };
