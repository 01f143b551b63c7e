/** The list of a bank's accounts, asked for by the test of a connection and at the beginning of every run. Never reads a balance. */
import { accountsIn, type BankAccount } from "../../../domain/bank-api/read.ts";
import { fillTemplate } from "../../../domain/bank-api/template.ts";
import { ConnectorFailure, type RawPage } from "../connector.ts";
import { addressAt, ask, type BankSession } from "./ask.ts";
import { malformed } from "./failures.ts";
import { pageOf } from "./page.ts";

/** 1,000 accounts × ~100 bytes = 100 KB of cursor; each is one request and more. */
const ACCOUNTS_MAX = 1_000;

/** The accounts, each once, and the answer that lists them. Throws ConnectorFailure. */
export async function fetchAccounts(session: BankSession): Promise<{ page: RawPage; accounts: BankAccount[] }> {
  const { path, query, paging: _paging, ...reading } = session.config.accounts;
  const words = new Map([["uuid", crypto.randomUUID()]]);
  const address = addressAt(session, fillTemplate(path, words, encodeURIComponent));
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, fillTemplate(value, words));
  const { text, answer } = await ask(session, address);
  const found = accountsIn(reading, answer);
  if (found === null) {
    throw malformed("missing_list", "The answer does not list accounts where the configuration says. Nothing is booked; correct accounts.items.");
  }
  const accounts = [...new Map(found.map((account) => [account.id, account])).values()];
  if (accounts.length > ACCOUNTS_MAX) {
    const message = `The bank lists more than ${ACCOUNTS_MAX} accounts. Give credentials for fewer, in several connections.`;
    throw new ConnectorFailure({ kind: "configuration", code: "too_many_accounts", message });
  }
  return { page: pageOf({ session, kind: "accounts", address, account: null, reading, text, number: 0 }), accounts };
}
