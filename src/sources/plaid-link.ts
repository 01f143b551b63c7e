/** Plaid's Link from our side: opening its page, and making connections of what a person did there. Knows no page of ours. */
import type { Actor } from "../domain/actor.ts";
import { type ConnectionConfig, connectionConfigSchema } from "../domain/connection.ts";
import { type ConnectionId, idSchema, type TenantId } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import type { SyncFrequency } from "../domain/schedule.ts";
import type { Env } from "../env.ts";
import { Secret } from "../lib/secret.ts";
import { recordAudit } from "../store/audit.ts";
import { findConnection, insertConnection, updateConnection } from "../store/connections.ts";
import { openCredentials } from "../store/credentials.ts";
import { sameConnection } from "../store/read/connections.ts";
import { withTenant } from "../store/tenant.ts";
import { activate, tryConnection } from "./connections.ts";
import { ConnectorFailure } from "./connectors/connector.ts";
import { plaidCredentialsSchema } from "./connectors/plaid/config.ts";
import { createLinkToken, exchangePublicToken, type LinkDoor, type LinkMode, type LinkToken, readLinkOutcome } from "./connectors/plaid/link.ts";
import { fetchOf, platformOf } from "./platform.ts";

/** What people read on Plaid's page as the name of who asks. */
const CLIENT_NAME = "Stratifi";

export interface LinkOpening {
  /** Null: a bank that was not connected. */
  connectionId: ConnectionId | null;
  /** `new`, of a connection: its login is gone, and another one takes its place. */
  mode: "new" | "update" | "accounts";
  lookbackDays: number;
  completionUri: string;
}

export async function openLink(env: Env, tenantId: TenantId, opening: LinkOpening): Promise<LinkToken> {
  const mode = await modeOf(env, tenantId, opening);
  return answered(() => createLinkToken(doorOf(env), { mode, userId: tenantId, clientName: CLIENT_NAME, completionUri: opening.completionUri }));
}

async function modeOf(env: Env, tenantId: TenantId, { connectionId, mode, lookbackDays }: LinkOpening): Promise<LinkMode> {
  if (connectionId === null || mode === "new") return { kind: "new", lookbackDays };
  return { kind: mode, ...(await loginOf(env, tenantId, connectionId)) };
}

async function loginOf(env: Env, tenantId: TenantId, id: ConnectionId) {
  const { row, kept } = await withTenant(env, tenantId, async (tx) => {
    const found = await findConnection(tx, id);
    if (found === null || found.connection_type !== "plaid") throw notFound("connection");
    return { row: found, kept: await openCredentials(tx, env, tenantId, id) };
  });
  const credentials = plaidCredentialsSchema.safeParse(kept.credentials);
  if (!credentials.success)
    throw new Refusal({ status: 409, code: "connection_not_set_up", message: "This connection has no login yet. Connect the bank anew." });
  return { credentials: new Secret(credentials.data), bank: row.name };
}

export interface LinkDone {
  linkToken: string;
  /** The one that was signed in to again; null: what was connected is new. */
  connectionId: ConnectionId | null;
  name: string | null;
  config: ConnectionConfig;
  frequency: SyncFrequency;
  hour: number;
  timeZone: string;
}

interface Acting {
  env: Env;
  tenantId: TenantId;
  actor: Actor;
}

/** Connections that came of it. A login that is connected already keeps its connection, and goes on. */
export async function finishLink(act: Acting, done: LinkDone): Promise<ConnectionId[]> {
  if (done.connectionId !== null) {
    const [token] = (await answered(() => readLinkOutcome(doorOf(act.env), done.linkToken))).publicTokens;
    // In update mode the access token stays the same: nothing is exchanged.
    if (token === undefined) await activate({ ...act, id: done.connectionId }, { credentials: null, mayChange: false });
    else await relink(act, done.connectionId, token);
    return [done.connectionId];
  }
  const { publicTokens } = await answered(() => readLinkOutcome(doorOf(act.env), done.linkToken));
  const ids: ConnectionId[] = [];
  for (const token of publicTokens) ids.push(await connectLogin(act, done, token));
  return ids;
}

async function connectLogin(act: Acting, done: LinkDone, publicToken: Secret<string>): Promise<ConnectionId> {
  const { env, tenantId, actor } = act;
  const { itemId, credentials } = await answered(() => exchangePublicToken(doorOf(env), publicToken));
  const config = { ...done.config, item_id: itemId };
  const tried = await tryConnection(env, { type: "plaid", config, credentials: credentials.reveal() });
  const id = await withTenant(env, tenantId, async (tx) => {
    const same = tried.ok ? await sameConnection(tx, tried.result.identity, null) : null;
    if (same !== null) return idSchema<ConnectionId>().parse(same.id);
    const title = tried.ok ? tried.result.title : null;
    const row = await insertConnection(tx, {
      tenantId,
      name: done.name ?? title ?? "Plaid",
      connectionType: "plaid",
      config: connectionConfigSchema.parse({ ...config, ...(title === null ? {} : { institution_name: title }) }),
      syncFrequency: done.frequency,
      syncHour: done.hour,
      syncTimeZone: done.timeZone,
      status: "pending_setup",
      entityId: null,
      createdBy: actor.userId,
    });
    const connectionId = idSchema<ConnectionId>().parse(row.id);
    const audit = { action: "connection.created", subjectType: "connection", subjectId: row.id, connectionId, details: { connection_type: "plaid" } };
    await recordAudit(tx, actor, audit);
    return connectionId;
  });
  await activate({ env, tenantId, id, actor }, { credentials: { access_token: credentials.reveal().access_token }, mayChange: true });
  return id;
}

/** A login that was made anew takes its connection over: its own id in the settings, its accounts and history stay. */
async function relink(act: Acting, id: ConnectionId, publicToken: Secret<string>): Promise<void> {
  const { itemId, credentials } = await answered(() => exchangePublicToken(doorOf(act.env), publicToken));
  await withTenant(act.env, act.tenantId, async (tx) => {
    const row = await findConnection(tx, id);
    if (row === null) throw notFound("connection");
    await updateConnection(tx, id, { config: connectionConfigSchema.parse({ ...row.config, item_id: itemId }) });
  });
  await activate({ ...act, id }, { credentials: { access_token: credentials.reveal().access_token }, mayChange: true });
}

function doorOf(env: Env): LinkDoor {
  return { fetch: fetchOf(env), platform: platformOf(env), now: new Date() };
}

/** What Plaid refuses is a refusal of ours with its sentence. */
async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    const isAway = error.kind === "unavailable" || error.kind === "rate_limited";
    throw new Refusal({ status: isAway ? 503 : 409, code: "provider_refused", message: error.message, seen: error.code }, { cause: error });
  }
}
