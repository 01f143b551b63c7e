/** Payments that are expected or settled: made, and tied to the transaction that settled them. */
import { and, eq, isNull, sql } from "drizzle-orm";
import { payments } from "./schema.ts";
import type { Tx } from "./tenant.ts";

export async function insertPayment(tx: Tx, payment: typeof payments.$inferInsert): Promise<string> {
  const [row] = await tx.insert(payments).values(payment).returning({ id: payments.id });
  if (!row) throw new Error("An insert gave no row back.");
  return row.id;
}

export interface PaymentTerms {
  account_id: string;
  direction: "in" | "out";
  amount_minor: bigint;
  currency: string;
  status: string;
}

export async function lockPayment(tx: Tx, id: string): Promise<PaymentTerms | null> {
  const [row] = await tx.select().from(payments).where(eq(payments.id, id)).for("update");
  if (!row) return null;
  const direction = row.direction === "in" ? "in" : "out";
  return { account_id: row.account_id, direction, amount_minor: row.amount_minor, currency: row.currency, status: row.status };
}

/** Ties the payment to its transaction. */
export async function settlePayment(tx: Tx, id: string, transactionId: string): Promise<void> {
  await tx
    .update(payments)
    .set({ transaction_id: transactionId, status: "settled", updated_at: sql`now()` })
    .where(and(eq(payments.id, id), isNull(payments.transaction_id)));
}

/** The payments that this transaction settled are expected again. */
export async function unsettlePayments(tx: Tx, transactionId: string): Promise<void> {
  await tx
    .update(payments)
    .set({ transaction_id: null, status: "expected", updated_at: sql`now()` })
    .where(eq(payments.transaction_id, transactionId));
}
