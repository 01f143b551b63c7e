/** Tries a key before it is saved, and daily: what it may read, whose it is, and whether it may do more than it should. Reads no line of the ledger. */
import * as z from "zod";
import { ConnectorFailure, type ProviderAccount, type TestResult } from "../connector.ts";
import { checkedAccount, expectedIdOf, externalIdOf, identityOf } from "./account.ts";
import { requireMode } from "./chain.ts";
import { ask, PERMISSION_DENIED, RESOURCES, type Resource, type StripeSession } from "./client.ts";
import { type StripeConfig, webhookSecretsOf } from "./settings.ts";

/** Throws ConnectorFailure; of several permissions that are missing it names each. */
export async function testStripe(session: StripeSession): Promise<TestResult> {
  const { config } = session;
  const account = await checkedAccount(session, null);
  const balance = await allowed(session, config);
  requireMode(balance, config);
  return {
    identity: identityOf(account.id, config),
    title: account.name === null ? null : `Stripe, ${account.name}`,
    accounts: currenciesOf(balance).map(
      (currency): ProviderAccount => ({
        id: externalIdOf(account.id, config),
        name: account.name,
        last_four: null,
        currency,
        type: "balance/payments",
      }),
    ),
    expiresAt: null,
    notes: notesOf(session, account),
  };
}

/** Asks once for everything that a run will ask for; the balance is the answer. */
async function allowed(session: StripeSession, config: StripeConfig): Promise<unknown> {
  const missing: string[] = [];
  const tryOne = async (resource: Resource, query: [string, string][] = []): Promise<unknown> => {
    try {
      return (await ask(session, resource, query)).json;
    } catch (error) {
      if (!(error instanceof ConnectorFailure) || error.code !== PERMISSION_DENIED) throw error;
      missing.push(RESOURCES[resource].permission);
      return null;
    }
  };
  const balance = await tryOne("balance");
  await tryOne("balance_transactions", [["limit", "1"], ...(config.source_details ? [["expand[]", "data.source"] satisfies [string, string]] : [])]);
  if (config.include_payouts) {
    await tryOne("payouts", [
      ["limit", "1"],
      ["expand[]", "data.balance_transaction"],
    ]);
  }
  if (missing.length === 0) return balance;
  const message = `The key may not read ${missing.join(", ")}. Give it these permissions in Stripe, under Developers, API keys.`;
  throw new ConnectorFailure({ kind: "refused", code: PERMISSION_DENIED, message });
}

function notesOf({ config, credentials }: StripeSession, account: { name: string | null }): string[] {
  const revealed = credentials.reveal();
  const notes: string[] = [];
  if (revealed.api_key.startsWith("sk_")) notes.push("This is a secret key, which may do everything. A restricted key that may only read is enough.");
  if (!config.livemode) notes.push("Test mode: this is no real money.");
  if (webhookSecretsOf(revealed).length === 0) notes.push("Without a webhook signing secret news come with the schedule only.");
  if (account.name === null && expectedIdOf(config) !== null)
    notes.push("Stripe named no business for this key. If the key may not read the account, nobody has checked that the account id is right.");
  return notes;
}

const balanceSchema = z.object({
  available: z.array(z.object({ currency: z.string() })),
  pending: z.array(z.object({ currency: z.string() })).catch([]),
});

function currenciesOf(balance: unknown): string[] {
  const found = balanceSchema.safeParse(balance);
  if (!found.success) return [];
  return [...new Set([...found.data.available, ...found.data.pending].map(({ currency }) => currency.toUpperCase()))].sort();
}
