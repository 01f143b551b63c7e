/** THE ROAD: which message leads to which stage. Acknowledges and retries each message by itself, sends what the outbox says, keeps dead letters. */
import type { OutboxId, TenantId } from "./domain/ids.ts";
import { type Message, messageSchema } from "./domain/messages.ts";
import { Unavailable } from "./domain/refusal.ts";
import type { Env } from "./env.ts";
import { errorFields, log } from "./lib/log.ts";
import { sendAlert } from "./notify/alerts.ts";
import { importJob } from "./pipeline/import.ts";
import { parseJob } from "./pipeline/parse.ts";
import { matchJob } from "./pipeline/plan.ts";
import { undoJob } from "./pipeline/undo.ts";
import { runSync } from "./sources/sync.ts";
import { keepDeadLetter } from "./store/dead-letters.ts";
import { failAt } from "./store/fail-points.ts";
import { markSent, takeUnsent, unsentMessages } from "./store/outbox.ts";
import { DONE, type StageResult } from "./store/stage.ts";
import { withTenant } from "./store/tenant.ts";

type Stage<T extends Message["type"]> = (env: Env, message: Extract<Message, { type: T }>) => Promise<StageResult>;

/** The road every job travels. Read it top to bottom. */
export const road = {
  "sync.due": (env, message) => runSync({ env, ...jobOf(message) }), //        a provider  → pages in R2, sealed
  "job.deposited": (env, message) => parseJob({ env, ...jobOf(message) }), //  R2 bytes    → staged rows
  "job.parsed": (env, message) => matchJob({ env, ...jobOf(message) }), //     staged rows → a plan, proven; straight on where all is clear
  "job.approved": (env, message) => importJob({ env, ...jobOf(message) }), //  the plan    → the books
  "job.undo": (env, message) => undoJob({ env, ...jobOf(message) }), //        the books   → as they were
  "alert.raised": (env, message) => sendAlert(env, message).then(() => DONE), // outbox row  → who should be told
} satisfies { [T in Message["type"]]: Stage<T> };

const jobOf = (message: Extract<Message, { job_id: unknown }>) => ({ tenantId: message.tenant_id, jobId: message.job_id });

/** Local and platform alike name the dead-letter queue by this ending (wrangler.toml). */
const DEAD_ENDING = "-dead";

/** Takes a batch of messages, one after the other: a fault of one never touches another. */
export async function consume(batch: MessageBatch<unknown>, env: Env): Promise<void> {
  const handle = batch.queue.endsWith(DEAD_ENDING) ? handleDead : handleLive;
  for (const message of batch.messages) await handle(message, env);
  await sendOutbox(env);
}

async function handleLive(message: globalThis.Message<unknown>, env: Env): Promise<void> {
  const parsed = messageSchema.safeParse(message.body);
  if (!parsed.success) {
    // Nobody of ours writes such a message, so nobody waits for it.
    log("error", "message_unreadable", { message_id: message.id });
    message.ack();
    return;
  }
  try {
    const result = await travel(env, parsed.data);
    // Busy is no fault: it goes out anew instead of using up this message's retries.
    if (!result.done) await env.ROAD.send(parsed.data, { delaySeconds: result.retrySeconds });
    failAt(env, "message/done");
    message.ack();
  } catch (error) {
    const delaySeconds = backoffSeconds(message.attempts, Math.random());
    log(error instanceof Unavailable ? "warn" : "error", "stage_failed", {
      type: parsed.data.type,
      tenant_id: parsed.data.tenant_id,
      job_id: "job_id" in parsed.data ? parsed.data.job_id : null,
      attempts: message.attempts,
      retry_seconds: delaySeconds,
      kind: error instanceof Unavailable ? `${error.what}_unavailable` : "unexpected",
      ...errorFields(error),
    });
    message.retry({ delaySeconds });
  }
}

/** The table's value for this message's type, called with it: the one place where the union meets the table. */
function travel(env: Env, message: Message): Promise<StageResult> {
  const stage = road[message.type] as Stage<Message["type"]>;
  return stage(env, message);
}

/** 2, 4, 8 … up to 900 s, each between half and the whole of it, so that what failed together does not come back together. */
export function backoffSeconds(attempts: number, random: number): number {
  const whole = Math.min(900, 2 ** Math.min(attempts, 10));
  return Math.ceil(whole / 2 + (whole / 2) * random);
}

async function handleDead(message: globalThis.Message<unknown>, env: Env): Promise<void> {
  const parsed = messageSchema.safeParse(message.body);
  try {
    if (parsed.success) await withTenant(env, parsed.data.tenant_id, (tx) => keepDeadLetter(tx, parsed.data, message.attempts));
    else log("error", "dead_letter_unreadable", { message_id: message.id });
    message.ack();
  } catch (error) {
    log("error", "dead_letter_not_kept", { message_id: message.id, ...errorFields(error) });
    message.retry({ delaySeconds: backoffSeconds(message.attempts, Math.random()) });
  }
}

/** 100 messages × ~0.2 KB: one queue batch. What is left goes with the next call or the next minute. */
const SEND_MAX = 100;

/** Sends what was announced. A message whose sending cannot be confirmed goes out again: every stage is safe to do twice. */
export async function sendOutbox(env: Env): Promise<void> {
  try {
    const unsent = Map.groupBy(await unsentMessages(env, SEND_MAX), (row) => row.tenantId);
    for (const [tenantId, rows] of unsent) {
      const ids = rows.map((row) => row.outboxId);
      // One tenant's fault keeps nobody else's messages back.
      await sendOf(env, tenantId, ids).catch((error) => log("error", "outbox_not_sent", { tenant_id: tenantId, ...errorFields(error) }));
    }
  } catch (error) {
    log("error", "outbox_not_read", errorFields(error));
  }
}

async function sendOf(env: Env, tenantId: TenantId, ids: OutboxId[]): Promise<void> {
  await withTenant(env, tenantId, async (tx) => {
    const messages = await takeUnsent(tx, ids);
    if (messages.length === 0) return;
    await env.ROAD.sendBatch(messages.map((body) => ({ body })));
    failAt(env, "outbox/sent");
    await markSent(
      tx,
      messages.flatMap((message) => message.outbox_id ?? []),
    );
  });
}
