/** Pages of Plaid as records: changes of /transactions/sync and the accounts of /accounts/get and /accounts/balance/get. Never fetches, never decides what a change does to the books. */
import * as z from "zod";
import type { JsonNode } from "../page/json-node.ts";
import { type PageReader, pageFormat } from "../page/page-format.ts";
import type { PageWriter } from "../page/page-writer.ts";
import { AccountBook } from "./accounts.ts";
import { writeBalances } from "./balances.ts";
import { NO_ROWS, UNKNOWN_PAGE } from "./findings.ts";
import { writeMovement, writeRemoval } from "./transactions.ts";

/** What the connector says of the connection's settings when it fetched the page. */
const contextSchema = z.object({
  /** The accounts that were chosen; null: all there are. */
  account_ids: z.array(z.string()).nullable().default(null),
  include_pending: z.boolean().default(true),
  /** When the bank last told Plaid the balances of a page that was not asked of the bank itself. */
  balances_as_of: z.iso.datetime().nullable().default(null),
});
export type PageContext = z.infer<typeof contextSchema>;

/** What the parts of one page share. */
export interface PlaidPage {
  body: JsonNode;
  context: PageContext;
  writer: PageWriter;
  accounts: AccountBook;
}

const reader: PageReader = {
  id: "plaid",
  title: "Plaid",
  read({ head, body, writer }) {
    const parsed = contextSchema.safeParse(head.context);
    const read = READERS.get(head.kind);
    if (!parsed.success || read === undefined) {
      writer.problem(null, { ...UNKNOWN_PAGE, value: head.kind }, null);
      return;
    }
    const context = parsed.data;
    read({ body, context, writer, accounts: new AccountBook(body, writer, context.account_ids) });
  },
};

export const plaid = pageFormat(reader);

const READERS: ReadonlyMap<string, (page: PlaidPage) => void> = new Map([
  ["transactions_sync", writeChanges],
  ["accounts", writeBalances],
  ["accounts_balance", writeBalances],
]);

/** `added` and `modified` say the same: how the movement is now. The order between pages is the matcher's to fold. */
function writeChanges(page: PlaidPage): void {
  for (const name of ["added", "modified", "removed"] as const) {
    const rows = page.body.get(name);
    if (rows?.isArray !== true) {
      page.writer.problem(null, { ...NO_ROWS, field: name }, rows);
      continue;
    }
    for (const row of rows.items()) {
      if (name === "removed") writeRemoval(page, row);
      else writeMovement(page, row);
    }
  }
}
