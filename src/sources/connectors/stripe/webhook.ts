/** Shows that a webhook is Stripe's own, and what it asks for. Takes no money out of it, and of what it says keeps ids only. */
import * as z from "zod";
import type { BellEffect } from "../../../domain/connection-health.ts";
import { equalInConstantTime, hmac, textOf, toHex, utf8 } from "../../../lib/crypto.ts";
import type { Secret } from "../../../lib/secret.ts";
import type { Bell, WebhookRequest } from "../connector.ts";
import { identityOf } from "./account.ts";

/** ±300 s: Stripe's own tolerance, held both ways. */
const TOLERANCE_SECONDS = 300;
/** 4 KB, 16 signatures: Stripe sends one for each secret that is valid during a roll-over, which are two. */
const HEADER_CHARS_MAX = 4_096;
const SIGNATURES_MAX = 16;

const eventSchema = z.object({
  object: z.literal("event"),
  id: z.string().regex(/^evt_\w+$/),
  type: z.string().min(1).max(200),
  livemode: z.boolean(),
  created: z.number().optional().catch(undefined),
  api_version: z.string().nullish().catch(null),
  /** The connected account that it speaks of; absent where it is the endpoint's own. */
  account: z.string().nullish(),
  data: z
    .object({ object: z.object({ id: z.string().nullish().catch(null), object: z.string().nullish().catch(null) }) })
    .nullish()
    .catch(null),
});
type Event = z.infer<typeof eventSchema>;

export interface WebhookDeps {
  /** Each of them is valid: there are two while one is being rolled over. */
  secrets: Secret<readonly string[]>;
  now: Date;
  /** Of the connection that it came to. */
  livemode: boolean;
  /** The account that the connection reads; null where it is not known. */
  account: string | null;
}

/**
 * Null for everything that is not signed by one of the secrets within the tolerance. A genuine event of another account or of the other mode (Stripe sends
 * test events to the live endpoints of platforms) is answered like any other, so that Stripe goes on sending, and has no effect.
 */
export async function verifyStripeWebhook(request: WebhookRequest, deps: WebhookDeps): Promise<Bell | null> {
  const signed = signatureOf(request.headers.get("stripe-signature"));
  if (signed === null || Math.abs(deps.now.getTime() / 1000 - signed.at) > TOLERANCE_SECONDS) return null;
  const text = readable(request.body);
  if (text === null || !(await isSigned(signed, text, deps.secrets))) return null;
  const event = eventOf(text);
  if (event === null) return null;
  const account = event.account ?? deps.account;
  const strange = event.livemode !== deps.livemode ? "other_mode" : event.account != null && event.account !== deps.account ? "other_account" : null;
  return {
    eventId: event.id,
    eventType: event.type,
    identity: identityOf(account ?? "", event),
    effect: strange === null ? effectOf(event.type) : "none",
    code: strange,
    payload: {
      id: event.id,
      type: event.type,
      livemode: event.livemode,
      created: event.created ?? null,
      api_version: event.api_version ?? null,
      account: event.account ?? null,
      object: { id: event.data?.object.id ?? null, object: event.data?.object.object ?? null },
    },
  };
}

/** What moved money, or changed what is known of it. */
const MONEY =
  /^(?:payout\.(?:created|updated|paid|failed|canceled|reconciliation_completed)|charge\.(?:succeeded|updated|captured|refunded|refund\.updated|dispute\.\w+)|refund\.(?:created|updated|failed)|balance\.available|topup\.\w+|transfer\.\w+)$/;

function effectOf(type: string): BellEffect {
  if (type === "account.application.deauthorized") return "disconnected";
  return MONEY.test(type) ? "sync" : "none";
}

interface Signed {
  /** As it stands in the header: it is part of what is signed. */
  atText: string;
  at: number;
  signatures: string[];
}

/** `t=1700000000,v1=…,v1=…`; schemes other than v1 prove nothing. */
function signatureOf(header: string | null): Signed | null {
  if (header === null || header.length > HEADER_CHARS_MAX) return null;
  const parts = header.split(",").map((part) => part.trim());
  const times = parts.filter((part) => part.startsWith("t=")).map((part) => part.slice(2));
  const signatures = parts.filter((part) => /^v1=[0-9a-f]{64}$/.test(part)).map((part) => part.slice(3));
  const [atText = ""] = times;
  if (times.length !== 1 || !/^\d{1,12}$/.test(atText) || signatures.length === 0 || signatures.length > SIGNATURES_MAX) return null;
  return { atText, at: Number(atText), signatures };
}

/** Every secret is tried with every signature, whatever was found before. */
async function isSigned(signed: Signed, text: string, secrets: Secret<readonly string[]>): Promise<boolean> {
  let isFound = false;
  for (const secret of secrets.reveal()) {
    if (secret === "") continue;
    const expected = utf8(toHex(await hmac(utf8(secret), `${signed.atText}.${text}`)));
    for (const signature of signed.signatures) isFound = equalInConstantTime(expected, utf8(signature)) || isFound;
  }
  return isFound;
}

/** Null for bytes that are not UTF-8: Stripe signs text. */
function readable(body: Uint8Array): string | null {
  try {
    return textOf(new Uint8Array(body));
  } catch {
    return null;
  }
}

function eventOf(text: string): Event | null {
  try {
    return eventSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
