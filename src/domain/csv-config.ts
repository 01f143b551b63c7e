/** The original design's `csv_config` (`delimiter`, `header_row`, `column_mapping`) as settings of a profile. Never guesses what a word of it means. */
import * as z from "zod";
import { COLUMN_ROLES, type ColumnRole, type ColumnSetting, type ProfileSettings, reduceName } from "./profile.ts";

const columnRef = z.union([z.string().min(1).max(500), z.int().min(0).max(1_000)]);

export const csvConfigSchema = z.looseObject({
  delimiter: z.string().min(1).max(4).optional(),
  /** True, or the row's number: there is a header. False or null: there is none. */
  header_row: z
    .union([z.boolean(), z.int().min(0)])
    .nullable()
    .optional(),
  /** Field → column (name, or place from 0), or the other way round; a list where several columns make one field. */
  column_mapping: z.record(z.string(), z.union([columnRef, z.array(columnRef)])).optional(),
});
export type CsvConfig = z.infer<typeof csvConfigSchema>;

/** The settings that it means. `unknown` are the words of `column_mapping` that name no field; a caller refuses them by name. */
export function settingsOfCsvConfig(config: CsvConfig): { settings: ProfileSettings; unknown: string[] } {
  const settings: ProfileSettings = { kind: "csv" };
  const { delimiter, header_row: headerRow, column_mapping: mapping } = config;
  if (delimiter !== undefined) settings.delimiter = DELIMITER_WORDS.get(delimiter) ?? delimiter;
  if (headerRow === false || headerRow === null) {
    settings.header_row = null;
  }
  const unknown: string[] = [];
  if (mapping !== undefined) settings.columns = columnsOf(mapping, unknown);
  return { settings, unknown };
}

const DELIMITER_WORDS: ReadonlyMap<string, string> = new Map([
  ["\\t", "\t"],
  ["tab", "\t"],
]);

/** Fields as keys are the rule; where no key is a field and every value is, the mapping stands the other way round. */
function columnsOf(mapping: NonNullable<CsvConfig["column_mapping"]>, unknown: string[]): ColumnSetting[] {
  const entries = Object.entries(mapping);
  const isTurned = entries.every(([key, value]) => roleOf(key) === null && typeof value === "string" && roleOf(value) !== null);
  return entries.flatMap(([key, value]) => {
    const field = isTurned ? String(value) : key;
    const role = roleOf(field);
    if (role === null) {
      unknown.push(field);
      return [];
    }
    const columns = isTurned ? [key] : [value].flat();
    return columns.map((column): ColumnSetting => (typeof column === "number" ? { index: column, role } : { name: column, role }));
  });
}

function roleOf(field: string): ColumnRole | null {
  const word = reduceName(field).replaceAll(" ", "_");
  return FIELD_WORDS.get(word) ?? COLUMN_ROLES.find((role) => role === word) ?? null;
}

const FIELD_WORDS: ReadonlyMap<string, ColumnRole> = new Map<string, ColumnRole>([
  ["date", "posted_on"],
  ["posted_date", "posted_on"],
  ["posting_date", "posted_on"],
  ["post_date", "posted_on"],
  ["booking_date", "posted_on"],
  ["transaction_date", "posted_on"],
  ["value_date", "value_on"],
  ["memo", "description"],
  ["details", "description"],
  ["payee", "description"],
  ["name", "description"],
  ["counterparty", "description"],
  ["amount_minor", "amount"],
  ["debit_amount", "debit"],
  ["withdrawal", "debit"],
  ["credit_amount", "credit"],
  ["deposit", "credit"],
  ["debit_credit", "indicator"],
  ["debit_credit_indicator", "indicator"],
  ["running_balance", "balance"],
  ["ref", "reference"],
  ["bank_reference", "reference"],
  ["reference_number", "reference"],
  ["id", "external_id"],
  ["transaction_id", "external_id"],
  ["external_transaction_id", "external_id"],
  ["account_id", "account"],
  ["account_number", "account"],
  ["external_account_id", "account"],
  ["transaction_type", "type"],
  ["category", "type"],
  ["status", "pending"],
]);
