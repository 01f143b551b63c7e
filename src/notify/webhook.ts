/** Signed webhooks as Standard Webhooks have them: id, timestamp and an HMAC-SHA256 over both and the body. The id is the same at every attempt. */
import { webhookCredentials } from "../domain/alert-channel.ts";
import { EVENT_WORDS, pathOf, textOf } from "../domain/alerts.ts";
import type { Env } from "../env.ts";
import { fromBase64, hmac, toBase64 } from "../lib/crypto.ts";
import type { TakenMessage } from "../store/alert-messages.ts";
import { postJson, type Sender } from "./sender.ts";

export const sendWebhook: Sender = async ({ env, message, credentials }) => {
  if (credentials === null) return { as: "setup", code: "no_credentials", message: "This channel has no address. Set it, then send a test." };
  const { url, secret } = webhookCredentials.parse(JSON.parse(credentials.reveal()));
  const body = JSON.stringify(webhookBody(message, env));
  const timestamp = Math.floor(Date.now() / 1_000);
  return postJson(env, url, body, {
    "idempotency-key": message.id,
    "webhook-id": message.id,
    "webhook-timestamp": `${timestamp}`,
    "webhook-signature": await signatureOf({ secret, id: message.id, timestamp, body }),
  });
};

/** `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; the key is what stands behind `whsec_`. */
export async function signatureOf(signed: { secret: string; id: string; timestamp: number; body: string }): Promise<string> {
  const key = fromBase64(signed.secret.slice("whsec_".length));
  return `v1,${toBase64(await hmac(key, `${signed.id}.${signed.timestamp}.${signed.body}`))}`;
}

/** Nothing in it changes from one attempt to the next. */
function webhookBody({ id, createdAt, isTest, content }: TakenMessage, env: Pick<Env, "PUBLIC_URL">) {
  return {
    id,
    type: isTest ? "alerts.test" : "alerts.raised",
    timestamp: createdAt,
    alerts: content.alerts.map((alert) => {
      const path = pathOf(alert);
      return {
        ...alert,
        title: EVENT_WORDS[alert.event].one,
        text: textOf(alert),
        url: path === null || env.PUBLIC_URL === undefined ? null : new URL(path, env.PUBLIC_URL).href,
      };
    }),
  };
}
