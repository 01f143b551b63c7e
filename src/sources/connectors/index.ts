/** The registry of connectors. */
import { bankApiConnector } from "./bank-api.ts";
import { type Connector, type ConnectorId, sealed } from "./connector.ts";
import { plaid } from "./plaid.ts";
import { stripeConnector } from "./stripe.ts";

const connectors: Record<ConnectorId, Connector> = {
  plaid: sealed(plaid),
  stripe: sealed(stripeConnector),
  bank_api: sealed(bankApiConnector),
};

/** Null for a kind that receives files. */
export function connectorOf(type: string): Connector | null {
  return new Map<string, Connector>(Object.entries(connectors)).get(type) ?? null;
}
