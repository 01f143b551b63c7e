/** Mercury's API as far as it is read: accounts, and transactions by `start_after`. Written to the field list of its own Go library. */

import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { type BankContext, type Dialect, DialectState } from "./dialect.ts";
import { dayOf, majorOf, secondOf, uuidOf, type World, type WorldMovement, type WorldStatus } from "./world.ts";

export interface FakeMercury extends Dialect {
  name: "mercury";
  /** The token that is taken. */
  apiKey: string;
}

const STATUS: Record<WorldStatus, string | null> = { pending: "pending", posted: "sent", void: "cancelled", vanished: null };
const KNOWN = ["accountId", "start", "end", "postedStart", "postedEnd", "status", "limit", "order", "start_after", "end_before"];

export function fakeMercury(world: World, { pageSize }: { pageSize: number }): { mercury: FakeMercury; app: Hono<{ Bindings: HttpBindings }> } {
  const state = new DialectState("mercury", world);
  const mercury: FakeMercury = {
    name: "mercury",
    world,
    apiKey: "secret-token:mercury_fake_key",
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
          external_id: uuidOf(movement.key),
          amount_minor: String(movement.amountMinor),
          posted_on: dayOf(movement.postedAtMs ?? movement.madeAtMs),
          is_pending: movement.status === "pending",
        })),
  };
  const app = new Hono<{ Bindings: HttpBindings }>();
  const guarded = (context: BankContext, operation: string, make: () => unknown) =>
    state.answer(context, operation, () =>
      context.req.header("authorization") === `Bearer ${mercury.apiKey}` ? make() : context.json({ errors: { code: "unauthorized" } }, 401),
    );
  app.get("/api/v1/accounts", (context) =>
    guarded(context, "accounts", () => {
      state.parameters(context, { known: ["limit", "order", "start_after", "end_before"] });
      return { accounts: world.accounts.map((account) => accountOf(world, account)), page: {} };
    }),
  );
  app.get("/api/v1/transactions", (context) => guarded(context, "transactions", () => listOf({ context, state, pageSize })));
  return { mercury, app };
}

function accountOf(world: World, account: World["accounts"][number]) {
  const { current, available } = world.balanceOf(account);
  return {
    id: account.id,
    accountNumber: account.number,
    routingNumber: "000000000",
    name: account.name,
    nickname: null,
    kind: "checking",
    status: "active",
    type: "mercury",
    // Figures, as it gives them: JSON numbers in dollars.
    currentBalance: Number(majorOf(current, "USD")),
    availableBalance: Number(majorOf(available, "USD")),
  };
}

function listOf({ context, state, pageSize }: { context: BankContext; state: DialectState; pageSize: number }): unknown {
  state.parameters(context, { known: KNOWN });
  const { accountId, start, start_after: after, order = "asc", limit = "1000" } = context.req.query();
  if (!/^\d+$/.test(limit) || Number(limit) < 1 || Number(limit) > 1_000) state.violate(`limit=${limit}`);
  if (order !== "asc" && order !== "desc") state.violate(`order=${order}`);
  if (start !== undefined && !/^\d{4}-\d{2}-\d{2}/.test(start)) state.violate(`start=${start}`);
  const all = state.world.movements
    .filter((movement) => accountId === undefined || movement.accountId === accountId)
    .filter((movement) => STATUS[movement.status] !== null)
    .toSorted((one, other) => (one.madeAtMs - other.madeAtMs || one.serial - other.serial) * (order === "asc" ? 1 : -1));
  const from = after === undefined ? 0 : all.findIndex(({ key }) => uuidOf(key) === after) + 1;
  if (after !== undefined && from === 0) return context.json({ errors: { code: "invalid_cursor" } }, 400);
  const rows = all.slice(from).filter((movement) => start === undefined || dayOf(movement.madeAtMs) >= start.slice(0, 10));
  return { transactions: rows.slice(0, Math.min(Number(limit), pageSize)).map(transactionOf), page: {} };
}

const transactionOf = (movement: WorldMovement) => ({
  id: uuidOf(movement.key),
  accountId: movement.accountId,
  amount: Number(majorOf(movement.amountMinor, "USD")),
  status: STATUS[movement.status],
  kind: "externalTransfer",
  counterpartyId: uuidOf(movement.key),
  counterpartyName: movement.counterparty,
  counterpartyNickname: null,
  bankDescription: movement.description,
  createdAt: secondOf(movement.madeAtMs),
  postedAt: movement.postedAtMs === null ? null : secondOf(movement.postedAtMs),
  estimatedDeliveryDate: secondOf(movement.madeAtMs),
  failedAt: null,
  dashboardLink: "https://mercury.example/transactions",
  note: null,
  externalMemo: null,
  attachments: [],
});
