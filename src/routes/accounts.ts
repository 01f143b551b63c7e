/** The company's accounts and entities, and the balances that its banks stated. */
import { createRoute, z } from "@hono/zod-openapi";
import { addDays } from "../domain/date.ts";
import { type AccountId, idSchema } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import { describeTypeCode } from "../pipeline/describe.ts";
import { insertAccount, insertEntity, listEntities, updateAccount } from "../store/accounts.ts";
import { recordAudit } from "../store/audit.ts";
import { COMPLETENESS_DAYS_MAX, listAccounts, listBalances, listCompleteness, readAccount } from "../store/read/books.ts";
import { isUniqueViolation, withTenant } from "../store/tenant.ts";
import { lastFour, lookupHash, seal } from "../store/vault.ts";
import { asWire, body, foundAsWire, idPageQuery, idParam, json, page } from "./answer.ts";
import { accountWire, balanceWire, completenessWire, entityWire } from "./book-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tags = ["Accounts"];
const params = idParam(idSchema<AccountId>());
const currency = z.string().regex(/^[A-Z]{3}$/, "expected three capital letters, such as USD");
const timeZone = z.string().refine(isTimeZone, "expected a time zone such as Europe/Berlin");
const name = z.string().trim().min(1).max(200);

const draft = z
  .strictObject({
    name,
    currency,
    account_number: z.string().trim().min(1).max(64).optional(),
    account_type: z.enum(["checking", "savings", "credit", "loan", "other"]).default("checking"),
    time_zone: timeZone.default("UTC"),
    entity_id: z.uuid().nullable().optional(),
  })
  .openapi("AccountDraft");

const list = createRoute({
  method: "get",
  path: "/api/accounts",
  tags,
  summary: "Every account with its current and available balance",
  middleware: [permit("accounts:read")] as const,
  responses: { 200: json(listOf(accountWire), "By name."), ...problems(401, 403) },
});
const create = createRoute({
  method: "post",
  path: "/api/accounts",
  tags,
  summary: "Make an account",
  middleware: [permit("accounts:write")] as const,
  request: { body: body(draft) },
  responses: { 201: json(accountWire, "Made."), ...problems(400, 401, 403, 409) },
});
const read = createRoute({
  method: "get",
  path: "/api/accounts/{id}",
  tags,
  summary: "One account",
  middleware: [permit("accounts:read")] as const,
  request: { params },
  responses: { 200: json(accountWire, "The account."), ...problems(400, 401, 403, 404) },
});
const update = createRoute({
  method: "patch",
  path: "/api/accounts/{id}",
  tags,
  summary: "Change an account's name, time zone or entity",
  middleware: [permit("accounts:write")] as const,
  request: {
    params,
    body: body(z.strictObject({ name: name.optional(), time_zone: timeZone.optional(), entity_id: z.uuid().nullable().optional() })),
  },
  responses: { 200: json(accountWire, "Changed."), ...problems(400, 401, 403, 404) },
});
const balances = createRoute({
  method: "get",
  path: "/api/accounts/{id}/balances",
  tags,
  summary: "Balances as the banks stated them, latest first",
  middleware: [permit("accounts:read")] as const,
  request: { params, query: idPageQuery.extend({ history: z.enum(["true", "false"]).default("false") }) },
  responses: { 200: json(listOf(balanceWire), "A page of balances; with history=true also what was superseded."), ...problems(400, 401, 403, 404) },
});
const completeness = createRoute({
  method: "get",
  path: "/api/accounts/{id}/completeness",
  tags,
  summary: "Which days are covered by statements, and whether they are proven; by default the last 31",
  middleware: [permit("accounts:read")] as const,
  request: { params, query: z.object({ from: z.iso.date().optional(), to: z.iso.date().optional() }) },
  responses: { 200: json(listOf(completenessWire), "Day by day."), ...problems(400, 401, 403, 404) },
});
const entities = createRoute({
  method: "get",
  path: "/api/entities",
  tags,
  summary: "The company's legal entities",
  middleware: [permit("accounts:read")] as const,
  responses: { 200: json(listOf(entityWire), "By name."), ...problems(401, 403) },
});
const createEntity = createRoute({
  method: "post",
  path: "/api/entities",
  tags,
  summary: "Make an entity",
  middleware: [permit("accounts:write")] as const,
  request: { body: body(z.strictObject({ name })) },
  responses: { 201: json(entityWire, "Made."), ...problems(400, 401, 403, 409) },
});

export const accountRoutes = newRoutes()
  .openapi(list, async (c) => {
    const found = await withTenant(c.env, c.var.tenantId, listAccounts);
    return c.json({ data: asWire(z.array(accountWire), found), next_cursor: null }, 200);
  })
  .openapi(create, async (c) => {
    const given = c.req.valid("json");
    const { tenantId, actor } = c.var;
    const number = given.account_number;
    const hash = number === undefined ? null : await lookupHash(c.env, tenantId, number);
    const sealed =
      number === undefined || hash === null
        ? null
        : { hash, lastFour: lastFour(number), sealed: await seal(c.env, { tenantId, record: `account:${hash}` }, number) };
    try {
      const found = await withTenant(c.env, tenantId, async (tx) => {
        const id = await insertAccount(tx, {
          tenantId,
          name: given.name,
          currency: given.currency,
          accountType: given.account_type,
          timeZone: given.time_zone,
          entityId: given.entity_id ?? null,
          number: sealed,
          createdBy: actor.userId,
        });
        await recordAudit(tx, actor, { action: "account.created", subjectType: "account", subjectId: id, details: { currency: given.currency } });
        return readAccount(tx, id);
      });
      return c.json(foundAsWire(accountWire, found, "account"), 201);
    } catch (error) {
      if (isUniqueViolation(error, "accounts_number")) throw taken("account", "number and currency");
      throw error;
    }
  })
  .openapi(read, async (c) => {
    const found = await withTenant(c.env, c.var.tenantId, (tx) => readAccount(tx, c.req.valid("param").id));
    return c.json(foundAsWire(accountWire, found, "account"), 200);
  })
  .openapi(update, async (c) => {
    const { id } = c.req.valid("param");
    const given = c.req.valid("json");
    const found = await withTenant(c.env, c.var.tenantId, async (tx) => {
      const changed = await updateAccount(tx, id, {
        ...(given.name === undefined ? {} : { name: given.name }),
        ...(given.time_zone === undefined ? {} : { time_zone: given.time_zone }),
        ...(given.entity_id === undefined ? {} : { entity_id: given.entity_id }),
      });
      if (!changed) throw notFound("account");
      await recordAudit(tx, c.var.actor, {
        action: "account.changed",
        subjectType: "account",
        subjectId: id,
        details: { fields: Object.keys(given) },
      });
      return readAccount(tx, id);
    });
    return c.json(foundAsWire(accountWire, found, "account"), 200);
  })
  .openapi(balances, async (c) => {
    const { id } = c.req.valid("param");
    const { cursor, limit, history } = c.req.valid("query");
    const found = await withTenant(c.env, c.var.tenantId, async (tx) => {
      if ((await readAccount(tx, id)) === null) throw notFound("account");
      return listBalances(tx, id, { history: history === "true", cursor: cursor ?? null, limit: limit + 1 });
    });
    const wire = asWire(z.array(balanceWire.omit({ type_description: true })), found).map((row) => ({
      ...row,
      type_description: describeTypeCode(row.type_code),
    }));
    return c.json(
      page(wire, limit, (row) => row.id),
      200,
    );
  })
  .openapi(completeness, async (c) => {
    const { id } = c.req.valid("param");
    const span = spanOf(c.req.valid("query"), new Date());
    const found = await withTenant(c.env, c.var.tenantId, async (tx) => {
      if ((await readAccount(tx, id)) === null) throw notFound("account");
      return listCompleteness(tx, id, span);
    });
    return c.json({ data: asWire(z.array(completenessWire), found), next_cursor: null }, 200);
  })
  .openapi(entities, async (c) => {
    const found = await withTenant(c.env, c.var.tenantId, listEntities);
    return c.json({ data: asWire(z.array(entityWire), found), next_cursor: null }, 200);
  })
  .openapi(createEntity, async (c) => {
    const { tenantId, actor } = c.var;
    try {
      const found = await withTenant(c.env, tenantId, (tx) =>
        insertEntity(tx, { tenantId, name: c.req.valid("json").name, createdBy: actor.userId }),
      );
      return c.json(asWire(entityWire, found), 201);
    } catch (error) {
      if (isUniqueViolation(error, "entities_tenant_id_name_key")) throw taken("entity", "name");
      throw error;
    }
  });

/** The days asked for; without a last day today's in UTC, without a first one the 31 days up to the last. */
function spanOf(asked: { from?: string | undefined; to?: string | undefined }, now: Date): { from: string; to: string } {
  const to = asked.to ?? now.toISOString().slice(0, 10);
  const from = asked.from ?? addDays(to, -30);
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
  if (days >= 1 && days <= COMPLETENESS_DAYS_MAX) return { from, to };
  throw new Refusal({
    status: 400,
    code: "invalid_request",
    message: `Ask for 1 to ${COMPLETENESS_DAYS_MAX} days, the first not after the last.`,
    expected: `1 to ${COMPLETENESS_DAYS_MAX} days`,
    seen: days,
  });
}

function taken(noun: string, what: string): Refusal {
  return new Refusal({ status: 409, code: `${noun}_exists`, message: `There is an ${noun} with this ${what} already. Use it, or choose another.` });
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
