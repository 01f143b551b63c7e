/** The registry of connectors. */
import { type Connector, type ConnectorId, sealed } from "./connector.ts";
import { plaid } from "./plaid.ts";
import { stripeConnector } from "./stripe.ts";

/** Those there are; made with `sealed`. */
const connectors: Partial<Record<ConnectorId, Connector>> = {
  plaid: sealed(plaid),
  stripe: sealed(stripeConnector),
};

export function connectorOf(type: string): Connector | null {
  return new Map<string, Connector>(Object.entries(connectors)).get(type) ?? null;
}

/** Every connector there is. */
export function allConnectors(): Connector[] {
  return Object.values(connectors);
}
