/** Stripe: the ledger of an account's balance, its payouts and its balance, page by page. It reads no amount and keeps nothing. */
import type { Connector } from "./connector.ts";
import { fetchNext } from "./stripe/chain.ts";
import {
  type StripeConfig,
  type StripeCredentials,
  type StripeCursor,
  stripeConfigSchema,
  stripeCredentialsSchema,
  stripeCursorSchema,
} from "./stripe/settings.ts";
import { testStripe } from "./stripe/test.ts";

export const stripeConnector: Connector<StripeConfig, StripeCredentials, StripeCursor> = {
  id: "stripe",
  title: "Stripe",
  config: stripeConfigSchema,
  credentials: stripeCredentialsSchema,
  cursor: stripeCursorSchema,
  // A list that is read by `starting_after` stays where it is: what comes in meanwhile stands before its beginning, and is the next run's.
  resumesAt: () => "page",
  test: testStripe,
  fetchPages: fetchNext,
};
