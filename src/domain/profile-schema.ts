/** The schemas of a profile as it comes from outside and from the database. Holds no function: profile.ts has them, so that the browser takes no schema. */
import * as z from "zod";
import { COLUMN_ROLES, COLUMNS_MAX, DECIMAL_MARKS, ENCODINGS, PROFILE_KINDS, THOUSANDS_MARKS } from "./profile.ts";

const words = z.array(z.string().min(1).max(60)).max(50);

/**
 * A date's pattern: `YYYY YY M MM MMM MMMM D DD` with the marks between them, and `HH:mm:ss`, `Z` where a time follows. The order of year, month
 * and day is what counts: marks and leading zeros may differ from cell to cell. `MMM` and `MMMM` are names of months in en, de, fr, es.
 * `unix_seconds` and `unix_milliseconds` are instants; their day is the day in UTC.
 */
export const dateReading = z.strictObject({ kind: z.literal("date"), pattern: z.string().min(3).max(60) });

export const amountReading = z.strictObject({
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

export const columnSchema = z.strictObject({
  /** The header's text as it stands; `column 3` where there is no header; a path (`amount.value`) in JSON. Columns are found by it. */
  name: z.string().max(500),
  /** Its place in the row, from 0. */
  index: z.int().min(0).max(COLUMNS_MAX),
  role: z.enum(COLUMN_ROLES),
  reading: columnReadingSchema,
});

export const fixedFieldSchema = z.strictObject({
  name: z.string().min(1).max(500),
  /** The first character's place in the line, from 1 as a person counts, and how many there are. */
  start: z.int().min(1).max(100_000),
  length: z.int().min(1).max(100_000),
});

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

export const columnSettingSchema = z.strictObject({
  name: z.string().max(500).optional(),
  index: z.int().min(0).max(COLUMNS_MAX).optional(),
  role: z.enum(COLUMN_ROLES).optional(),
  reading: columnReadingSchema.optional(),
});

/** What a person or an earlier file has said: any part of a profile. What is left out is inferred; columns are found by name, else by index. */
export const profileSettingsSchema = z
  .strictObject({ version: z.literal(1).default(1), ...shape, columns: z.array(columnSettingSchema).max(COLUMNS_MAX) })
  .partial();

const byKind = z.partialRecord(z.enum(PROFILE_KINDS), profileSettingsSchema);
const bySignature = z.record(z.string(), profileSettingsSchema);

/** What is said of the files in an archive (domain/stored.ts). */
export const storedMembersSchema = z.strictObject({
  said: bySignature,
  pinned: z.strictObject({ byKind: byKind.optional(), bySignature: bySignature.optional(), fitting: profileSettingsSchema.optional() }).nullable(),
});
