/** Tells people what was raised: straight after it happened, and by cron whatever still waits. Each channel by itself: one that fails keeps no other back. */
import { SETUP_RETRY_SECONDS } from "../domain/alert-channel.ts";
import { alertBackoffSeconds, type ChannelType } from "../domain/alerts.ts";
import type { ChannelId, TenantId } from "../domain/ids.ts";
import type { Message } from "../domain/messages.ts";
import type { Env } from "../env.ts";
import { errorFields, log } from "../lib/log.ts";
import { type AttemptOutcome, channelsOfAlert, dueChannels, noteAttempt, type TakenMessage, takeMessage } from "../store/alert-messages.ts";
import { channelPlace } from "../store/channels.ts";
import { withTenant } from "../store/tenant.ts";
import { open } from "../store/vault.ts";
import { sendEmail } from "./email.ts";
import type { Sender, SendResult } from "./sender.ts";
import { sendSlack } from "./slack.ts";
import { sendWebhook } from "./webhook.ts";

const SENDERS: Record<ChannelType, Sender> = { slack: sendSlack, email: sendEmail, webhook: sendWebhook };

/** What rang may have been told already, with another alert or by cron; then nothing waits. */
export async function sendAlert(env: Env, message: Extract<Message, { type: "alert.raised" }>): Promise<void> {
  const { tenant_id: tenantId, outbox_id: alertId } = message;
  const channels = await withTenant(env, tenantId, (tx) => channelsOfAlert(tx, alertId));
  log("info", "alert_raised", { tenant_id: tenantId, outbox_id: alertId, channels: channels.length });
  for (const channelId of channels) await sendTo(env, { tenantId, channelId });
}

/** 500 channels a minute, 5 at once: beside a sender's own request a Worker may have six connections open. */
const CHANNELS_MAX = 500;
const AT_ONCE = 5;
/** 45 s: what is left then is due at the next minute, and longest waiting comes first. */
const TICK_BUDGET_MS = 45_000;

/** Sends to every channel whose turn it is. */
export async function sendDueAlerts(env: Env): Promise<void> {
  await sendToAll(env, await dueChannels(env, CHANNELS_MAX));
}

interface ChannelOfTenant {
  tenantId: TenantId;
  channelId: ChannelId;
}

/** Several at once, in their order, until the minute is nearly over. */
export async function sendToAll(env: Env, due: readonly ChannelOfTenant[]): Promise<void> {
  const end = Date.now() + TICK_BUDGET_MS;
  const next = due.values();
  const work = async () => {
    for (const channel of next) {
      if (Date.now() > end) return;
      // One company's fault keeps nobody else's alerts back.
      await sendTo(env, channel).catch((error) => log("error", "alerts_not_sent", { tenant_id: channel.tenantId, ...errorFields(error) }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** 4 messages a turn: a trial, one that was under way, and two of what waited behind it. */
const MESSAGES_A_TURN = 4;

async function sendTo(env: Env, { tenantId, channelId }: ChannelOfTenant): Promise<void> {
  for (let turn = 0; turn < MESSAGES_A_TURN; turn += 1) {
    const taken = await withTenant(env, tenantId, (tx) => takeMessage(tx, channelId));
    if (taken === null) return;
    const outcome = await attempt(env, tenantId, taken);
    await withTenant(env, tenantId, (tx) => noteAttempt(tx, taken, outcome));
    const fields = { tenant_id: tenantId, channel_id: channelId, message_id: taken.id, alerts: taken.content.alerts.length };
    if (outcome.as === "failed") log("warn", "alert_message_failed", { ...fields, code: outcome.code, retry_seconds: outcome.retrySeconds });
    else log("info", "alert_message_sent", { ...fields, as: outcome.as });
    if (outcome.as === "failed" && !taken.isTest) return;
  }
}

/** One attempt, whatever comes of it. A local run sends nothing: the message is shown on the page of alerts. */
async function attempt(env: Env, tenantId: TenantId, taken: TakenMessage): Promise<AttemptOutcome> {
  if (env.ENVIRONMENT === "local") return { as: "shown", recipientsDone: [], warning: null };
  const result = await send(env, tenantId, taken);
  const recipientsDone = result.recipientsDone ?? taken.recipientsDone;
  if (result.as === "sent") return { as: "sent", recipientsDone, warning: result.warning ?? null };
  const backoff = result.as === "setup" ? SETUP_RETRY_SECONDS : alertBackoffSeconds(taken.failures + 1, Math.random());
  const { code, message } = result;
  return { as: "failed", code, message, retrySeconds: Math.max(backoff, result.retryAfterSeconds ?? 0), recipientsDone };
}

async function send(env: Env, tenantId: TenantId, taken: TakenMessage): Promise<SendResult> {
  try {
    const credentials = taken.credentials === null ? null : await open(env, channelPlace(tenantId, taken.channelId), taken.credentials);
    return await SENDERS[taken.channelType]({ env, message: taken, credentials });
  } catch (error) {
    log("error", "alert_sender_broke", { tenant_id: tenantId, channel_id: taken.channelId, ...errorFields(error) });
    return {
      as: "setup",
      code: "sender_broke",
      message: "This message could not be made or its channel's secret does not open. Set the channel's secret anew, then send a test.",
    };
  }
}
