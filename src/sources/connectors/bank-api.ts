/** The connector of every bank that is described as data: tests a connection and fetches its pages. Knows no bank of its own. */
import { type BankApiConfig, type BankApiCredentials, bankApiConfigSchema, bankApiCredentialsSchema } from "../../domain/bank-api/config.ts";
import { BANK_PRESETS } from "../../domain/bank-api/presets.ts";
import { sha256Hex } from "../../lib/crypto.ts";
import { fetchAccounts } from "./bank-api/accounts.ts";
import { type BankSession, fetchOf } from "./bank-api/ask.ts";
import { beginChain, continueChain } from "./bank-api/chain.ts";
import { type BankCursor, cursorSchema } from "./bank-api/cursor.ts";
import { failureOfThrown } from "./bank-api/failures.ts";
import { scopesBeyond } from "./bank-api/oauth.ts";
import type { Connector, ProviderAccount, TestResult } from "./connector.ts";

export const bankApiConnector: Connector<BankApiConfig, BankApiCredentials, BankCursor> = {
  id: "bank_api",
  title: "Bank API",
  config: bankApiConfigSchema,
  credentials: bankApiCredentialsSchema,
  cursor: cursorSchema,
  presets: BANK_PRESETS.map(({ id, title, description, config }) => ({ id, title, description, config })),
  resumesAt: () => "page",

  async test(session): Promise<TestResult> {
    const { accounts: found } = await fetchAccounts(session);
    const accounts = found.map(({ id, name, lastFour, currency, type }) => ({ id, name, last_four: lastFour, currency, type }));
    const notes = [...(await scopeNotes(session)), ...(accounts.length === 0 ? ["The bank lists no account for these credentials."] : [])];
    return { identity: await identityOf(session, accounts), title: new URL(session.config.baseUrl).hostname, accounts, expiresAt: null, notes };
  },

  async fetchPages(session, cursor) {
    return cursor?.chain == null ? await beginChain(session, cursor) : await continueChain(session, cursor, cursor.chain);
  },
};

/** Two connections to one bank are the same where they have one client, or else the same accounts. */
async function identityOf({ config, credentials }: BankSession, accounts: readonly ProviderAccount[]): Promise<string> {
  const { client_id: clientId } = credentials.reveal();
  const whose =
    config.auth.kind === "oauth2_cc" && clientId !== undefined
      ? `client ${clientId}`
      : accounts
          .map(({ id }) => id)
          .toSorted()
          .join("\n");
  return `bank_api:${new URL(config.baseUrl).origin}:${(await sha256Hex(whose)).slice(0, 32)}`;
}

async function scopeNotes(session: BankSession): Promise<string[]> {
  const { auth } = session.config;
  if (auth.kind !== "oauth2_cc") return [];
  try {
    const beyond = await scopesBeyond({ session, auth, send: fetchOf(session) });
    return beyond.length === 0
      ? []
      : [`The bank grants more than is needed: ${beyond.slice(0, 10).join(" ")}. A client that may only read is safer.`];
  } catch (thrown) {
    throw failureOfThrown(thrown);
  }
}
