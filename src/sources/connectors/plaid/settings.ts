/** What Plaid's environment makes of the settings. */
import { ConnectorFailure, type Platform } from "../connector.ts";
import type { PlaidConfig } from "./config.ts";

/** Outside the sandbox Plaid collects no less. */
const PRODUCTION_DAYS_MIN = 30;

/** Days of history to ask for. Throws ConnectorFailure where Plaid would refuse them. */
export function daysRequested({ lookback_days }: Pick<PlaidConfig, "lookback_days">, platform: Platform): number {
  if (lookback_days >= PRODUCTION_DAYS_MIN || !isProduction(platform)) return lookback_days;
  throw new ConnectorFailure({
    kind: "configuration",
    code: "lookback_too_short",
    message: `Plaid collects at least ${PRODUCTION_DAYS_MIN} days of history. Set “Days of history” to ${PRODUCTION_DAYS_MIN} or more.`,
  });
}

/** The real banks: `https://production.plaid.com`. */
export const isProduction = ({ plaid }: Platform): boolean => plaid !== null && new URL(plaid.baseUrl).hostname === "production.plaid.com";
