/** A booked transaction's state in a word. */
import type { Transaction } from "../api/types.ts";
import { Badge } from "../ui/badge.tsx";

export function TransactionState({ transaction }: { transaction: Transaction }) {
  if (transaction.deleted_at !== null) return <Badge tone="bad">Deleted</Badge>;
  if (transaction.is_pending) return <Badge tone="warn">Pending</Badge>;
  if (transaction.reconciled) return <Badge tone="good">Reconciled</Badge>;
  return <span className="text-ink-3">Booked</span>;
}
