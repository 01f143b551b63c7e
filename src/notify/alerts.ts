/** Tells people what the outbox says. A tenant without a channel is told on its pages only, where every alert's cause can be seen. */
import type { Message } from "../domain/messages.ts";
import type { Env } from "../env.ts";
import { log } from "../lib/log.ts";
import { enabledChannels } from "../store/alerts.ts";
import { withTenant } from "../store/tenant.ts";

/** Notes the alert in the log; there is no kind of channel yet that it could be sent to, and a channel that is asked for is never passed over in silence. */
export async function sendAlert(env: Env, message: Extract<Message, { type: "alert.raised" }>): Promise<void> {
  const channels = await withTenant(env, message.tenant_id, enabledChannels);
  if (channels > 0) throw new Error("A notification channel is enabled, but this version has no way to send to one.");
  log("info", "alert_raised", { tenant_id: message.tenant_id, outbox_id: message.outbox_id });
}
