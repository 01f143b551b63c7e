/** What a connection is and how it is set: its type, its status, and the settings that reading its files takes. */
import * as z from "zod";
import { csvConfigSchema } from "./csv-config.ts";

export const CONNECTION_TYPES = ["bai2", "plaid", "stripe", "bank_api", "sftp", "file"] as const;
export type ConnectionType = (typeof CONNECTION_TYPES)[number];
/** The types that can be created today; the others say so when asked for. */
export const AVAILABLE_CONNECTION_TYPES = ["bai2", "file"] as const satisfies readonly ConnectionType[];

/** Settings of a connection that receives files. Unknown keys are kept as they are, so that no other program's note is lost. */
export const connectionConfigSchema = z.looseObject({
  /** Imports by itself when all is mapped, proven and clear (RULES.md §4). */
  auto_import: z.boolean().optional(),
  /** `totals`: a check that cannot be made may pass. `ledger`: the ledger must be proven true. */
  require_proof: z.enum(["totals", "ledger"]).optional(),
  /** How a statement's wrapped text is joined again. */
  text_join: z.enum(["auto", "", " ", "\n"]).optional(),
  /** How its CSV files are read, in the words of the original design. */
  csv_config: csvConfigSchema.optional(),
});
/** The keys above: what every connection may have beside its provider's own settings. */
export const COMMON_SETTINGS = ["auto_import", "require_proof", "text_join", "csv_config", "account_identifiers"] as const;
export type ConnectionConfig = z.infer<typeof connectionConfigSchema>;
