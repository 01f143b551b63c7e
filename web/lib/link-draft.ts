/** What a person had chosen before they left for Plaid's page, kept in this tab until they are back. Holds no secret: a link token opens nothing by itself. */

import { trusted } from "../api/client.ts";
import type { LinkExchange, LinkRequest } from "../api/connection-setup.ts";

const KEY = "plaid-link";

export interface KeptLink extends LinkExchange {
  /** What Plaid's page was opened with, to open it again. */
  request: LinkRequest;
}

export function keepLink(link: KeptLink): void {
  sessionStorage.setItem(KEY, JSON.stringify(link));
}

export function keptLink(): KeptLink | null {
  const text = sessionStorage.getItem(KEY);
  return text === null ? null : trusted<KeptLink>(JSON.parse(text));
}

export function forgetLink(): void {
  sessionStorage.removeItem(KEY);
}
