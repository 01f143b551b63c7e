/** What a person can do at the stand-in with a browser: a page of buttons, and the same as `POST /_control/{act}`. Never part of Stripe's own API; tests call the world itself. */
import type { HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import * as z from "zod";
import type { StripeBooks } from "./books.ts";
import type { Fault, StripeWorld } from "./world.ts";

const DAY = 86_400;

/** Of JSON or of a form, whose figures are text. */
const askedSchema = z.object({
  account: z.string().optional(),
  livemode: z.boolean().optional(),
  id: z.string().optional(),
  amount: z.coerce.number().int().optional(),
  currency: z.string().optional(),
  description: z.string().optional(),
  seconds: z.coerce.number().int().nonnegative().default(DAY),
  kind: z.enum(["rate_limited", "server_error", "unavailable", "slow", "cut", "malformed", "reset"]).default("rate_limited"),
  times: z.coerce.number().int().min(1).default(1),
  url: z.url().optional(),
  secret: z.string().optional(),
});
type Asked = z.infer<typeof askedSchema>;

type Act = (world: StripeWorld, books: StripeBooks, asked: Asked) => unknown;

/** Without an id the last one is meant. */
const ACTS: ReadonlyMap<string, { label: string | null; perform: Act }> = new Map([
  ["charge", { label: "A new sale", perform: charge }],
  ["refund", { label: "Refund the last sale", perform: (_, books, asked) => books.refund(lastOf(books.charges, asked), asked.amount) }],
  ["dispute", { label: "The customer disputes it", perform: (_, books, asked) => books.dispute(lastOf(books.charges, asked)) }],
  ["win_dispute", { label: "The dispute is won", perform: (_, books, asked) => books.winDispute(lastOf(books.disputes, asked)) }],
  ["payout", { label: "Pay out what is available", perform: payOut }],
  ["fail_payout", { label: "The bank sends the payout back", perform: (_, books, asked) => books.failPayout(lastOf(books.payouts, asked)) }],
  ["top_up", { label: "Top up 100.00", perform: (_, books, { amount = 10_000 }) => books.topUp({ amount }) }],
  ["advance", { label: "A day passes", perform: (world, _, { seconds }) => world.advance(seconds) }],
  ["fault", { label: "The next answer is 429", perform: (world, _, { kind, times }) => world.fault({ kind, times } satisfies Fault) }],
  ["deauthorize", { label: "Take the permission back", perform: (world, books) => world.deauthorize(books) }],
  ["endpoint", { label: null, perform: listen }],
  ["ring", { label: "Send the webhooks once more", perform: (world) => world.ring({ again: true }) }],
]);

export function addControl(app: Hono<{ Bindings: HttpBindings }>, world: StripeWorld, first: StripeBooks): void {
  app.get("/", (c) => c.html(controlPage(world, first)));
  app.get("/_control", (c) =>
    c.json({ now: world.now(), violations: world.violations, calls: world.calls.slice(-50), endpoints: world.endpoints.map(({ url }) => url) }),
  );
  app.post("/_control/:act", async (c) => {
    world.catchUp();
    const act = ACTS.get(c.req.param("act"));
    const isForm = c.req.header("content-type")?.startsWith("application/x-www-form-urlencoded") === true;
    const asked = askedSchema.safeParse(isForm ? await c.req.parseBody() : await c.req.json().catch(() => ({})));
    if (act === undefined || !asked.success) return c.json({ error: "There is no such act, or its fields are wrong." }, 400);
    const { account, livemode = first.settings.livemode } = asked.data;
    const books = account === undefined ? first : world.booksOf({ id: account, livemode });
    if (books === null) return c.json({ error: "There is no such account." }, 404);
    try {
      const result = (await act.perform(world, books, asked.data)) ?? null;
      const rung = await world.ring();
      return isForm ? c.redirect("/", 303) : c.json({ ok: true, now: world.now(), result, rung });
    } catch (error) {
      return c.json({ error: error instanceof Error ? error.message : "It failed." }, 409);
    }
  });
}

function charge(_: StripeWorld, books: StripeBooks, { amount, currency, description }: Asked): unknown {
  const said = { ...(currency === undefined ? {} : { currency }), ...(description === undefined ? {} : { description }) };
  return books.charge({ amount: amount ?? 2_500 + 110 * books.charges.length, ...said });
}

function payOut(_: StripeWorld, books: StripeBooks, { amount, currency }: Asked): unknown {
  return books.payout({ ...(amount === undefined ? {} : { amount }), ...(currency === undefined ? {} : { currency }) });
}

/** Where this account's webhooks are to be sent, and with which secret they are signed. */
function listen(world: StripeWorld, { settings }: StripeBooks, { url, secret }: Asked): unknown {
  if (url === undefined || secret === undefined) throw new Error("An endpoint needs a url and a secret.");
  world.endpoint({ url, secret, account: settings.id, livemode: settings.livemode });
  return { url };
}

function lastOf(among: readonly { id: string }[], { id }: Asked): string {
  const chosen = id ?? among.at(-1)?.id;
  if (chosen === undefined) throw new Error("There is none yet.");
  return chosen;
}

function controlPage(world: StripeWorld, books: StripeBooks): string {
  const buttons = [...ACTS].flatMap(([act, { label }]) =>
    label === null ? [] : [`<form method="post" action="/_control/${act}" style="display:inline"><button>${escaped(label)}</button></form> `],
  );
  const rows = books.entries
    .slice(-15)
    .reverse()
    .map((entry) => {
      const cells = [
        new Date(entry.created * 1000).toISOString().slice(0, 16),
        entry.reporting_category,
        entry.description ?? "",
        entry.currency,
        entry.amount,
        entry.fee,
        entry.net,
        books.statusOf(entry),
      ];
      return `<tr>${cells.map((cell) => `<td>${escaped(String(cell))}</td>`).join("")}</tr>`;
    });
  const heads = ["Created", "Category", "Description", "Currency", "Amount", "Fee", "Net", "Status"].map((head) => `<th>${head}</th>`).join("");
  return `<!doctype html><meta charset="utf-8"><title>Stand-in for Stripe</title><h1>Stand-in for Stripe</h1>
<p>${escaped(books.settings.name)}, ${escaped(books.settings.id)}. Its clock says ${new Date(world.now() * 1000).toISOString()}. Amounts are in minor units.</p>
<p>${buttons.join("")}</p><table border="1" cellpadding="4"><tr>${heads}</tr>${rows.join("")}</table>`;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
