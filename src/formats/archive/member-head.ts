/** The beginning of a file in an archive, until it is known what it is and, of one with columns, how it is read. Never opens a parser. */
import { mergeSettings, PROFILE_KINDS, type Profile, type ProfileSettings, type Reading, sameName } from "../../domain/profile.ts";
import { type Format, type MemberSettings, RECOGNIZE_BYTES, SAMPLE_BYTES } from "../format.ts";
import { type Recognition, recognizeAmong } from "../recognize.ts";
import { joined } from "./unpacker.ts";

/** `bytes` are all that came so far; they are the caller's now. */
export type Chosen = { bytes: Uint8Array } & ({ format: Format; reading: Reading | null } | { refusal: { code: string; message: string } });

export class MemberHead {
  readonly #name: string;
  readonly #formats: readonly Format[];
  readonly #settings: MemberSettings;
  #parts: Uint8Array[] = [];
  #length = 0;
  #found: Recognition | null = null;

  constructor({ name, formats, settings }: { name: string; formats: readonly Format[]; settings: MemberSettings }) {
    this.#name = name;
    this.#formats = formats;
    this.#settings = settings;
  }

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice());
    this.#length += bytes.length;
  }

  /** Null while more is needed. `isWhole`: no more will come. */
  choose(isWhole: boolean): Chosen | null {
    if (!isWhole && this.#length < RECOGNIZE_BYTES) return null;
    this.#found ??= this.#recognize();
    if ("refusal" in this.#found) return { refusal: this.#found.refusal, bytes: this.#take() };
    const { format } = this.#found;
    if (format.read === undefined) return { format, reading: null, bytes: this.#take() };
    const wanted = format.sampleBytes ?? SAMPLE_BYTES;
    if (!isWhole && this.#length < wanted) return null;
    const bytes = this.#take();
    const reading = readMember(format, bytes.subarray(0, wanted), {
      fileName: this.#name,
      whole: isWhole && bytes.length <= wanted,
      settings: this.#settings,
    });
    return { format, reading, bytes };
  }

  #recognize(): Recognition {
    const head = joined(this.#parts).subarray(0, RECOGNIZE_BYTES);
    const found = recognizeAmong(this.#formats, head, this.#name);
    return "refusal" in found && isPacked(head) ? { refusal: { ...found.refusal, ...NESTED } } : found;
  }

  #take(): Uint8Array {
    const parts = this.#parts;
    this.#parts = [];
    return joined(parts);
  }
}

/** How the file is read by what is said of it. Its signature is the one that it has without anything said of its shape. */
function readMember(
  format: Format,
  sample: Uint8Array,
  { settings, ...about }: { fileName: string; whole: boolean; settings: MemberSettings },
): Reading | null {
  if (format.read === undefined) return null;
  const kind = PROFILE_KINDS.find((one) => one === format.id);
  const ofKind = kind === undefined ? undefined : settings.byKind?.[kind];
  const bare = format.read(sample, { ...about, ...(ofKind === undefined ? {} : { profile: ofKind }) });
  const said = [settings.bySignature?.[bare.signature], isFitting(settings.fitting, bare.profile) ? settings.fitting : undefined];
  const given = said.filter((one) => one !== undefined);
  if (given.length === 0) return bare;
  const profile = given.reduce(mergeSettings, ofKind ?? {});
  return { ...format.read(sample, { ...about, profile }), signature: bare.signature };
}

/** Every column that the settings name is there. */
function isFitting(settings: ProfileSettings | undefined, { kind, columns }: Profile): settings is ProfileSettings {
  if (settings === undefined || (settings.kind !== undefined && settings.kind !== kind)) return false;
  return (settings.columns ?? []).every(
    ({ name, index, role }) =>
      role === "ignored" || columns.some((column) => (name === undefined ? column.index === index : sameName(column.name, name))),
  );
}

const NESTED = { code: "nested_archive", message: "It is an archive in an archive. Upload it by itself." };

/** A .zip, a .gz, or a tar. */
const isPacked = (head: Uint8Array): boolean =>
  (head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5)) ||
  (head[0] === 0x1f && head[1] === 0x8b) ||
  String.fromCharCode(...head.subarray(257, 262)) === "ustar";

/** Folders, and what computers put into archives for themselves. */
export const isAside = (name: string): boolean => name.endsWith("/") || /(?:^|\/)(?:__MACOSX\/|\.DS_Store$|\._|Thumbs\.db$)/.test(name);
