/** A bank of the NextGenPSD2 standard as far as it is read: accounts, balances, booked and pending rows, `_links.next`, and a consent that ends. */

import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { type BankContext, type Dialect, DialectState } from "./dialect.ts";
import { dayOf, majorOf, type World, type WorldMovement } from "./world.ts";

export interface FakeBerlin extends Dialect {
  name: "berlin";
  consentId: string;
  /** The owner's consent has ended, until a new one is given. */
  endConsent(): void;
  giveConsent(): string;
  /** A booked row has another id than while it was pending, as at many banks. */
  changesIds: boolean;
  /** Calls an account and day without its owner; beyond it ACCESS_EXCEEDED. */
  callsPerDay: number;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const KNOWN = ["bookingStatus", "dateFrom", "dateTo", "entryReferenceFrom", "deltaList", "withBalance", "pageIndex", "itemsPerPage", "cursor"];

interface Wiring {
  pageSize: number;
  /** Where it is mounted: its links are paths of the whole address. */
  mount: string;
}

export function fakeBerlin(world: World, { pageSize, mount }: Wiring): { berlin: FakeBerlin; app: Hono<{ Bindings: HttpBindings }> } {
  const state = new DialectState("berlin", world);
  let consents = 1;
  let isConsented = true;
  const calls = new Map<string, number>();
  const berlin: FakeBerlin = {
    name: "berlin",
    world,
    consentId: "consent-1",
    endConsent: () => {
      isConsented = false;
    },
    giveConsent: () => {
      consents += 1;
      isConsented = true;
      berlin.consentId = `consent-${consents}`;
      return berlin.consentId;
    },
    changesIds: false,
    callsPerDay: 1_000,
    violations: state.violations,
    requests: state.requests,
    fail: (fault) => state.fail(fault),
    mend: () => state.mend(),
    checkBy: (check) => state.checkBy(check),
    truth: () =>
      world.movements
        .filter(({ status }) => status === "pending" || status === "posted")
        .map((movement) => ({
          account: movement.accountId,
          external_id: idOf(movement, berlin),
          amount_minor: String(movement.amountMinor),
          posted_on: dayOf(movement.postedAtMs ?? movement.madeAtMs),
          is_pending: movement.status === "pending",
        })),
  };
  const app = new Hono<{ Bindings: HttpBindings }>();
  const guarded = (context: BankContext, operation: string, make: () => unknown) =>
    state.answer(context, operation, () => {
      if (!UUID.test(context.req.header("x-request-id") ?? "")) state.violate(`${context.req.path} needs X-Request-ID, a UUID`);
      if (context.req.header("consent-id") === undefined) state.violate(`${context.req.path} needs Consent-ID`);
      if (context.req.header("consent-id") !== berlin.consentId) return refusal(context, 401, "CONSENT_INVALID");
      return isConsented ? make() : refusal(context, 401, "CONSENT_EXPIRED");
    });
  app.get("/v1/accounts", (context) =>
    guarded(context, "accounts", () => {
      state.parameters(context, { known: ["withBalance"] });
      return { accounts: world.accounts.map((account) => accountOf(account, mount)) };
    }),
  );
  app.get("/v1/accounts/:id/balances", (context) =>
    guarded(context, "balances", () => {
      state.parameters(context, { known: [] });
      const account = world.accounts.find(({ id }) => id === context.req.param("id"));
      return account === undefined ? refusal(context, 404, "RESOURCE_UNKNOWN") : balancesOf(world, account);
    }),
  );
  app.get("/v1/accounts/:id/transactions", (context) =>
    guarded(context, "transactions", () => {
      const call = `${context.req.param("id")} ${world.today}`;
      if (context.req.query("cursor") === undefined) calls.set(call, (calls.get(call) ?? 0) + 1);
      if ((calls.get(call) ?? 0) > berlin.callsPerDay) return refusal(context, 429, "ACCESS_EXCEEDED");
      return listOf({ context, state, berlin, pageSize, mount });
    }),
  );
  return { berlin, app };
}

const refusal = (context: BankContext, status: 400 | 401 | 404 | 429, code: string): Response =>
  context.json({ tppMessages: [{ category: "ERROR", code, text: "A text that is the bank's own business." }] }, status);

/** Up to 35 characters. */
const idOf = (movement: WorldMovement, { changesIds }: FakeBerlin): string =>
  `${changesIds && movement.status === "pending" ? "P" : "B"}${movement.key.slice(0, 20)}`;

const accountOf = (account: World["accounts"][number], mount: string) => ({
  resourceId: account.id,
  iban: account.number,
  currency: account.currency,
  product: "Girokonto",
  cashAccountType: "CACC",
  name: account.name,
  _links: {
    balances: { href: `${mount}/v1/accounts/${account.id}/balances` },
    transactions: { href: `${mount}/v1/accounts/${account.id}/transactions` },
  },
});

function balancesOf(world: World, account: World["accounts"][number]): unknown {
  const { current, available } = world.balanceOf(account);
  const balance = (balanceType: string, minor: number) => ({
    balanceAmount: { currency: account.currency, amount: majorOf(minor, account.currency) },
    balanceType,
  });
  const withLine = { ...balance("interimAvailable", available + 500_000), creditLimitIncluded: true };
  return {
    account: { iban: account.number },
    balances: [withLine, balance("interimBooked", current), balance("interimAvailable", available), balance("expected", available)],
  };
}

interface Asked extends Wiring {
  context: BankContext;
  state: DialectState;
  berlin: FakeBerlin;
}

function listOf({ context, state, berlin, pageSize, mount }: Asked): unknown {
  state.parameters(context, { known: KNOWN, needed: ["bookingStatus"] });
  const { bookingStatus = "", dateFrom = "0000-01-01", cursor } = context.req.query();
  if (!["booked", "pending", "both", "information", "all"].includes(bookingStatus)) state.violate(`bookingStatus=${bookingStatus}`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(dateFrom)) state.violate(`dateFrom=${dateFrom}`);
  const account = state.world.accounts.find(({ id }) => id === context.req.param("id"));
  if (account === undefined) return refusal(context, 404, "RESOURCE_UNKNOWN");
  const own = state.world.movements.filter(({ accountId }) => accountId === account.id);
  const place = placeOf(cursor);
  if (place === null) return refusal(context, 400, "FORMAT_ERROR");
  // A page goes on behind the row that the last one ended with, whatever was booked meanwhile.
  const booked = own
    .filter(({ status, postedAtMs }) => status === "posted" && postedAtMs !== null && dayOf(postedAtMs) >= dateFrom)
    .filter(({ serial }) => serial > place)
    .toSorted((one, other) => one.serial - other.serial);
  const pending = cursor === undefined && bookingStatus !== "booked" ? own.filter(({ status }) => status === "pending") : [];
  const shown = booked.slice(0, pageSize);
  const next = booked.length > shown.length ? { next: { href: nextOf(context, { mount, after: shown.at(-1)?.serial ?? 0 }) } } : {};
  return {
    account: { iban: account.number },
    transactions: {
      booked: shown.map((movement) => rowOf(movement, berlin)),
      ...(cursor === undefined ? { pending: pending.map((movement) => rowOf(movement, berlin)) } : {}),
      _links: { account: { href: `${mount}/v1/accounts/${account.id}` }, ...next },
    },
  };
}

function nextOf(context: BankContext, { mount, after }: { mount: string; after: number }): string {
  const query = new URLSearchParams({ ...context.req.query(), cursor: Buffer.from(`after ${after}`).toString("base64url") });
  return `${mount}/v1/accounts/${context.req.param("id")}/transactions?${query.toString()}`;
}

function placeOf(cursor: string | undefined): number | null {
  if (cursor === undefined) return 0;
  const match = /^after (\d+)$/.exec(Buffer.from(cursor, "base64url").toString());
  return match === null ? null : Number(match[1]);
}

const rowOf = (movement: WorldMovement, berlin: FakeBerlin) => ({
  transactionId: idOf(movement, berlin),
  entryReference: `E${movement.serial}`,
  endToEndId: `E2E-${movement.serial}`,
  ...(movement.amountMinor < 0 ? { creditorName: movement.counterparty } : { debtorName: movement.counterparty }),
  transactionAmount: { currency: movement.currency, amount: majorOf(movement.amountMinor, movement.currency) },
  ...(movement.status === "posted" && movement.postedAtMs !== null ? { bookingDate: dayOf(movement.postedAtMs) } : {}),
  valueDate: dayOf(movement.postedAtMs ?? movement.madeAtMs),
  remittanceInformationUnstructured: movement.description,
});
