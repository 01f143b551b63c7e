/** What a type code says: level, sign and description, for listed codes, for a bank's own and for unknown ones. Never reads an amount. */
import type { Sign } from "../../domain/record.ts";
import { TYPE_CODE_TABLE } from "./type-code-table.ts";

export type Level = "status" | "summary" | "detail";
/** `custom`: a bank's own, in the ranges that the specification sets aside; `unknown`: in no list, read by its range. */
export type Origin = "bai2" | "btrs" | "bank" | "custom" | "unknown";

export interface TypeCode {
  code: string;
  level: Level;
  /** Null where no movement is meant, or where nobody says which way it goes. */
  sign: Sign | null;
  description: string;
  origin: Origin;
}

/** Every three-digit code has an answer; null for text that is no type code at all. */
export function typeCodeOf(text: string): TypeCode | null {
  const index = typeCodeIndex(text);
  return index === -1 ? null : (TYPE_CODES[index] ?? null);
}

/** By the code's number, 0 to 999. */
export const typeCodeAt = (index: number): TypeCode | null => TYPE_CODES[index] ?? null;

/** 0 to 999 for three digits, else -1. */
export function typeCodeIndex(text: string): number {
  if (text.length !== 3) return -1;
  const a = text.charCodeAt(0) - 0x30;
  const b = text.charCodeAt(1) - 0x30;
  const c = text.charCodeAt(2) - 0x30;
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 && c >= 0 && c <= 9 ? a * 100 + b * 10 + c : -1;
}

/** A message without money: its amount, if any, moves nothing. */
export const MESSAGE_CODE = "890";

const LEVELS: Record<string, Level> = { S: "status", T: "summary", D: "detail" };
const SIGNS: Record<string, Sign> = { "+": "credit", "-": "debit" };
const ORIGINS: Record<string, Origin> = { "2": "bai2", "3": "btrs", b: "bank" };

function buildTypeCodes(): TypeCode[] {
  const codes = Array.from({ length: 1000 }, (_, index) => rangeCode(index));
  for (const line of TYPE_CODE_TABLE.trim().split("\n")) {
    const code = line.slice(0, 3);
    codes[Number(code)] = {
      code,
      level: LEVELS[line.charAt(4)] ?? "detail",
      sign: SIGNS[line.charAt(5)] ?? null,
      description: line.slice(8),
      origin: ORIGINS[line.charAt(6)] ?? "bai2",
    };
  }
  return codes;
}

/** [first, last, level, sign, origin, description]; custom summaries and details share a range: the record they stand in decides. */
const RANGES: readonly (readonly [number, number, Level, Sign | null, Origin, string])[] = [
  [1, 99, "status", null, "unknown", "Unlisted account status"],
  [101, 399, "detail", "credit", "unknown", "Unlisted credit"],
  [401, 699, "detail", "debit", "unknown", "Unlisted debit"],
  [700, 719, "status", null, "unknown", "Unlisted loan status"],
  [720, 759, "detail", "credit", "unknown", "Unlisted loan payment"],
  [760, 799, "summary", "debit", "unknown", "Unlisted loan disbursement"],
  [900, 919, "status", null, "custom", "Custom account status"],
  [920, 959, "detail", "credit", "custom", "Custom credit"],
  [960, 999, "detail", "debit", "custom", "Custom debit"],
];

function rangeCode(index: number): TypeCode {
  const code = `${index}`.padStart(3, "0");
  const range = RANGES.find(([from, to]) => index >= from && index <= to);
  if (range === undefined) return { code, level: "detail", sign: null, description: "Unlisted code", origin: "unknown" };
  return { code, level: range[2], sign: range[3], description: range[5], origin: range[4] };
}

/** Listed codes from the table, all others by their range: index = code. */
const TYPE_CODES: readonly TypeCode[] = buildTypeCodes();
