/** What people press in local runs: `POST /_control/{act}` with JSON makes the world move. Tests call the world itself. */
import type { HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import * as z from "zod";
import type { StripeBooks } from "./books.ts";
import type { StripeWorld } from "./world.ts";

const act = z.object({
  account: z.string().optional(),
  livemode: z.boolean().default(false),
  id: z.string().default(""),
  amount: z.int().optional(),
  currency: z.string().optional(),
  description: z.string().optional(),
  seconds: z.int().nonnegative().default(86_400),
  fault: z
    .object({
      kind: z.enum(["rate_limited", "server_error", "unavailable", "slow", "cut", "malformed", "reset"]),
      path: z.string().optional(),
      times: z.int().optional(),
      retryAfterSeconds: z.int().optional(),
      ms: z.int().optional(),
    })
    .optional(),
});
type Act = z.infer<typeof act>;

const ACTS: Record<string, (world: StripeWorld, books: StripeBooks, asked: Act) => unknown> = {
  charge: (_, books, { amount = 2500, currency, description }) =>
    books.charge({ amount, ...(currency === undefined ? {} : { currency }), ...(description === undefined ? {} : { description }) }),
  refund: (_, books, { id, amount }) => books.refund(id, amount),
  dispute: (_, books, { id }) => books.dispute(id),
  win_dispute: (_, books, { id }) => books.winDispute(id),
  payout: (_, books, { amount, currency }) =>
    books.payout({ ...(amount === undefined ? {} : { amount }), ...(currency === undefined ? {} : { currency }) }),
  fail_payout: (_, books, { id }) => books.failPayout(id),
  top_up: (_, books, { amount = 10_000 }) => books.topUp({ amount }),
  advance: (world, _, { seconds }) => world.advance(seconds),
  deauthorize: (world, books) => world.deauthorize(books),
  fault: (world, _, { fault }) => (fault === undefined ? null : world.fault(withoutUndefined(fault))),
  /** Sends the webhooks that have not been sent yet. */
  ring: (world) => world.ring(),
};

export function addControl(app: Hono<{ Bindings: HttpBindings }>, world: StripeWorld, first: StripeBooks): void {
  app.post("/_control/:act", async (c) => {
    world.catchUp();
    const perform = ACTS[c.req.param("act")];
    const asked = act.safeParse(await c.req.json().catch(() => ({})));
    if (perform === undefined || !asked.success) return c.json({ error: "unknown act, or wrong fields" }, 400);
    const { account, livemode } = asked.data;
    const books = account === undefined ? first : world.booksOf({ id: account, livemode });
    if (books === null) return c.json({ error: "no such account" }, 404);
    try {
      const done = await perform(world, books, asked.data);
      return c.json({ ok: true, now: world.now(), result: done ?? null });
    } catch (error) {
      return c.json({ error: error instanceof Error ? error.message : "failed" }, 409);
    }
  });
  app.get("/_control/state", (c) => c.json({ now: world.now(), violations: world.violations, calls: world.calls.slice(-50) }));
}

/** What was not said is left out, as the world's own types have it: after the filter no member is undefined. */
function withoutUndefined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
