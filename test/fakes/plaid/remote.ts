/** The stand-in's world for tests that run in another process: each verb of it as POST /_test/{verb} with JSON. Never part of Plaid's own API. */
import { Hono } from "hono";
import * as z from "zod";
import type { FakeParts } from "./api.ts";
import { FAULTS, type Fault, LOGIN_REQUIRED } from "./faults.ts";
import { INSTITUTIONS, liveThroughMonth, somethingNew } from "./institutions.ts";
import type { FakeItem } from "./world.ts";

const movementSchema = z.strictObject({
  amountMinor: z.string().optional(),
  day: z.string().optional(),
  name: z.string().optional(),
  isPending: z.boolean().optional(),
  isMatched: z.boolean().optional(),
  accountId: z.string().optional(),
  currency: z.string().optional(),
});
export type RemoteMovement = z.infer<typeof movementSchema>;

export const REMOTE_FAULTS = [
  "internal",
  "rate_limited",
  "page_503",
  "cut_off",
  "malformed",
  "mutation",
  "invalid_cursor",
  "login_required",
  "moves_on",
  "none",
] as const;
export type RemoteFault = (typeof REMOTE_FAULTS)[number];

const givenSchema = z.strictObject({
  item_id: z.string().default(""),
  institution: z.int().min(0).default(0),
  webhook: z.string().nullable().default(null),
  page_size_max: z.int().min(1).nullable().default(null),
  days: z.int().min(0).max(730).default(0),
  is_ready: z.boolean().default(true),
  count: z.int().min(1).max(5_000).default(1),
  transaction_id: z.string().default(""),
  movement: movementSchema.default({}),
  path: z.string().default("/transactions/sync"),
  faults: z.array(z.enum(REMOTE_FAULTS)).default([]),
  code: z.string().default("SYNC_UPDATES_AVAILABLE"),
});
export type RemoteGiven = z.input<typeof givenSchema>;
type Given = z.infer<typeof givenSchema>;

type Verb = (parts: FakeParts, given: Given) => unknown;

const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ["connect", connect],
  ["ready", (parts, given) => void Object.assign(itemOf(parts, given), { isReady: given.is_ready })],
  ["add", (parts, given) => ids(parts.world.add(itemOf(parts, given), { amountMinor: "0", ...withoutUndefined(given.movement) }).id)],
  ["happen", happen],
  ["post", (parts, given) => ids(parts.world.post(itemOf(parts, given), given.transaction_id, withoutUndefined(given.movement)).id)],
  ["change", (parts, given) => ids(parts.world.change(itemOf(parts, given), given.transaction_id, withoutUndefined(given.movement)).id)],
  ["remove", (parts, given) => parts.world.remove(itemOf(parts, given), given.transaction_id)],
  [
    "faults",
    (parts, given) => parts.faults.orderFor(itemOf(parts, given).accessToken, given.path, ...given.faults.map((name) => faultOf(parts, given, name))),
  ],
  ["error", (parts, given) => void Object.assign(itemOf(parts, given), { error: LOGIN_REQUIRED })],
  ["repair", (parts, given) => void Object.assign(itemOf(parts, given), { error: null })],
  ["sign", (parts, given) => parts.webhooks.sign(parts.webhooks.body(itemOf(parts, given), given.code))],
  ["truth", (parts, given) => ({ rows: parts.world.truth().filter((row) => row.item_id === given.item_id) })],
  ["report", (parts) => ({ violations: parts.check.violations, calls: parts.calls })],
]);

export function remoteHands(parts: FakeParts): Hono {
  const app = new Hono();
  app.post("/_test/:verb", async (context) => {
    const verb = VERBS.get(context.req.param("verb"));
    const given = givenSchema.safeParse(await context.req.json().catch(() => ({})));
    if (verb === undefined || !given.success) return context.json({ error: given.error?.message ?? "There is no such verb." }, 400);
    const answer = await verb(parts, given.data);
    return context.json(answer ?? {});
  });
  return app;
}

const itemOf = ({ world }: FakeParts, { item_id }: Given): FakeItem => world.item(item_id);

const ids = (id: string) => ({ ids: [id] });

function connect({ world }: FakeParts, { institution, webhook, page_size_max, days, is_ready }: Given) {
  const bank = INSTITUTIONS[institution];
  if (bank === undefined) throw new Error("There is no such bank.");
  const item = world.connect(bank, { webhook, pageSizeMax: page_size_max, isReady: is_ready });
  if (days > 0) liveThroughMonth(world, item, days);
  const accounts = item.accounts.map(({ id, name, mask, type, currency }) => ({ id, name, mask, type, currency }));
  return { item_id: item.id, access_token: item.accessToken, accounts };
}

function happen(parts: FakeParts, given: Given) {
  const item = itemOf(parts, given);
  const made = Array.from({ length: given.count }, () => somethingNew(parts.world, item, given.movement.isPending ?? false));
  return { ids: made.filter((id) => id !== null) };
}

function faultOf(parts: FakeParts, given: Given, name: RemoteFault): Fault {
  const made: Record<RemoteFault, Fault> = {
    internal: FAULTS.internal(),
    rate_limited: FAULTS.rateLimited(),
    page_503: { kind: "page", status: 503 },
    cut_off: { kind: "cut_off" },
    malformed: { kind: "malformed" },
    mutation: FAULTS.mutation(),
    invalid_cursor: FAULTS.invalidCursor(),
    login_required: { kind: "error", status: 400, error: LOGIN_REQUIRED },
    moves_on: { kind: "before", happens: () => void somethingNew(parts.world, itemOf(parts, given), false) },
    none: { kind: "slow", ms: 0 },
  };
  return made[name];
}

/** What was said, under exactOptionalPropertyTypes. */
function withoutUndefined<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // Entries with undefined are left out, so that each that is there has its own type.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
