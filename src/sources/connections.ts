/** Connections that fetch: set up, tried, given credentials, ended. Secrets go straight into the vault; what comes out is never one of them. */
import type { Actor } from "../domain/actor.ts";
import { NEEDS_PERSON } from "../domain/connection-health.ts";
import { EXPIRES_SOON_DAYS } from "../domain/connection-state.ts";
import type { ConnectionId, TenantId } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import type { Json } from "../domain/stored.ts";
import type { Env } from "../env.ts";
import { errorFields, log } from "../lib/log.ts";
import { findConnection, noteTest, updateConnection } from "../store/connections.ts";
import { openCredentials, setCredentials } from "../store/credentials.ts";
import { raiseAlertDaily } from "../store/outbox.ts";
import { sameConnection } from "../store/read/connections.ts";
import { noteFailure, type RunFailure } from "../store/sync-health.ts";
import { startSync } from "../store/sync-turns.ts";
import { type Tx, withTenant } from "../store/tenant.ts";
import type { Connector, TestResult } from "./connectors/connector.ts";
import { connectorOf } from "./connectors/index.ts";
import { secretKeysOf } from "./set-up-forms.ts";
import { failureOf, sessionOf } from "./sync.ts";

type JsonObject = { [key: string]: Json };

export interface Trial {
  type: string;
  config: Readonly<Record<string, unknown>>;
  credentials: unknown;
}

export type TrialResult = { ok: true; result: TestResult } | { ok: false; failure: RunFailure };

/** Asks the provider with settings that need not be saved. Never throws for what the provider says. */
export async function tryConnection(env: Env, trial: Trial, connectionId = "unsaved"): Promise<TrialResult> {
  const connector = requireConnector(trial.type);
  const opened = sessionOf(env, connector, { connectionId, config: trial.config, credentials: trial.credentials });
  if ("failure" in opened) return { ok: false, failure: opened.failure };
  try {
    return { ok: true, result: await connector.test(opened.session) };
  } catch (error) {
    return { ok: false, failure: failureOf(error, connectionId) };
  }
}

/** A saved connection's own trial; its result is noted on it, and with a person's help it works again at once. */
export async function testConnection(env: Env, tenantId: TenantId, id: ConnectionId): Promise<TrialResult> {
  const { type, kept } = await withTenant(env, tenantId, async (tx) => {
    const row = await findConnection(tx, id);
    if (row === null) throw notFound("connection");
    return { type: row.connection_type, kept: await openCredentials(tx, env, tenantId, id) };
  });
  const tried = await tryConnection(env, { type, config: kept.config, credentials: kept.credentials }, id);
  await withTenant(env, tenantId, (tx) => keepTrial(tx, tenantId, id, tried));
  return tried;
}

/** What a trial says of its connection. A provider that is away for a moment says nothing about the connection. */
async function keepTrial(tx: Tx, tenantId: TenantId, id: ConnectionId, tried: TrialResult): Promise<void> {
  if (tried.ok) {
    const { expiresAt, accounts, identity } = tried.result;
    await noteTest(tx, id, { ok: true, message: tried.result.notes.join(" "), expiresAt, accounts, identity });
    if (expiresAt !== null && Date.parse(expiresAt) < Date.now() + EXPIRES_SOON_DAYS * 86_400_000)
      await raiseAlertDaily(tx, tenantId, { event: "credential_expires", connectionId: id });
    return;
  }
  await noteTest(tx, id, { ok: false, message: tried.failure.message });
  if (NEEDS_PERSON.includes(tried.failure.kind)) await noteFailure(tx, tenantId, id, tried.failure, new Date());
}

/** Settings and secrets apart: secrets that were given inside the settings are taken out of them. */
export function takeSecretsOut(
  type: string,
  config: JsonObject,
  credentials: JsonObject | undefined,
): { config: JsonObject; credentials: JsonObject | null } {
  const connector = connectorOf(type);
  if (connector === null) return { config, credentials: credentials ?? null };
  const secret = secretKeysOf(connector);
  const within = Object.entries(config).filter(([key]) => secret.includes(key));
  const all = { ...Object.fromEntries(within), ...credentials };
  return {
    config: Object.fromEntries(Object.entries(config).filter(([key]) => !secret.includes(key))),
    credentials: Object.keys(all).length === 0 ? null : all,
  };
}

export interface Finished {
  tenantId: TenantId;
  id: ConnectionId;
  actor: Actor;
  env: Env;
}

/**
 * The last step of setting up, and what follows new credentials: a trial, and where it is answered, the connection is active and fetched at once. What is
 * connected already is refused by name; another account than before is refused too, but for a login that was made anew (`mayChange`).
 */
export async function activate(
  { env, tenantId, id, actor }: Finished,
  change: { credentials: JsonObject | null; mayChange: boolean },
): Promise<TrialResult> {
  const { type, config, identity, kept } = await withTenant(env, tenantId, async (tx) => {
    const row = await findConnection(tx, id);
    if (row === null) throw notFound("connection");
    return { type: row.connection_type, config: row.config, identity: row.provider_key, kept: await openCredentials(tx, env, tenantId, id) };
  });
  const credentials = change.credentials ?? kept.credentials;
  const tried = await tryConnection(env, { type, config, credentials }, id);
  await withTenant(env, tenantId, async (tx) => {
    if (tried.ok) {
      await refuseSame(tx, tried.result.identity, id);
      if (identity !== null && identity !== tried.result.identity && !change.mayChange) throw otherAccount();
    }
    if (change.credentials !== null) await setCredentials(tx, env, { tenantId, id, credentials: change.credentials, userId: actor.userId });
    await keepTrial(tx, tenantId, id, tried);
    if (!tried.ok) return;
    const isOther = identity !== null && identity !== tried.result.identity;
    // A login that was made anew begins anew: its ids are others, and what is booked is met by what it is.
    await updateConnection(tx, id, { status: "active", ...CLEARED, ...(isOther ? { sync_cursor: null } : {}) });
    await startSync(tx, { tenantId, connectionId: id, trigger: "setup", actor });
  });
  return tried;
}

const CLEARED = { failure_kind: null, failure_code: null, failed_at: null, failures: 0, last_error: null } as const;

/** What is being connected is not connected yet. */
export async function refuseSame(tx: Tx, identity: string, but: ConnectionId | null): Promise<void> {
  const same = await sameConnection(tx, identity, but);
  if (same === null) return;
  throw new Refusal({
    status: 409,
    code: "connection_exists",
    message: `This is connected already, as "${same.name}". Give that connection new credentials instead: its accounts and history stay.`,
    more: { connection_id: same.id, name: same.name },
  });
}

function otherAccount(): Refusal {
  return new Refusal({
    status: 409,
    code: "other_account",
    message:
      "These credentials belong to another account than this connection's, so they were not kept. Make a connection of its own for that account.",
  });
}

/** Tells the provider that nobody will ask any more. A provider that does not answer keeps nobody from deleting. */
export async function disconnect(env: Env, tenantId: TenantId, id: ConnectionId): Promise<void> {
  const found = await withTenant(env, tenantId, async (tx) => {
    const row = await findConnection(tx, id);
    return row === null || row.credentials === null ? null : { type: row.connection_type, kept: await openCredentials(tx, env, tenantId, id) };
  });
  const connector = found === null ? null : connectorOf(found.type);
  if (found === null || connector?.disconnect === undefined) return;
  const opened = sessionOf(env, connector, { connectionId: id, config: found.kept.config, credentials: found.kept.credentials });
  if ("failure" in opened) return;
  await connector.disconnect(opened.session).catch((error) => log("warn", "disconnect_failed", { connection_id: id, ...errorFields(error) }));
}

export function requireConnector(type: string): Connector {
  const connector = connectorOf(type);
  if (connector !== null) return connector;
  throw new Refusal({
    status: 409,
    code: "nothing_to_fetch",
    message: "This connection receives files, so there is nothing to fetch. Upload a file to it.",
    seen: type,
  });
}
