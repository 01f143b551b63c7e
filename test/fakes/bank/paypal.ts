/** PayPal's Transaction Search as far as it is read: tokens, balances, transactions by windows and pages. A scope that it does not know it drops in silence. */

import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { type BankContext, type Dialect, DialectState } from "./dialect.ts";
import { dayOf, majorOf, secondOf, type TruthRow, type World, type WorldMovement, type WorldStatus } from "./world.ts";

export interface FakePaypal extends Dialect {
  name: "paypal";
  clientId: string;
  clientSecret: string;
  /** Scopes that the application has; taking one away is what an administrator may do. */
  scopes: string[];
  /** Every token that was given ends now, whatever it was promised. */
  revokeTokens(): void;
  /** How often a token was asked for. */
  tokensGiven(): number;
}

const SEARCH = "https://uri.paypal.com/services/reporting/search/read";
const BALANCES = "https://uri.paypal.com/services/reporting/balances/read";
const STATUS: Record<WorldStatus, string | null> = { pending: "P", posted: "S", void: "D", vanished: null };
const INSTANT = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const KNOWN = [
  "start_date",
  "end_date",
  "fields",
  "page_size",
  "page",
  "balance_affecting_records_only",
  "transaction_currency",
  "transaction_status",
];
const WINDOW_DAYS_MAX = 31;
const DAY_MS = 86_400_000;

export function fakePaypal(world: World, { pageSize }: { pageSize: number }): { paypal: FakePaypal; app: Hono<{ Bindings: HttpBindings }> } {
  const state = new DialectState("paypal", world);
  const tokens = new Map<string, string[]>();
  let given = 0;
  const paypal: FakePaypal = {
    name: "paypal",
    world,
    clientId: "fake-client",
    clientSecret: "fake+secret/of paypal",
    scopes: [SEARCH, BALANCES],
    revokeTokens: () => tokens.clear(),
    tokensGiven: () => given,
    violations: state.violations,
    requests: state.requests,
    fail: (fault) => state.fail(fault),
    mend: () => state.mend(),
    checkBy: (check) => state.checkBy(check),
    truth: () => world.movements.flatMap(truthOf),
  };
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post("/v1/oauth2/token", async (context) => {
    const form = new URLSearchParams(await context.req.text());
    return state.answer(context, "token", () => {
      if (form.get("grant_type") !== "client_credentials") state.violate("a token is asked for by client_credentials");
      if (context.req.header("authorization") !== basicOf(paypal)) return context.json({ error: "invalid_client" }, 401);
      given += 1;
      const asked = form.get("scope")?.split(" ") ?? paypal.scopes;
      const granted = paypal.scopes.filter((scope) => asked.includes(scope));
      const token = `fake-token-${given}`;
      tokens.set(token, granted);
      return { scope: granted.join(" "), access_token: token, token_type: "Bearer", app_id: "APP-FAKE", expires_in: 32_400, nonce: "n" };
    });
  });
  const guarded = (context: BankContext, { operation, scope, make }: { operation: string; scope: string; make: () => unknown }) =>
    state.answer(context, operation, () => {
      const scopes = tokens.get(/^Bearer (.*)$/.exec(context.req.header("authorization") ?? "")?.[1] ?? "");
      if (scopes === undefined) return context.json({ error: "invalid_token", error_description: "Token signature verification failed" }, 401);
      return scopes.includes(scope) ? make() : context.json({ name: "NOT_AUTHORIZED", debug_id: "fake" }, 403);
    });
  app.get("/v1/reporting/balances", (context) =>
    guarded(context, { operation: "balances", scope: BALANCES, make: () => balancesOf(context, state) }),
  );
  app.get("/v1/reporting/transactions", (context) =>
    guarded(context, { operation: "transactions", scope: SEARCH, make: () => listOf({ context, state, pageSize }) }),
  );
  return { paypal, app };
}

const basicOf = ({ clientId, clientSecret }: FakePaypal): string => {
  const encoded = [clientId, clientSecret].map((text) => new URLSearchParams({ v: text }).toString().slice(2)).join(":");
  return `Basic ${Buffer.from(encoded).toString("base64")}`;
};

/** Seventeen letters and figures, as its ids are. */
export const paypalId = ({ key }: WorldMovement): string => key.slice(0, 17).toUpperCase();

function truthOf(movement: WorldMovement): TruthRow[] {
  if (movement.status !== "pending" && movement.status !== "posted") return [];
  const row: TruthRow = {
    account: movement.currency,
    external_id: paypalId(movement),
    amount_minor: String(movement.amountMinor),
    posted_on: dayOf(movement.madeAtMs),
    is_pending: movement.status === "pending",
  };
  return movement.feeMinor === 0 ? [row] : [row, { ...row, external_id: `${row.external_id}:fee`, amount_minor: String(movement.feeMinor) }];
}

function balancesOf(context: BankContext, state: DialectState): unknown {
  state.parameters(context, { known: ["as_of_time", "currency_code"] });
  const { world } = state;
  const balances = world.accounts.map((account, index) => {
    const { current, available } = world.balanceOf(account);
    const money = (minor: number) => ({ currency_code: account.currency, value: majorOf(minor, account.currency) });
    return {
      currency: account.currency,
      primary: index === 0,
      total_balance: money(current),
      available_balance: money(available),
      withheld_balance: money(current - available),
    };
  });
  return { balances, account_id: "FAKEPAYPALACC", as_of_time: secondOf(world.now.getTime()), last_refresh_time: secondOf(world.now.getTime()) };
}

function listOf({ context, state, pageSize }: { context: BankContext; state: DialectState; pageSize: number }): unknown {
  state.parameters(context, { known: KNOWN, needed: ["start_date", "end_date"] });
  const { start_date: start = "", end_date: end = "", page = "1", page_size: size = "100" } = context.req.query();
  const [fromMs, toMs] = [Date.parse(start), Date.parse(end)];
  const isWrong = !INSTANT.test(start) || !INSTANT.test(end) || toMs < fromMs || toMs - fromMs > WINDOW_DAYS_MAX * DAY_MS;
  if (isWrong) state.violate(`start_date=${start} end_date=${end}`);
  if (!/^\d+$/.test(size) || Number(size) < 1 || Number(size) > 500 || !/^\d+$/.test(page) || Number(page) < 1)
    state.violate(`page=${page} page_size=${size}`);
  if (isWrong) return context.json({ name: "INVALID_REQUEST", details: [{ issue: "Date range is greater than 31 days" }], debug_id: "fake" }, 400);
  const all = state.world.movements
    .filter(({ madeAtMs, status }) => STATUS[status] !== null && madeAtMs >= fromMs && madeAtMs <= toMs)
    .toSorted((one, other) => one.madeAtMs - other.madeAtMs || one.serial - other.serial);
  const rows = Math.min(Number(size), pageSize);
  const shown = all.slice((Number(page) - 1) * rows, Number(page) * rows);
  return {
    ...(shown.length === 0 ? {} : { transaction_details: shown.map(detailOf) }),
    account_number: "FAKEPAYPALACC",
    start_date: start,
    end_date: end,
    last_refreshed_datetime: secondOf(state.world.now.getTime()),
    page: Number(page),
    total_items: all.length,
    total_pages: Math.ceil(all.length / rows),
    links: [{ href: "https://api.paypal.example/v1/reporting/transactions", rel: "self", method: "GET" }],
  };
}

const detailOf = (movement: WorldMovement) => ({
  transaction_info: {
    paypal_account_id: "PAYERFAKEACCT",
    transaction_id: paypalId(movement),
    transaction_event_code: movement.amountMinor < 0 ? "T0001" : "T0006",
    transaction_initiation_date: secondOf(movement.madeAtMs),
    transaction_updated_date: secondOf(movement.postedAtMs ?? movement.madeAtMs),
    transaction_amount: { currency_code: movement.currency, value: majorOf(movement.amountMinor, movement.currency) },
    ...(movement.feeMinor === 0 ? {} : { fee_amount: { currency_code: movement.currency, value: majorOf(movement.feeMinor, movement.currency) } }),
    transaction_status: STATUS[movement.status],
    transaction_subject: movement.description,
    invoice_id: `INV-${movement.serial}`,
  },
  payer_info: { payer_name: { alternate_full_name: movement.counterparty } },
});
