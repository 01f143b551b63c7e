/** Transactions: searched, read with their lineage, annotated, reconciled, deleted and restored. What the bank said is nobody's to change here. */
import { createRoute, z } from "@hono/zod-openapi";
import { Refusal } from "../domain/refusal.ts";
import { csvLine } from "../lib/csv.ts";
import { deletePerson, editPeople, reconcilePerson, restorePerson } from "../pipeline/annotate.ts";
import { describeTypeCode } from "../pipeline/describe.ts";
import { listTransactions, readTransaction } from "../store/read/books.ts";
import { type Tx, withTenant } from "../store/tenant.ts";
import { asWire, body, foundAsWire, idParam, json, jsonOrNothing, page, pageQuery } from "./answer.ts";
import { transactionDetailWire, transactionWire } from "./book-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tags = ["Transactions"];
const params = idParam(z.uuid());
const day = z.iso.date();
const filters = z.object({
  account_id: z.uuid().optional(),
  from: day.optional(),
  to: day.optional(),
  q: z.string().trim().min(1).max(200).optional(),
  job_id: z.uuid().optional(),
  deleted: z.enum(["true", "false"]).default("false").openapi({ description: "true: deleted ones too." }),
});

const list = createRoute({
  method: "get",
  path: "/api/transactions",
  tags,
  summary: "Transactions, latest day first",
  middleware: [permit("transactions:read")] as const,
  request: { query: pageQuery.extend(filters.shape) },
  responses: { 200: json(listOf(transactionWire), "A page of transactions."), ...problems(400, 401, 403) },
});
const csv = createRoute({
  method: "get",
  path: "/api/transactions.csv",
  tags,
  summary: "What is filtered, as CSV",
  middleware: [permit("transactions:read")] as const,
  request: { query: filters },
  responses: { 200: { description: "CSV.", content: { "text/csv": { schema: z.string() } } }, ...problems(400, 401, 403, 413) },
});
const read = createRoute({
  method: "get",
  path: "/api/transactions/{id}",
  tags,
  summary: "One transaction with its lineage, sightings and revisions",
  middleware: [permit("transactions:read")] as const,
  request: { params },
  responses: { 200: json(transactionDetailWire, "The transaction."), ...problems(400, 401, 403, 404) },
});
const nullableText = z.string().trim().max(2_000).nullable().optional();
const edit = createRoute({
  method: "patch",
  path: "/api/transactions/{id}",
  tags,
  summary: "Set people's own columns",
  middleware: [permit("transactions:write")] as const,
  request: { params, body: body(z.strictObject({ category: nullableText, note: nullableText, entity_id: z.uuid().nullable().optional() })) },
  responses: { 200: json(transactionDetailWire, "Changed."), ...problems(400, 401, 403, 404, 409) },
});
const remove = createRoute({
  method: "delete",
  path: "/api/transactions/{id}",
  tags,
  summary: "Delete: it is shown no more, and the next file does not bring it back",
  middleware: [permit("transactions:write")] as const,
  request: { params },
  responses: { 200: json(transactionDetailWire, "Deleted."), ...problems(400, 401, 403, 404, 409) },
});
const restore = createRoute({
  method: "post",
  path: "/api/transactions/{id}/restore",
  tags,
  summary: "Bring a deleted transaction back",
  middleware: [permit("transactions:write")] as const,
  request: { params },
  responses: { 200: json(transactionDetailWire, "Restored."), ...problems(400, 401, 403, 404, 409) },
});
const reconcile = createRoute({
  method: "post",
  path: "/api/transactions/{id}/reconcile",
  tags,
  summary: "Mark as reconciled, with the payment it settles where there is one; reconciled: false takes it back",
  middleware: [permit("transactions:write"), jsonOrNothing] as const,
  request: {
    params,
    body: {
      required: false,
      content: { "application/json": { schema: z.strictObject({ reconciled: z.boolean().default(true), payment_id: z.uuid().optional() }) } },
    },
  },
  responses: { 200: json(transactionDetailWire, "As it stands now."), ...problems(400, 401, 403, 404, 409, 422) },
});

type Listed = z.infer<typeof transactionWire>;
const listed = z.array(transactionWire.omit({ type_description: true }));
const described = (found: unknown): Listed[] => asWire(listed, found).map((row) => ({ ...row, type_description: describeTypeCode(row.type_code) }));

/** 50,000 rows × ~250 bytes = 12 MB: what a spreadsheet opens and an isolate holds. */
const CSV_ROWS_MAX = 50_000;

export const transactionRoutes = newRoutes()
  .openapi(list, async (c) => {
    const { cursor, limit, ...given } = c.req.valid("query");
    const after = cursor === undefined ? null : parseCursor(cursor);
    const found = await withTenant(c.env, c.var.tenantId, (tx) => listTransactions(tx, { ...filterOf(given), after, limit: limit + 1 }));
    return c.json(
      page(described(found), limit, (row) => `${row.posted_on}_${row.id}`),
      200,
    );
  })
  .openapi(csv, async (c) => {
    const found = await withTenant(c.env, c.var.tenantId, (tx) =>
      listTransactions(tx, { ...filterOf(c.req.valid("query")), after: null, limit: CSV_ROWS_MAX + 1 }),
    );
    const rows = described(found);
    if (rows.length > CSV_ROWS_MAX) throw tooMany();
    const text = csvLine(CSV_COLUMNS) + rows.map((row) => csvLine(CSV_COLUMNS.map((column) => csvField(row[column])))).join("");
    return c.body(text, 200, { "content-type": "text/csv; charset=utf-8", "content-disposition": 'attachment; filename="transactions.csv"' });
  })
  .openapi(read, async (c) => {
    const detail = await withTenant(c.env, c.var.tenantId, (tx) => detailOf(tx, c.req.valid("param").id));
    return c.json(detail, 200);
  })
  .openapi(edit, async (c) => {
    const { id } = c.req.valid("param");
    const detail = await withTenant(c.env, c.var.tenantId, (tx) =>
      editPeople(tx, c.var.actor, id, c.req.valid("json")).then((): Promise<Detail> => detailOf(tx, id)),
    );
    return c.json(detail, 200);
  })
  .openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    const detail = await withTenant(c.env, c.var.tenantId, (tx) => deletePerson(tx, c.var.actor, id).then((): Promise<Detail> => detailOf(tx, id)));
    return c.json(detail, 200);
  })
  .openapi(restore, async (c) => {
    const { id } = c.req.valid("param");
    const detail = await withTenant(c.env, c.var.tenantId, (tx) => restorePerson(tx, c.var.actor, id).then((): Promise<Detail> => detailOf(tx, id)));
    return c.json(detail, 200);
  })
  .openapi(reconcile, async (c) => {
    const { id } = c.req.valid("param");
    // Without a body nothing was validated, so that no default was filled in.
    const { reconciled = true, payment_id } = c.req.valid("json");
    const detail = await withTenant(c.env, c.var.tenantId, (tx) =>
      reconcilePerson(tx, c.var.actor, id, { reconciled, payment_id }).then((): Promise<Detail> => detailOf(tx, id)),
    );
    return c.json(detail, 200);
  });

type Detail = z.infer<typeof transactionDetailWire>;

async function detailOf(tx: Tx, id: string): Promise<Detail> {
  const found = foundAsWire(transactionDetailWire.omit({ type_description: true }), await readTransaction(tx, id), "transaction");
  return { ...found, type_description: describeTypeCode(found.type_code) };
}

function filterOf(given: z.infer<typeof filters>) {
  return { accountId: given.account_id, from: given.from, to: given.to, q: given.q, jobId: given.job_id, includeDeleted: given.deleted === "true" };
}

function parseCursor(cursor: string): { postedOn: string; id: string } {
  const parsed = z.tuple([day, z.uuid()]).safeParse(cursor.split("_"));
  if (!parsed.success)
    throw new Refusal({
      status: 400,
      code: "invalid_request",
      message: "The cursor is not one that a list gave. Begin again without it.",
      seen: cursor,
    });
  return { postedOn: parsed.data[0], id: parsed.data[1] };
}

const CSV_COLUMNS = [
  "posted_on",
  "value_on",
  "account_name",
  "amount_minor",
  "currency",
  "type_code",
  "type_description",
  "description",
  "bank_reference",
  "customer_reference",
  "is_pending",
  "reconciled",
  "category",
  "note",
  "id",
] as const satisfies readonly (keyof Listed)[];

const csvField = (value: string | number | boolean | null) => (typeof value === "boolean" ? String(value) : value);

function tooMany(): Refusal {
  return new Refusal({
    status: 413,
    code: "too_many_rows",
    message: `More than ${CSV_ROWS_MAX} transactions match. Narrow the days or the account.`,
    expected: `<= ${CSV_ROWS_MAX}`,
  });
}
