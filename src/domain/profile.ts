/** How a file whose columns mean nothing by themselves is read: settings, the evidence for them, and what only a person can answer. Never reads a file. */
import type * as z from "zod";
import type {
  amountReading,
  columnReadingSchema,
  columnSchema,
  columnSettingSchema,
  dateReading,
  fixedFieldSchema,
  profileSchema,
  profileSettingsSchema,
} from "./profile-schema.ts";

/** The kinds of file that take a profile; each is also a format's id. */
export const PROFILE_KINDS = ["csv", "json", "custom", "xlsx", "qif"] as const;
export type ProfileKind = (typeof PROFILE_KINDS)[number];

export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1252", "windows-1250", "iso-8859-1", "iso-8859-15"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/**
 * What a column is for. `description` may stand at several columns: they are joined in file order. `debit` and `credit` are two columns of
 * amounts; `indicator` is the column of words (D, C, Soll, Haben) that signs `amount`. `fee` is money that the bank took besides `amount`.
 */
export const COLUMN_ROLES = [
  "posted_on",
  "value_on",
  "description",
  "amount",
  "debit",
  "credit",
  "indicator",
  "currency",
  "balance",
  "reference",
  "external_id",
  "account",
  "account_name",
  "type",
  "fee",
  "pending",
  "ignored",
] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

/** Which mark stands before the decimals, and which between thousands (` ` also means the no-break blanks). Null = none was seen or is allowed. */
export const DECIMAL_MARKS = [".", ","] as const;
export const THOUSANDS_MARKS = [",", ".", " ", "'", "_"] as const;

/** 1,000 columns: twenty times what the widest bank export has; more is no statement, and only costs memory. */
export const COLUMNS_MAX = 1_000;

export type ColumnReading = z.infer<typeof columnReadingSchema>;
export type DateReading = z.infer<typeof dateReading>;
export type AmountReading = z.infer<typeof amountReading>;
export type ProfileColumn = z.infer<typeof columnSchema>;
export type FixedField = z.infer<typeof fixedFieldSchema>;
export type Profile = z.infer<typeof profileSchema>;
export type ColumnSetting = z.infer<typeof columnSettingSchema>;
export type ProfileSettings = z.infer<typeof profileSettingsSchema>;

/** `certain`: rows of the file prove it. `likely`: names, words or custom say so. `ambiguous`: nothing does, and a person is asked. */
export type Confidence = "certain" | "likely" | "ambiguous";

/** One decision, and why. `column` is null where it is about the file (encoding, delimiter, header). */
export interface Inference {
  column: string | null;
  role: ColumnRole | "encoding" | "delimiter" | "header" | "footer" | "sheet" | "json_path";
  /** For people: `DD.MM.YYYY`, `1.234,56, plain figures are money in`, `windows-1252`. */
  reading: string;
  confidence: Confidence;
  /** What proves it, naming the row: `row 17: 25.03.2026`. Never an account number. */
  evidence: string;
}

/** One way to read, and what it makes of some rows. `settings` merged into what was given answers the question. */
export interface Choice {
  reading: string;
  settings: ProfileSettings;
  sample: { row: number; value: string; becomes: string }[];
}

/** What the file does not decide. No file is imported while one is open. */
export interface Question {
  /** Stable word: what is asked. */
  code: "date_order" | "decimal_mark" | "sign" | "fee" | "indicator" | "role" | "account" | "layout";
  columns: string[];
  /** The role that is asked for (`role`), or that the columns have. */
  role: ColumnRole | null;
  /** A full sentence for people. */
  message: string;
  /** Two or more readings left; empty only where a person has to describe the layout. */
  choices: Choice[];
  /** With the first question about what the columns hold: the rows to say it by. */
  table?: ShownTable | undefined;
  /** Of an archive: the first file in it that leaves this open; absent where the file itself does. */
  member?: string | null | undefined;
}

/** The first rows as they stand, for the person who says what the columns are. Without names a row is one whole line: where it is cut is asked too. */
export interface ShownTable {
  names: string[];
  rows: { row: number; cells: string[] }[];
}

export interface Reading {
  /** Complete and fitted to this file. While `questions` is not empty it holds the first choice of each: for a preview, never for an import. */
  profile: Profile;
  /** The same for every file of this shape; profiles are remembered by it. */
  signature: string;
  inference: Inference[];
  questions: Question[];
  /** Columns that the given profile names and that are not there, or no longer hold what it says. Each a sentence. */
  changed: string[];
}

/** Settings on top of others: what is said last holds; columns are matched by name, else by index. A column of another role has lost the reading of its old one. */
export function mergeSettings(base: ProfileSettings, added: ProfileSettings): ProfileSettings {
  const columns = [...(base.columns ?? [])];
  for (const column of added.columns ?? []) {
    const at = columns.findIndex((one) => isSameColumn(one, column));
    if (at === -1) columns.push(column);
    else columns[at] = { ...(isOfOtherRole(columns[at], column) ? withoutReading(columns[at]) : columns[at]), ...column };
  }
  const merged = { ...base, ...added };
  return base.columns === undefined && added.columns === undefined ? merged : { ...merged, columns };
}

const isOfOtherRole = (one: ColumnSetting | undefined, other: ColumnSetting): boolean =>
  one?.role !== undefined && other.role !== undefined && one.role !== other.role;

const withoutReading = ({ reading: _, ...rest }: ColumnSetting = {}): ColumnSetting => rest;

export function isSameColumn(one: ColumnSetting, other: ColumnSetting): boolean {
  if (one.name !== undefined && other.name !== undefined) return sameName(one.name, other.name);
  return one.index !== undefined && one.index === other.index;
}

/** A header's cells as the names of columns: blank ones are numbered, and two of one name are told apart by a number. */
export function columnNames(cells: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return cells.map((cell, at) => {
    const name = cell.trim() || `column ${at + 1}`;
    const key = reduceName(name);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return (count === 1 ? name : `${name} ${count}`).slice(0, 500);
  });
}

/** Headers are the same without regard to case, blanks and marks around the words. */
export const sameName = (one: string, other: string): boolean => reduceName(one) === reduceName(other);

export function reduceName(name: string): string {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** The signature of a header: the kind and the reduced names in order. Long ones end in a checksum; a profile's names are compared in full when it is applied. */
export function signatureOf(kind: ProfileKind, names: readonly string[]): string {
  const text = names.map(reduceName).join("|");
  return `${kind}:${text.length <= SIGNATURE_CHARS_MAX ? text : `${text.slice(0, SIGNATURE_CHARS_MAX)}#${checksum(text)}`}`;
}

/** 400 characters: the headers of nearly every bank as they are, and short enough for an index. */
const SIGNATURE_CHARS_MAX = 400;

/** FNV-1a, 32 bits: tells long headers apart; it protects nothing. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
