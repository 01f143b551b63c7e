/** Plaid: bank accounts in the US, Canada and Europe by one login each. Fetches and tests; what a page means is the format's. */

import * as z from "zod";
import { type Connector, ConnectorFailure } from "./connector.ts";
import {
  type PlaidConfig,
  type PlaidCredentials,
  type PlaidCursor,
  plaidConfigSchema,
  plaidCredentialsSchema,
  plaidCursorSchema,
} from "./plaid/config.ts";
import { askItem, fetchPages, type PlaidSession } from "./plaid/fetch-pages.ts";
import { testItem } from "./plaid/test-item.ts";

/** 40 of the 50 that Plaid gives a login each minute; 20,000 changes. */
const PAGES_PER_MINUTE_MAX = 40;

export const plaid: Connector<PlaidConfig, PlaidCredentials, PlaidCursor> = {
  id: "plaid",
  title: "Plaid",
  config: plaidConfigSchema,
  credentials: plaidCredentialsSchema,
  cursor: plaidCursorSchema,
  // Pages of one update belong together, and Plaid says of any call among them that fails: begin again at the first. The balances come when they are all in.
  resumesAt: (cursor) => (cursor?.reading === "balances" ? "page" : "chain"),
  pagesPerMinuteMax: PAGES_PER_MINUTE_MAX,
  test: testItem,
  fetchPages,
  disconnect,
};

/** Ends what Plaid would go on to fetch, and to charge for. A login that is gone already is as good. Throws ConnectorFailure. */
async function disconnect(session: PlaidSession): Promise<void> {
  try {
    await askItem(session, { path: "/item/remove", answer: z.looseObject({}) });
  } catch (error) {
    if (!(error instanceof ConnectorFailure && error.kind === "gone")) throw error;
  }
}
