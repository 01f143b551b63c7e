/** A person says which of the company's accounts a source's account is; every job that waited for it is planned anew. Books nothing. */
import type { AccountId, ConnectionId, MappingId } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import { recordAudit } from "../store/audit.ts";
import { moveJob } from "../store/jobs.ts";
import { type LockedMapping, lockJobsOf, lockMapping, setMapping } from "../store/mappings.ts";
import { announce } from "../store/outbox.ts";
import type { Tx } from "../store/tenant.ts";
import type { JobAct } from "./review.ts";

export interface MappingChange {
  mappingId: MappingId;
  accountId: AccountId | null;
  verified: boolean;
}

/** Confirms, changes or takes back a mapping. 409 where its rows are booked on another account already, 422 where the currencies differ. */
export async function mapAccount(tx: Tx, act: Omit<JobAct, "jobId">, change: MappingChange): Promise<void> {
  const mapping = await lockMapping(tx, change.mappingId);
  if (!mapping) throw notFound("mapping");
  if (mapping.booked && mapping.account_id !== change.accountId) throw inUse();
  const jobs = await lockJobsOf(tx, change.mappingId);
  if (jobs.importing.length > 0 && mapping.account_id !== change.accountId) throw inUse();
  if (change.accountId !== null) await requireFittingAccount(tx, mapping, change.accountId);
  await setMapping(tx, change.mappingId, {
    accountId: change.accountId,
    verified: change.verified && change.accountId !== null,
    userId: act.actor.userId,
  });
  await recordAudit(tx, act.actor, {
    action: "mapping.changed",
    subjectType: "mapping",
    subjectId: change.mappingId,
    connectionId: mapping.connection_id as ConnectionId,
    details: { account_id: change.accountId, account_before: mapping.account_id, verified: change.verified },
  });
  for (const jobId of jobs.waiting) {
    const isMoved = await moveJob(tx, {
      tenantId: act.tenantId,
      jobId,
      to: "matching",
      from: ["needs_mapping", "in_review", "done"],
      actor: act.actor,
      status: "running",
    });
    if (isMoved) await announce(tx, act.tenantId, { type: "job.parsed", jobId });
  }
}

async function requireFittingAccount(tx: Tx, mapping: LockedMapping, accountId: AccountId): Promise<void> {
  const account = await tx.query.accounts.findFirst({ columns: { currency: true }, where: (rows, { eq: is }) => is(rows.id, accountId) });
  if (!account) throw notFound("account");
  if (mapping.currency === null || mapping.currency === account.currency) return;
  throw new Refusal({
    status: 422,
    code: "currency_differs",
    message: `The statements are in ${mapping.currency} and this account is in ${account.currency}. Choose an account in ${mapping.currency}, or create one.`,
    expected: mapping.currency,
    seen: account.currency,
  });
}

function inUse(): Refusal {
  return new Refusal({
    status: 409,
    code: "mapping_in_use",
    message: "Rows of this mapping are in the books of the account it points to. Undo the jobs that booked them first, then map it anew.",
  });
}
