/** What a connection is and how it is set: its type, its status, and the settings that reading its files takes. */
import * as z from "zod";
import { csvConfigSchema } from "./csv-config.ts";

export const CONNECTION_TYPES = ["bai2", "plaid", "stripe", "bank_api", "sftp", "file"] as const;
export type ConnectionType = (typeof CONNECTION_TYPES)[number];
const accountIdentifierSchema = z.strictObject({
  external_account_id: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .meta({ title: "Account", description: "The number or id by which the source names the account." }),
  account_id: z.uuid().optional().meta({ title: "Your account", description: "Left empty: it is mapped when it first comes." }),
  name: z.string().max(200).optional().meta({ title: "Name", description: "What people call it." }),
});

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
  /** The accounts that this connection is meant to bring, by the bank's own number or id, with the account of yours that each one is. */
  account_identifiers: z.array(accountIdentifierSchema).max(1_000).optional(),
});
/** The keys above: what every connection may have beside its provider's own settings. */
export const COMMON_SETTINGS = ["auto_import", "require_proof", "text_join", "csv_config", "account_identifiers"] as const;
export type ConnectionConfig = z.infer<typeof connectionConfigSchema>;

const common = {
  auto_import: z
    .boolean()
    .default(false)
    .meta({ title: "Import by itself", description: "When every account is mapped, the proof holds and nothing is in question." }),
  require_proof: z.enum(["totals", "ledger"]).default("totals").meta({
    title: "Proof",
    description: "totals: control totals must hold. ledger: opening balance and movements must come to the closing balance.",
  }),
  account_identifiers: z
    .array(accountIdentifierSchema)
    .max(1_000)
    .optional()
    .meta({ title: "Accounts", description: "The accounts that it is meant to bring." }),
};

/** The original design's `BAI2Config`. */
export const bai2ConfigSchema = z.looseObject({
  ...common,
  text_join: z
    .enum(["auto", "", " ", "\n"])
    .default("auto")
    .meta({ title: "Wrapped text", description: "How continued text is joined; auto: as the specification says." }),
});

/** Connections of other files than BAI2's. */
export const fileConfigSchema = z.looseObject({
  ...common,
  csv_config: csvConfigSchema.optional().meta({ title: "CSV", description: "Delimiter, header row and columns, where files do not prove them." }),
});

/** The original design's `SFTPConfig`. Its secrets are credentials, never settings. */
export const sftpConfigSchema = z.looseObject({
  ...common,
  host: z.string().min(1).max(253).meta({ title: "Host", description: "The server's name." }),
  port: z.int().min(1).max(65_535).default(22).meta({ title: "Port", description: "As a rule 22." }),
  username: z.string().min(1).max(128).meta({ title: "User", description: "The name to sign in with." }),
  remote_path: z.string().min(1).max(500).default("/").meta({ title: "Folder", description: "Where the bank puts its files." }),
  file_pattern: z.string().min(1).max(200).default("*").meta({ title: "Files", description: "A pattern such as *.bai; * and ? stand for anything." }),
  archive_path: z
    .string()
    .max(500)
    .nullable()
    .default(null)
    .meta({ title: "Archive folder", description: "Where files go once they are safe here. Empty: they stay." }),
  host_key_fingerprint: z
    .string()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}$/)
    .nullable()
    .default(null)
    .meta({ title: "Host key", description: "SHA256:…, as the bank gives it; another server is refused." }),
});

/** Kinds that receive files; `unavailable` says why one cannot be made. */
export const FILE_CONNECTIONS = {
  bai2: { title: "BAI2 files", description: "A bank's BAI2 or BTRS reports, uploaded or delivered.", schema: bai2ConfigSchema, unavailable: null },
  file: {
    title: "Bank files, any format",
    description: "CSV, camt, MT940, OFX, QIF, JSON, workbooks and archives.",
    schema: fileConfigSchema,
    unavailable: null,
  },
  sftp: {
    title: "SFTP",
    description: "Files that a bank leaves on an SFTP server.",
    schema: sftpConfigSchema,
    unavailable: "Fetching by SFTP is not built yet. Let an agent of yours fetch the files and deliver them to /api/drop of a connection for files.",
  },
} as const satisfies Partial<Record<ConnectionType, { title: string; description: string; schema: z.ZodType; unavailable: string | null }>>;

export const FILE_CONNECTION_TYPES: readonly ConnectionType[] = CONNECTION_TYPES.filter(isFileConnection);

export function isFileConnection(type: ConnectionType): type is keyof typeof FILE_CONNECTIONS {
  return Object.hasOwn(FILE_CONNECTIONS, type);
}
