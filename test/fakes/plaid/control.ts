/** What a person can do at the stand-in's banks with a browser: a page of buttons, and the same as POST /_control/*. Never part of Plaid's own API. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import { formatMinor } from "../../../src/domain/money.ts";
import type { FakeParts } from "./api.ts";
import { LOGIN_REQUIRED } from "./faults.ts";
import { INSTITUTIONS, somethingNew } from "./institutions.ts";
import { ownAddress } from "./link.ts";
import { escaped, linkPage, page, resultPage, returnAddress } from "./link-page.ts";
import type { FakeItem } from "./world.ts";

const givenSchema = z.looseObject({
  item_id: z.string().optional(),
  transaction_id: z.string().optional(),
  count: z.coerce.number().int().min(1).max(5_000).default(1),
  code: z.string().default("SYNC_UPDATES_AVAILABLE"),
});
type Given = z.infer<typeof givenSchema>;

/** Answers the ids that it touched; then the bell rings, as Plaid's does. */
type Verb = (parts: FakeParts, item: FakeItem, given: Given) => Promise<string[]>;

const VERBS: ReadonlyMap<string, { label: string; run: Verb }> = new Map([
  ["new", { label: "New transactions at the bank", run: addSome(false) }],
  ["pending", { label: "New pending transactions", run: addSome(true) }],
  ["post", { label: "Post a pending one", run: postOne }],
  ["remove", { label: "Remove one", run: removeOne }],
  ["change", { label: "Change one", run: changeOne }],
  ["require-sign-in", { label: "Require a sign-in", run: requireSignIn }],
  ["repair", { label: "The sign-in works again", run: repair }],
  ["expire", { label: "Consent ends in a week", run: expireConsent }],
  ["fire-webhook", { label: "Fire the webhook", run: (parts, item, { code }) => ring(parts, item, code) }],
]);

export function controls(parts: FakeParts): Hono {
  const app = new Hono();
  app.get("/", (context) => context.html(controlPage(parts)));
  app.get("/_control", (context) =>
    context.json({ items: parts.world.items.map(stateOf), rings: parts.webhooks.rings, violations: parts.check.violations }),
  );
  app.post("/_control/:verb", async (context) => {
    const verb = VERBS.get(context.req.param("verb"));
    const isForm = context.req.header("content-type")?.startsWith("application/x-www-form-urlencoded") === true;
    const given = givenSchema.parse(isForm ? await context.req.parseBody() : await context.req.json().catch(() => ({})));
    const item = given.item_id === undefined ? parts.world.items.at(-1) : parts.world.items.find(({ id }) => id === given.item_id);
    if (verb === undefined || item === undefined) return context.json({ error: "There is no such verb or login." }, 404);
    const ids = await verb.run(parts, item, given);
    return isForm ? context.redirect("/", 303) : context.json({ item_id: item.id, ids });
  });
  linkRoutes(app, parts);
  return app;
}

function linkRoutes(app: Hono, parts: FakeParts): void {
  app.get("/link.html", (context) => {
    const session = parts.link.session(context.req.query("token") ?? "");
    if (session === null) return context.html(page("<h1>This link has expired</h1>"), 400);
    const returnTo = ownAddress(context.req.query("return_to")) ?? session.returnTo;
    return context.html(linkPage(session, { returnTo, origin: originOf(context.req.query("origin")) }));
  });
  app.post("/link/finish", async (context) => finishLink(context, parts));
}

const finishSchema = z.looseObject({
  token: z.string(),
  outcome: z.enum(["success", "exit", "password_changed"]),
  institution_id: z.string().optional(),
  mask: z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]),
  return_to: z.string().default(""),
  origin: z.string().default(""),
});

async function finishLink(context: Context, parts: FakeParts): Promise<Response> {
  const given = finishSchema.parse(await context.req.parseBody({ all: true }));
  const session = parts.link.session(given.token);
  if (session === null) return context.html(page("<h1>This link has expired</h1>"), 400);
  const wasBroken = session.item?.error !== null && session.item !== null;
  if (given.outcome === "password_changed" && session.item !== null) await requireSignIn(parts, session.item);
  // Link lets nobody go on without an account: nothing ticked is all of them.
  const choice = {
    ...(given.mask.length === 0 ? {} : { masks: given.mask }),
    ...(given.institution_id === undefined ? {} : { institutionId: given.institution_id }),
  };
  const result = given.outcome === "success" ? parts.link.succeed(session, choice) : parts.link.leave(session);
  if (wasBroken && result.publicToken !== null && result.item !== null) await parts.webhooks.fire(result.item, "LOGIN_REPAIRED");
  const returnTo = ownAddress(given.return_to);
  return returnTo === null ? context.html(resultPage(result, originOf(given.origin))) : context.redirect(returnAddress(returnTo, result), 303);
}

const originOf = (text: string | undefined): string | null => {
  const own = ownAddress(text);
  return own === null ? null : new URL(own).origin;
};

function addSome(isPending: boolean): Verb {
  return async (parts, item, { count }) => {
    const ids = Array.from({ length: count }, () => somethingNew(parts.world, item, isPending)).filter((id) => id !== null);
    return rung(parts, item, ids);
  };
}

async function postOne(parts: FakeParts, item: FakeItem, { transaction_id }: Given): Promise<string[]> {
  const pending = parts.world.live(item).filter(({ isPending }) => isPending);
  const chosen = pending.find(({ id }) => id === transaction_id) ?? pending[0];
  return chosen === undefined ? [] : rung(parts, item, [parts.world.post(item, chosen.id).id]);
}

async function removeOne(parts: FakeParts, item: FakeItem, { transaction_id }: Given): Promise<string[]> {
  const chosen = oneOf(parts, item, transaction_id);
  if (chosen === undefined) return [];
  parts.world.remove(item, chosen.id);
  return rung(parts, item, [chosen.id]);
}

/** The bank corrects an amount by one cent or yen into the account. */
async function changeOne(parts: FakeParts, item: FakeItem, { transaction_id }: Given): Promise<string[]> {
  const chosen = oneOf(parts, item, transaction_id);
  if (chosen === undefined) return [];
  parts.world.change(item, chosen.id, { amountMinor: String(BigInt(chosen.amountMinor) + 1n), name: `${chosen.name} (corrected)` });
  return rung(parts, item, [chosen.id]);
}

const oneOf = ({ world }: FakeParts, item: FakeItem, id: string | undefined) => {
  const live = world.live(item);
  return live.find((one) => one.id === id) ?? live.at(-1);
};

async function requireSignIn(parts: FakeParts, item: FakeItem): Promise<string[]> {
  item.error = LOGIN_REQUIRED;
  return ring(parts, item, "ERROR");
}

async function repair(parts: FakeParts, item: FakeItem): Promise<string[]> {
  item.error = null;
  return ring(parts, item, "LOGIN_REPAIRED");
}

async function expireConsent(parts: FakeParts, item: FakeItem): Promise<string[]> {
  item.consentExpiresAt = new Date(parts.world.now().getTime() + 7 * 86_400_000).toISOString();
  return ring(parts, item, "PENDING_EXPIRATION");
}

/** Plaid rings for new movements only once they were asked for. */
async function rung(parts: FakeParts, item: FakeItem, ids: string[]): Promise<string[]> {
  if (item.hasBeenSynced) await ring(parts, item, "SYNC_UPDATES_AVAILABLE");
  return ids;
}

async function ring({ webhooks }: FakeParts, item: FakeItem, code: string): Promise<string[]> {
  await webhooks.fire(item, code);
  return [];
}

const stateOf = (item: FakeItem) => ({
  item_id: item.id,
  institution: item.institution.name,
  error: item.error?.error_code ?? null,
  is_removed: item.isRemoved,
  webhook: item.webhook,
  accounts: item.accounts.map(({ id, name, mask, isShared }) => ({ account_id: id, name, mask, is_shared: isShared })),
});

function controlPage(parts: FakeParts): string {
  const items = parts.world.items.filter(({ isRemoved }) => !isRemoved).map((item) => itemSection(parts, item));
  const banks = INSTITUTIONS.map(({ name }) => escaped(name)).join(", ");
  return page(`<h1>Stand-in for Plaid</h1><p>Banks: ${banks}. Connect one from the dashboard; then make things happen at it.</p>${items.join("")}`);
}

function itemSection(parts: FakeParts, item: FakeItem): string {
  const buttons = [...VERBS].map(
    ([verb, { label }]) =>
      `<form method="post" action="/_control/${verb}" style="display:inline"><input type="hidden" name="item_id" value="${item.id}"><button>${escaped(label)}</button></form> `,
  );
  const rows = parts.world
    .live(item)
    .slice(-8)
    .map(
      (row) =>
        `<li>${row.day} ${escaped(row.name)} ${formatMinor(row.amountMinor, row.currency)} ${row.currency ?? ""}${row.isPending ? " (pending)" : ""}</li>`,
    );
  return `<h2>${escaped(item.institution.name)}</h2><p>${item.error?.error_code ?? "Signed in"}</p>${buttons.join("")}<ul>${rows.join("")}</ul>`;
}
