/** Which of a schema's fields a person is asked for: what Link fills in, what stands in fields of its own, and what a bank's sign-in needs. Pure. */
import type { FormField } from "../../lib/schema-form.ts";

/** Plaid's page fills these in. */
export const LINK_FIELDS = ["item_id", "institution_id", "institution_name", "account_ids"] as const;

/** Decided when the bank was connected; changing them later has no effect. */
export const FIXED_FIELDS = ["lookback_days"] as const;

/** What every connection has; asked for in its own place, not among the provider's settings. */
export const COMMON_FIELDS = ["auto_import", "require_proof", "text_join", "csv_config", "account_identifiers"] as const;

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  none: [],
  api_key: ["api_key"],
  basic: ["username", "password"],
  oauth2_cc: ["client_id", "client_secret"],
};

/** The credentials that a bank's description names: by its sign-in, and by a header that carries a consent. Those are then required. */
export function credentialsAsked(fields: readonly FormField[], description: Record<string, unknown>): FormField[] {
  const { auth } = description;
  const kind = typeof auth === "object" && auth !== null && "kind" in auth ? auth.kind : null;
  const needed = typeof kind === "string" ? NEEDED[kind] : undefined;
  if (needed === undefined) return [...fields];
  const hasConsent = JSON.stringify(description).includes("{{consent_id}}");
  return fields.filter(({ name }) => needed.includes(name) || (hasConsent && name === "consent_id")).map((field) => ({ ...field, isRequired: true }));
}
