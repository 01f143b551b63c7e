/** How a file whose columns mean nothing by themselves is read: settings, the evidence for them, and what only a person can answer. Never reads a file. */
import * as z from "zod";

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

const words = z.array(z.string().min(1).max(60)).max(50);

/**
 * A date's pattern: `YYYY YY M MM MMM MMMM D DD` with the marks between them, and `HH:mm:ss`, `Z` where a time follows. The order of year, month
 * and day is what counts: marks and leading zeros may differ from cell to cell. `MMM` and `MMMM` are names of months in en, de, fr, es.
 * `unix_seconds` and `unix_milliseconds` are instants; their day is the day in UTC.
 */
const dateReading = z.strictObject({ kind: z.literal("date"), pattern: z.string().min(3).max(60) });

const amountReading = z.strictObject({
  kind: z.literal("amount"),
  decimal: z.enum(DECIMAL_MARKS).nullable(),
  thousands: z.enum(THOUSANDS_MARKS).nullable(),
  /** Where a figure without a minus goes: into the account, or out of it. Of a `balance`: `in` = a plain figure is money that is there. */
  plain_is: z.enum(["in", "out"]),
  /** `minor`: the figures are cents (1250 = 12.50), never with decimals. */
  unit: z.enum(["major", "minor"]),
  /** Only of `fee`: `separate` = besides the amount, a movement of its own; `included` = the amount already has it. */
  fee: z.enum(["separate", "included"]).optional(),
});

/** Words that say which way the money went, compared without case and points. */
const indicatorReading = z.strictObject({ kind: z.literal("indicator"), in: words, out: words });

/** Words that say that a row is not booked yet, and words of rows that never came to be (declined, reverted); every other word means booked. */
const pendingReading = z.strictObject({ kind: z.literal("pending"), pending: words, void: words });

const textReading = z.strictObject({ kind: z.literal("text") });

export const columnReadingSchema = z.discriminatedUnion("kind", [dateReading, amountReading, indicatorReading, pendingReading, textReading]);
export type ColumnReading = z.infer<typeof columnReadingSchema>;
export type DateReading = z.infer<typeof dateReading>;
export type AmountReading = z.infer<typeof amountReading>;

/** 1,000 columns: twenty times what the widest bank export has; more is no statement, and only costs memory. */
export const COLUMNS_MAX = 1_000;

const columnSchema = z.strictObject({
  /** The header's text as it stands; `column 3` where there is no header; a path (`amount.value`) in JSON. Columns are found by it. */
  name: z.string().max(500),
  /** Its place in the row, from 0. */
  index: z.int().min(0).max(COLUMNS_MAX),
  role: z.enum(COLUMN_ROLES),
  reading: columnReadingSchema,
});
export type ProfileColumn = z.infer<typeof columnSchema>;

const fixedFieldSchema = z.strictObject({
  name: z.string().min(1).max(500),
  /** The first character's place in the line, from 1 as a person counts, and how many there are. */
  start: z.int().min(1).max(100_000),
  length: z.int().min(1).max(100_000),
});
export type FixedField = z.infer<typeof fixedFieldSchema>;

const shape = {
  kind: z.enum(PROFILE_KINDS),
  encoding: z.enum(ENCODINGS),
  /** One ASCII character between cells. */
  delimiter: z
    .string()
    .length(1)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: every ASCII character but line ends and letters may part cells.
    .regex(/^[\u0001-\u0009\u000b\u000c\u000e-\u0021\u0023-\u0026\u0028-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]$/),
  /** Null: quotes are characters like any other. */
  quote: z.enum(['"', "'"]).nullable(),
  /** `\n` also takes `\r\n`. */
  line_end: z.enum(["\n", "\r"]),
  /** The row of the header, from 1 as a spreadsheet counts; null = there is none. Found again in each file by the columns' names. */
  header_row: z.int().min(1).max(1_000_000).nullable(),
  /** The first row that may be a movement, from 1. */
  first_row: z.int().min(1).max(1_000_000),
  /** Rows without a date that begin with one of these words are summaries (totals, balances), not movements. */
  summary_words: words,
  /** JSON: the way to the array of rows (`data.transactions`), `""` = the whole document is the array; null = one object a line (NDJSON). */
  json_path: z.string().max(500).nullable(),
  /** xlsx: the sheet's name; null = the first. */
  sheet: z.string().max(100).nullable(),
  /** custom: the fields of a line by their places; null = the line is delimited. */
  fixed_fields: z.array(fixedFieldSchema).max(COLUMNS_MAX).nullable(),
  columns: z.array(columnSchema).max(COLUMNS_MAX),
  /** For rows that name none; ISO 4217. */
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .nullable(),
};

/** Complete: a parser opened with it decides nothing by itself. Plain JSON, exported and stored as it stands. */
export const profileSchema = z.strictObject({ version: z.literal(1), ...shape });
export type Profile = z.infer<typeof profileSchema>;

const columnSettingSchema = z.strictObject({
  name: z.string().max(500).optional(),
  index: z.int().min(0).max(COLUMNS_MAX).optional(),
  role: z.enum(COLUMN_ROLES).optional(),
  reading: columnReadingSchema.optional(),
});
export type ColumnSetting = z.infer<typeof columnSettingSchema>;

/** What a person or an earlier file has said: any part of a profile. What is left out is inferred; columns are found by name, else by index. */
export const profileSettingsSchema = z
  .strictObject({ version: z.literal(1).default(1), ...shape, columns: z.array(columnSettingSchema).max(COLUMNS_MAX) })
  .partial();
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

/** Settings on top of others: what is said last holds; columns are matched by name, else by index. */
export function mergeSettings(base: ProfileSettings, added: ProfileSettings): ProfileSettings {
  const columns = [...(base.columns ?? [])];
  for (const column of added.columns ?? []) {
    const at = columns.findIndex((one) => isSameColumn(one, column));
    if (at === -1) columns.push(column);
    else columns[at] = { ...columns[at], ...column };
  }
  const merged = { ...base, ...added };
  return base.columns === undefined && added.columns === undefined ? merged : { ...merged, columns };
}

export function isSameColumn(one: ColumnSetting, other: ColumnSetting): boolean {
  if (one.name !== undefined && other.name !== undefined) return sameName(one.name, other.name);
  return one.index !== undefined && one.index === other.index;
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
