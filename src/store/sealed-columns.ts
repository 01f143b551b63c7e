/** Every column that holds an envelope of the vault, and the name under which each was sealed. A test holds it against the schema. */

export interface SealedColumn {
  table: string;
  column: string;
  /** What tells the table's rows apart within a tenant. */
  keys: readonly string[];
  /** The envelope's `record` (src/store/vault.ts) as SQL over the row. */
  record: string;
}

export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: "accounts", column: "account_number_sealed", keys: ["id"], record: "'account:' || account_number_hash" },
  { table: "account_mappings", column: "external_account_sealed", keys: ["id"], record: "'account:' || external_account_id" },
  { table: "connections", column: "credentials", keys: ["id"], record: "'connections/' || id || '/credentials'" },
  { table: "notification_channels", column: "credentials", keys: ["id"], record: "'notification_channels/' || id || '/credentials'" },
  {
    table: "idempotency_keys",
    column: "answer",
    keys: ["principal_id", "key_hash"],
    record: "'idempotency_keys/' || principal_id || '/' || encode(key_hash, 'hex') || '/answer'",
  },
];
