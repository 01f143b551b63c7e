/** Payments that the company expects; a transaction settles them (POST /api/transactions/{id}/reconcile). */
import { createRoute, z } from "@hono/zod-openapi";
import { Refusal } from "../domain/refusal.ts";
import { recordAudit } from "../store/audit.ts";
import { insertPayment } from "../store/payments.ts";
import { listPayments, readPayment } from "../store/read/books.ts";
import { sqlState, withTenant } from "../store/tenant.ts";
import { asWire, body, foundAsWire, idPageQuery, json, page } from "./answer.ts";
import { paymentWire } from "./book-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tags = ["Payments"];
const text = z.string().trim().min(1).max(500).nullable().optional();
const draft = z
  .strictObject({
    account_id: z.uuid(),
    direction: z.enum(["in", "out"]),
    amount_minor: z.string().regex(/^\d{1,18}$/, "expected unsigned minor units, up to 18 digits"),
    currency: z.string().regex(/^[A-Z]{3}$/),
    expected_on: z.iso.date().nullable().optional(),
    counterparty: text,
    reference: text,
  })
  .openapi("PaymentDraft");

const list = createRoute({
  method: "get",
  path: "/api/payments",
  tags,
  summary: "Payments, newest first",
  middleware: [permit("payments:read")] as const,
  request: { query: idPageQuery },
  responses: { 200: json(listOf(paymentWire), "A page of payments."), ...problems(400, 401, 403) },
});
const create = createRoute({
  method: "post",
  path: "/api/payments",
  tags,
  summary: "Expect a payment",
  middleware: [permit("payments:write")] as const,
  request: { body: body(draft) },
  responses: { 201: json(paymentWire, "Expected."), ...problems(400, 401, 403, 422) },
});

export const paymentRoutes = newRoutes()
  .openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const found = await withTenant(c.env, c.var.tenantId, (tx) => listPayments(tx, { cursor: cursor ?? null, limit: limit + 1 }));
    return c.json(
      page(asWire(z.array(paymentWire), found), limit, (payment) => payment.id),
      200,
    );
  })
  .openapi(create, async (c) => {
    const given = c.req.valid("json");
    const { tenantId, actor } = c.var;
    try {
      const found = await withTenant(c.env, tenantId, async (tx) => {
        const id = await insertPayment(tx, { ...given, tenant_id: tenantId, amount_minor: BigInt(given.amount_minor), created_by: actor.userId });
        await recordAudit(tx, actor, { action: "payment.created", subjectType: "payment", subjectId: id });
        return readPayment(tx, id);
      });
      return c.json(foundAsWire(paymentWire, found, "payment"), 201);
    } catch (error) {
      // The only key that a payment's draft names is its account.
      if (sqlState(error) === "23503")
        throw new Refusal(
          {
            status: 422,
            code: "unknown_account",
            message: "There is no such account here. Choose one of yours.",
            seen: given.account_id,
          },
          { cause: error },
        );
      throw error;
    }
  });
