/** What a webhook sets going, once it is shown to be the provider's own: a fetch, or a word on the connection. Takes no money out of it. */
import { HOUSE } from "../domain/actor.ts";
import type { BellEffect } from "../domain/connection-health.ts";
import { type ConnectionId, idSchema, type JobId, type TenantId } from "../domain/ids.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Env } from "../env.ts";
import { Secret } from "../lib/secret.ts";
import { findConnection, updateConnection } from "../store/connections.ts";
import { openSealed } from "../store/credentials.ts";
import { raiseAlertDaily } from "../store/outbox.ts";
import { ownersOfProvider, tenantOfConnection } from "../store/sync-due.ts";
import { noteFailure } from "../store/sync-health.ts";
import { startSync } from "../store/sync-turns.ts";
import { type Tx, withEachFound, withFoundTenant } from "../store/tenant.ts";
import { keepEvent, keepUnownedEvent, markProcessed } from "../store/webhook-inbox.ts";
import { type Bell, ConnectorFailure, type WebhookRequest } from "./connectors/connector.ts";
import { verifyPlaidWebhook } from "./connectors/plaid/webhook.ts";
import { newKeyCache } from "./connectors/plaid/webhook-keys.ts";
import { stripeConfigSchema, stripeCredentialsSchema, webhookSecretsOf } from "./connectors/stripe/settings.ts";
import { verifyStripeWebhook } from "./connectors/stripe/webhook.ts";
import { fetchOf, platformOf } from "./platform.ts";
import { ownSettings } from "./settings.ts";

/** Plaid's public keys, as long as this isolate lives. */
const plaidKeys = newKeyCache();

/** True where it was Plaid's own, whoever's it is. A Refusal (503) where that cannot be judged now: the provider comes again. */
export async function ringPlaid(env: Env, request: WebhookRequest): Promise<boolean> {
  const bell = await judgedByPlaid(env, request);
  if (bell === null) return false;
  const findOwners = async (tx: Tx) => {
    const owners = await ownersOfProvider(tx, bell.identity);
    if (owners.length === 0) await keepUnownedEvent(tx, eventOf("plaid", bell));
    return owners;
  };
  // The whole of it on one connection: opening one takes longer than all that is asked on it.
  await withEachFound(env, findOwners, (tx, owner) => ring(tx, { ...owner, provider: "plaid" }, bell));
  return true;
}

async function judgedByPlaid(env: Env, request: WebhookRequest): Promise<Bell | null> {
  try {
    return await verifyPlaidWebhook(request, { platform: platformOf(env), fetch: fetchOf(env), now: new Date(), keys: plaidKeys });
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    const message = "The signature could not be checked now. Send the webhook again.";
    throw new Refusal({ status: 503, code: "signature_not_checked", message, retryAfterSeconds: 30 }, { cause: error });
  }
}

/** True where it was signed by one of the connection's own secrets. Unknown connections look like forged signatures. */
export async function ringStripe(env: Env, connectionId: ConnectionId, request: WebhookRequest): Promise<boolean> {
  const isGenuine = await withFoundTenant(
    env,
    (tx) => tenantOfConnection(tx, connectionId),
    async (tx, { tenantId }) => {
      const bell = await judgedByStripe(tx, env, { tenantId, connectionId }, request);
      if (bell === null) return false;
      await ring(tx, { tenantId, connectionId, provider: "stripe" }, bell);
      return true;
    },
  );
  return isGenuine ?? false;
}

async function judgedByStripe(tx: Tx, env: Env, { tenantId, connectionId }: Omit<Rung, "provider">, request: WebhookRequest): Promise<Bell | null> {
  const row = await findConnection(tx, connectionId);
  if (row === null || row.connection_type !== "stripe") return null;
  const config = stripeConfigSchema.safeParse(ownSettings(row.config));
  const credentials = stripeCredentialsSchema.safeParse(await openSealed(env, { tenantId, id: connectionId, sealed: row.credentials }));
  if (!config.success || !credentials.success) return null;
  const { connected_account: connected, account_id: own, livemode } = config.data;
  const secrets = new Secret<readonly string[]>(webhookSecretsOf(credentials.data));
  const account = connected ?? own ?? /^stripe:(acct_\w+):/.exec(row.provider_key ?? "")?.[1] ?? null;
  return verifyStripeWebhook(request, { secrets, now: new Date(), livemode, account });
}

interface Rung {
  tenantId: TenantId;
  connectionId: ConnectionId;
  provider: string;
}

/** Kept and acted upon in one transaction: an event that comes again has no effect again. */
async function ring(tx: Tx, rung: Rung, bell: Bell): Promise<void> {
  const { id, isFirst } = await keepEvent(tx, { tenantId: rung.tenantId, connectionId: rung.connectionId, ...eventOf(rung.provider, bell) });
  if (isFirst) await markProcessed(tx, id, await takeEffect(tx, rung, bell));
}

const eventOf = (provider: string, { eventId, eventType, effect, code, payload }: Bell) => ({ provider, eventId, eventType, effect, code, payload });

/** What follows from it; the run that it rang for, where it did. */
export async function takeEffect(
  tx: Tx,
  { tenantId, connectionId }: Pick<Rung, "tenantId" | "connectionId">,
  bell: { effect: BellEffect; code: string | null; at?: string | undefined },
): Promise<JobId | null> {
  const row = await findConnection(tx, connectionId);
  if (row === null || row.status === "inactive") return null;
  const failure = { code: bell.code ?? bell.effect, retryAfterSeconds: null, requestId: null };
  switch (bell.effect) {
    case "sync":
      return row.status === "active" ? fetchNow(tx, tenantId, connectionId) : null;
    case "reauthenticate":
      await noteFailure(tx, tenantId, connectionId, { kind: "reauthenticate", message: SIGN_IN_AGAIN, ...failure }, new Date());
      return null;
    case "disconnected":
      await noteFailure(tx, tenantId, connectionId, { kind: "gone", message: ENDED, ...failure }, new Date());
      return null;
    case "repaired":
      await updateConnection(tx, connectionId, {
        status: "active",
        failure_kind: null,
        failure_code: null,
        failed_at: null,
        failures: 0,
        last_error: null,
      });
      return fetchNow(tx, tenantId, connectionId);
    case "expires":
      await updateConnection(tx, connectionId, bell.at === undefined ? {} : { expires_at: bell.at });
      await raiseAlertDaily(tx, tenantId, { event: "credential_expires", connectionId });
      return null;
    case "none":
      return null;
  }
}

async function fetchNow(tx: Tx, tenantId: TenantId, connectionId: ConnectionId): Promise<JobId> {
  return (await startSync(tx, { tenantId, connectionId, trigger: "webhook", actor: HOUSE })).jobId;
}

/** An event by hand, once more: what it asked for is asked for again. */
export async function replay(
  tx: Tx,
  tenantId: TenantId,
  event: { connection_id: string | null; effect: BellEffect; code: string | null },
): Promise<JobId | null> {
  if (event.connection_id === null) return null;
  return takeEffect(tx, { tenantId, connectionId: idSchema<ConnectionId>().parse(event.connection_id) }, event);
}

const SIGN_IN_AGAIN = "The bank asks for a new sign-in before it gives more. Sign in again; accounts and history stay.";
const ENDED = "The access was ended at the bank or the provider. Connect again; accounts and history stay.";
