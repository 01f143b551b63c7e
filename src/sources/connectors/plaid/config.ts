/** What a connection to Plaid is set to, and where it goes on. Holds no secret but the access token's shape. */
import * as z from "zod";

/** 730 days: the most that Plaid keeps; its own default of 90 would cut a company's history without a word. */
const LOOKBACK_DAYS_MAX = 730;

const accountIds = z
  .array(z.string().min(1).max(128))
  .min(1)
  .max(500)
  .nullable()
  .default(null)
  .meta({ title: "Accounts", description: "Plaid's ids of the accounts to read. Empty: all that were shared, also those shared later." });

export const plaidConfigSchema = z.strictObject({
  item_id: z.string().min(1).max(128).meta({ title: "Item", description: "Plaid's id of the login at the bank. Link fills it in." }),
  institution_id: z.string().max(64).nullable().default(null).meta({ title: "Bank's id", description: "Plaid's id of the bank. Link fills it in." }),
  institution_name: z.string().max(200).nullable().default(null).meta({ title: "Bank", description: "The bank's name as Plaid says it." }),
  sync_type: z
    .enum(["transactions", "balances", "both"])
    .default("both")
    .meta({ title: "What to read", description: "Balances are asked of the bank itself and may be charged by Plaid." }),
  lookback_days: z.int().min(1).max(LOOKBACK_DAYS_MAX).default(LOOKBACK_DAYS_MAX).meta({
    title: "Days of history",
    description: "How far back Plaid collects when the bank is first connected; at least 30 outside the sandbox. It cannot be changed afterwards.",
  }),
  include_pending: z
    .boolean()
    .default(true)
    .meta({ title: "Pending movements", description: "Show movements before the bank has posted them. They become the posted ones." }),
  account_ids: accountIds,
});
export type PlaidConfig = z.infer<typeof plaidConfigSchema>;

export const plaidCredentialsSchema = z.strictObject({
  access_token: z
    .string()
    .min(1)
    .max(512)
    .meta({ title: "Access token", description: "Plaid's key to the login at the bank. Link fills it in.", secret: true }),
});
export type PlaidCredentials = z.infer<typeof plaidCredentialsSchema>;

/** What a chain of pages took in; a wider choice later means that history has to be read again. */
const scopeSchema = z.strictObject({ account_ids: z.array(z.string()).nullable(), include_pending: z.boolean() });
export type Scope = z.infer<typeof scopeSchema>;

/**
 * `at`: Plaid's cursor of the next call, never empty; null: from the beginning. `reading`: what the next call is for. `history` is a second walk from the
 * beginning for what was not chosen before; the changes since `after` follow it, so that nothing which was taken back meanwhile is missed.
 */
export const plaidCursorSchema = z.strictObject({
  /** The login that it belongs to: another one knows nothing of it. */
  item: z.string(),
  reading: z.enum(["changes", "history", "balances"]),
  at: z.string().min(1).max(1024).nullable(),
  after: z.string().min(1).max(1024).nullable(),
  scope: scopeSchema,
});
export type PlaidCursor = z.infer<typeof plaidCursorSchema>;

export const scopeOf = ({ account_ids, include_pending }: PlaidConfig): Scope => ({ account_ids, include_pending });

/** True where all that `now` chooses was chosen `before`. */
export function covers({ before, now }: { before: Scope; now: Scope }): boolean {
  if (now.include_pending && !before.include_pending) return false;
  if (before.account_ids === null) return true;
  return now.account_ids?.every((id) => before.account_ids?.includes(id)) ?? false;
}
