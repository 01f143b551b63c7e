/** Whose money a key reads, and that it is still the same account's. Never takes a name for an identity. */
import * as z from "zod";
import { ConnectorFailure } from "../connector.ts";
import { ask, PERMISSION_DENIED, type StripeSession } from "./client.ts";
import type { StripeConfig, StripeCursor } from "./settings.ts";

type Account = StripeCursor["account"];

const accountSchema = z.object({
  id: z.string().regex(/^acct_\w+$/),
  business_profile: z.object({ name: z.string().nullish() }).nullish(),
  settings: z.object({ dashboard: z.object({ display_name: z.string().nullish() }).nullish() }).nullish(),
});

/** The account as Stripe names it; null where the key may not read it. Throws ConnectorFailure. */
export async function askAccount(session: StripeSession): Promise<Account | null> {
  try {
    const { json } = await ask(session, "account");
    const found = accountSchema.safeParse(json);
    if (!found.success)
      throw new ConnectorFailure({ kind: "malformed", code: "no_account", message: "Stripe's answer was no account. It is asked for again." });
    const { id, business_profile, settings } = found.data;
    return { id, name: business_profile?.name ?? settings?.dashboard?.display_name ?? null };
  } catch (error) {
    if (error instanceof ConnectorFailure && error.code === PERMISSION_DENIED) return null;
    throw error;
  }
}

/** The account that a run reads. Throws ConnectorFailure where the key belongs to another one than is set, or than was read so far: its lines would end in the wrong books. */
export async function checkedAccount(session: StripeSession, before: Account | null): Promise<Account> {
  requireKeyOfMode(session);
  const expected = expectedIdOf(session.config) ?? before?.id ?? null;
  const found = await askAccount(session);
  const account = found ?? (expected === null ? null : { id: expected, name: before?.id === expected ? before.name : null });
  if (account === null) throw new ConnectorFailure({ kind: "configuration", code: "account_unknown", message: ACCOUNT_UNKNOWN });
  const isOther = (id: string | null | undefined): boolean => typeof id === "string" && id !== account.id;
  if (isOther(expected) || isOther(before?.id))
    throw new ConnectorFailure({ kind: "configuration", code: "account_differs", message: ACCOUNT_DIFFERS });
  return account;
}

/** A key says its mode itself: `rk_test_…`. */
function requireKeyOfMode({ config, credentials }: StripeSession): void {
  const isLive = /^.._live_/.test(credentials.reveal().api_key);
  if (isLive === config.livemode) return;
  const message = `The connection is set to ${modeOf(config)} mode, but the key is of ${isLive ? "live" : "test"} mode. Put in a key of the right mode, or change the setting.`;
  throw new ConnectorFailure({ kind: "configuration", code: "livemode_differs", message });
}

export const expectedIdOf = (config: StripeConfig): string | null => config.connected_account ?? config.account_id;

export const modeOf = (config: { livemode: boolean }): "live" | "test" => (config.livemode ? "live" : "test");

/** What makes two connections the same. */
export const identityOf = (account: string, config: { livemode: boolean }): string => `stripe:${account}:${modeOf(config)}`;

/** The account as the books know it: test money is an account of its own, so that no mapping can take it for live money. */
export const externalIdOf = (account: string, config: StripeConfig): string => (config.livemode ? account : `${account}:test`);

const ACCOUNT_UNKNOWN =
  "The key may not read which account it belongs to. Put the account's id (acct_…) into the settings, or let the key read the account.";
const ACCOUNT_DIFFERS =
  "The key belongs to another Stripe account than this connection has been set to or has read. Put in a key of that account, or make a new connection for the other one.";
