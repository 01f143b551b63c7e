/** How a file is read, in words: roles, marks, encodings, confidence. Words only; decides nothing. */
import type { AmountReading, ColumnRole, Confidence, Encoding, Inference } from "../../src/domain/profile.ts";
import { sentence, type Tone } from "./words.ts";

export const ROLE_WORDS = {
  posted_on: "Booking date",
  value_on: "Value date",
  description: "Text",
  amount: "Amount",
  debit: "Money out",
  credit: "Money in",
  indicator: "In or out (D/C)",
  currency: "Currency",
  balance: "Balance after",
  reference: "Reference",
  external_id: "Bank's own id",
  account: "Account number",
  account_name: "Account name",
  type: "Kind",
  fee: "Fee",
  pending: "Pending mark",
  ignored: "Not used",
} as const satisfies Record<ColumnRole, string>;

const FILE_WORDS: Record<Exclude<Inference["role"], ColumnRole>, string> = {
  encoding: "Encoding",
  delimiter: "Delimiter",
  header: "Header",
  footer: "Footer",
  sheet: "Sheet",
  json_path: "Place of the rows",
};

export function roleWords(role: string): string {
  return ({ ...ROLE_WORDS, ...FILE_WORDS } as Record<string, string>)[role] ?? sentence(role);
}

/** What was given needs no proof by the file. */
export function evidenceWords(evidence: string): string {
  return evidence === "given" ? "as a person said" : evidence;
}

export const CONFIDENCE_WORDS = {
  certain: { text: "Certain", tone: "good" },
  likely: { text: "Likely", tone: "neutral" },
  ambiguous: { text: "Open", tone: "warn" },
} as const satisfies Record<Confidence, { text: string; tone: Tone }>;

export const ENCODING_WORDS = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16, little-endian",
  "utf-16be": "UTF-16, big-endian",
  "windows-1252": "Windows-1252 (Western Europe)",
  "windows-1250": "Windows-1250 (Central Europe)",
  "iso-8859-1": "ISO-8859-1 (Latin 1)",
  "iso-8859-15": "ISO-8859-15 (Latin 9, with €)",
} as const satisfies Record<Encoding, string>;

export const DELIMITER_WORDS: readonly (readonly [delimiter: string, name: string])[] = [
  [",", "Comma ,"],
  [";", "Semicolon ;"],
  ["\t", "Tab"],
  ["|", "Bar |"],
  ["^", "Caret ^"],
  ["~", "Tilde ~"],
];

/** The patterns that banks use; a person chooses the order, marks and leading zeros may differ from cell to cell. */
export const DATE_PATTERNS = [
  "DD.MM.YYYY",
  "DD.MM.YY",
  "DD/MM/YYYY",
  "DD/MM/YY",
  "MM/DD/YYYY",
  "MM/DD/YY",
  "YYYY-MM-DD",
  "YYYYMMDD",
  "DD-MM-YYYY",
  "DD MMM YYYY",
  "MMM DD, YYYY",
] as const;

type Marks = Pick<AmountReading, "decimal" | "thousands">;

/** Every way in which figures are written. */
export const FIGURE_MARKS: readonly Marks[] = [
  { decimal: ".", thousands: null },
  { decimal: ".", thousands: "," },
  { decimal: ".", thousands: " " },
  { decimal: ".", thousands: "'" },
  { decimal: ",", thousands: null },
  { decimal: ",", thousands: "." },
  { decimal: ",", thousands: " " },
  { decimal: ",", thousands: "'" },
  { decimal: null, thousands: null },
  { decimal: null, thousands: "," },
  { decimal: null, thousands: "." },
];

/** `1.234,56` for a comma and points. */
export function figureWords({ decimal, thousands }: Marks): string {
  return `1${thousands ?? ""}234${decimal === null ? "" : `${decimal}56`}`;
}
