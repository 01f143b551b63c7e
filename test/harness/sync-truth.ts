/** What the books must hold of a stand-in's movements, as `SyncWorld.booked` gives it. Never asks the books. */
import type { FakePlaid } from "../fakes/plaid/start.ts";
import type { StripeBooks } from "../fakes/stripe/books.ts";
import { trueRowsOf } from "../fakes/stripe/truth.ts";
import { type BookedRow, byContent } from "./sync-world.ts";

/** The live movements of all its logins, or of one. */
export function plaidTruth(plaid: FakePlaid, itemId?: string): BookedRow[] {
  return plaid
    .truth()
    .filter((row) => row.is_live && (itemId === undefined || row.item_id === itemId))
    .map((row) => ({
      external_account_id: row.account_id,
      external_id: row.external_id,
      amount_minor: row.amount_minor,
      currency: row.currency ?? "",
      posted_on: row.posted_on,
      is_pending: row.is_pending,
    }))
    .sort(byContent);
}

/** The balance's ledger, with fees as lines of their own or taken off. */
export function stripeTruth(books: StripeBooks, fees: "separate" | "net" = "separate"): BookedRow[] {
  return trueRowsOf(books, fees)
    .map((row) => ({
      external_account_id: row.account,
      external_id: row.externalId,
      amount_minor: row.amountMinor,
      currency: row.currency,
      posted_on: row.postedOn,
      is_pending: row.isPending,
    }))
    .sort(byContent);
}
