/** Messages that used up their retries: kept, shown, and sent again when a person says so. */
import { and, eq, isNull, sql } from "drizzle-orm";
import { type DeadLetterId, idSchema, type JobId } from "../domain/ids.ts";
import type { Message } from "../domain/messages.ts";
import { lockConnectionOf } from "./connection-lock.ts";
import { parkJob } from "./jobs.ts";
import { raiseAlert } from "./outbox.ts";
import { deadLetters } from "./schema.ts";
import { noteGivenUp } from "./sync-health.ts";
import type { Tx } from "./tenant.ts";

/** Keeps the message and parks its job with the reason. The same message twice is kept twice, and parks once. */
export async function keepDeadLetter(tx: Tx, message: Message, attempts: number): Promise<void> {
  const jobId = "job_id" in message ? message.job_id : null;
  await tx.insert(deadLetters).values({
    tenant_id: message.tenant_id,
    message_type: message.type,
    job_id: jobId,
    message: { type: message.type, job_id: jobId },
    reason: `Given up after ${attempts} attempts.`,
  });
  // An alert's own message is only a bell: what it rang for waits in its row and goes out with the next minute. Telling of it would ring again.
  if (jobId === null) return;
  await raiseAlert(tx, message.tenant_id, { event: "dead_letter", jobId, payload: { message_type: message.type } });
  const connectionId = message.type === "sync.due" ? await lockConnectionOf(tx, jobId) : null;
  const isParked = await parkJob(tx, message.tenant_id, jobId, {
    code: "gave_up",
    message:
      "This step failed again and again and was given up. What was done before it is kept. Retry the job; if it stops again, tell your administrator.",
  });
  // Its connection would look as if nothing were the matter until it is stale.
  if (isParked && connectionId !== null) await noteGivenUp(tx, message.tenant_id, connectionId, new Date());
}

/** Dead letters, newest first, from `cursor` on. */
export async function listDeadLetters(tx: Tx, page: { cursor: string | null; limit: number }): Promise<(typeof deadLetters.$inferSelect)[]> {
  return tx.query.deadLetters.findMany({
    where: page.cursor === null ? undefined : sql`id < ${page.cursor}`,
    orderBy: (rows, { desc }) => desc(rows.id),
    limit: page.limit,
  });
}

/** Marks a letter as sent again; its job's id, or null where it is not there or was sent again already. */
export async function takeDeadLetter(tx: Tx, id: DeadLetterId, userId: string | null): Promise<JobId | null> {
  const [row] = await tx
    .update(deadLetters)
    .set({ retried_at: sql`now()`, retried_by: userId })
    .where(and(eq(deadLetters.id, id), isNull(deadLetters.retried_at)))
    .returning({ job_id: deadLetters.job_id });
  return row?.job_id ? idSchema<JobId>().parse(row.job_id) : null;
}

/** A job that is retried takes its letters with it. */
export async function closeDeadLetters(tx: Tx, jobId: JobId, userId: string | null): Promise<void> {
  await tx
    .update(deadLetters)
    .set({ retried_at: sql`now()`, retried_by: userId })
    .where(and(eq(deadLetters.job_id, jobId), isNull(deadLetters.retried_at)));
}
