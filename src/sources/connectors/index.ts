/** The registry of connectors. */
import type { Connector, ConnectorId } from "./connector.ts";

/** Those there are; made with `sealed`. */
const connectors: Partial<Record<ConnectorId, Connector>> = {};

export function connectorOf(type: string): Connector | null {
  return new Map<string, Connector>(Object.entries(connectors)).get(type) ?? null;
}
