/** What people do to a booked row: their own columns, reconciling, deleting, restoring. Each waits for no import: while one runs on the account it is refused. */
import type { Actor } from "../domain/actor.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import { recordAudit } from "../store/audit.ts";
import { isLeased } from "../store/books/account-lease.ts";
import {
  type CurrentRow,
  deleteTransaction,
  editTransaction,
  lockTransaction,
  type PeopleColumns,
  restoreTransaction,
  setReconciled,
} from "../store/books/people.ts";
import { lockPayment, settlePayment, unsettlePayments } from "../store/payments.ts";
import type { Tx } from "../store/tenant.ts";

export async function editPeople(tx: Tx, actor: Actor, id: string, edit: PeopleColumns): Promise<void> {
  await requireRow(tx, id);
  await editTransaction(tx, id, edit, actor.userId);
  await note(tx, actor, "transaction.edited", id, { fields: Object.keys(edit) });
}

/** A tombstone (RULES.md §2). A reconciled row is not deleted. */
export async function deletePerson(tx: Tx, actor: Actor, id: string): Promise<void> {
  const row = await requireRow(tx, id);
  if (row.deleted_at !== null) return;
  if (row.reconciled) throw conflict("reconciled", "This transaction is reconciled. Take the reconciliation back first.");
  await deleteTransaction(tx, id, actor.userId);
  await note(tx, actor, "transaction.deleted", id, {});
}

export async function restorePerson(tx: Tx, actor: Actor, id: string): Promise<void> {
  const row = await requireRow(tx, id);
  if (row.deleted_at === null) return;
  await restoreTransaction(tx, id, actor.userId);
  await note(tx, actor, "transaction.restored", id, {});
}

/** Marks the row as reconciled, ties the payment it settles to it; or takes both back. */
export async function reconcilePerson(
  tx: Tx,
  actor: Actor,
  id: string,
  wish: { reconciled: boolean; payment_id?: string | undefined },
): Promise<void> {
  const row = await requireRow(tx, id);
  if (row.deleted_at !== null) throw conflict("deleted", "This transaction is deleted. Restore it first.");
  if (wish.payment_id !== undefined && wish.reconciled) await settle(tx, id, wish.payment_id);
  if (!wish.reconciled) await unsettlePayments(tx, id);
  if (row.reconciled !== wish.reconciled) await setReconciled(tx, id, wish.reconciled, actor.userId);
  await note(tx, actor, wish.reconciled ? "transaction.reconciled" : "transaction.unreconciled", id, { payment_id: wish.payment_id ?? null });
}

async function settle(tx: Tx, id: string, paymentId: string): Promise<void> {
  const payment = await lockPayment(tx, paymentId);
  const row = await tx.query.transactions.findFirst({
    columns: { account_id: true, amount_minor: true, currency: true },
    where: (rows, { eq }) => eq(rows.id, id),
  });
  if (!payment || !row) throw notFound("payment");
  if (payment.status !== "expected") throw conflict("payment_settled", `This payment is ${payment.status} already.`);
  const signed = payment.direction === "in" ? payment.amount_minor : -payment.amount_minor;
  if (payment.account_id !== row.account_id || payment.currency !== row.currency || signed !== row.amount_minor) {
    throw new Refusal({
      status: 422,
      code: "payment_differs",
      message: "Account, currency, direction and amount of the payment and the transaction must be the same.",
      expected: `${signed} ${payment.currency}`,
      seen: `${row.amount_minor} ${row.currency}`,
    });
  }
  await settlePayment(tx, paymentId, id);
}

async function requireRow(tx: Tx, id: string): Promise<CurrentRow> {
  const row = await lockTransaction(tx, id);
  if (row === null) throw notFound("transaction");
  if (await isLeased(tx, row.account_id))
    throw conflict("account_busy", "An import or an undo is at work on this account. Try again when it has ended.");
  return row;
}

function conflict(code: string, message: string): Refusal {
  return new Refusal({ status: 409, code, message });
}

function note(tx: Tx, actor: Actor, action: string, id: string, details: Record<string, string[] | string | null>): Promise<void> {
  return recordAudit(tx, actor, { action, subjectType: "transaction", subjectId: id, details });
}
