/** A connection's turn: pages from its provider into R2, one call after the other, sealed with their cursor at the end. Reads no money in them. */

import type { RawId, TenantId } from "../domain/ids.ts";
import { Unavailable } from "../domain/refusal.ts";
import { ATTEMPTS_MAX, attemptDelaySeconds } from "../domain/schedule.ts";
import type { Json } from "../domain/stored.ts";
import type { Env } from "../env.ts";
import { errorFields, log } from "../lib/log.ts";
import { Secret } from "../lib/secret.ts";
import { openCredentials } from "../store/credentials.ts";
import { newRawIds } from "../store/files.ts";
import { putText, rawKey } from "../store/raw.ts";
import { DONE, goOnLater, type StageResult, type StageRun, type StageWork, underLease } from "../store/stage.ts";
import type { RunFailure } from "../store/sync-health.ts";
import { endNotReady, failRun, findRun, forgetCursor, keepPages, type PageRow, postponeRun, type SyncRun, sealRun } from "../store/syncs.ts";
import { type Connector, ConnectorFailure, type Fetched, type RawPage, type Session } from "./connectors/connector.ts";
import { connectorOf } from "./connectors/index.ts";
import { fetchOf, platformOf } from "./platform.ts";
import { ownSettings } from "./settings.ts";

/** 5: a chain whose data keeps changing under it is left for a quieter hour. */
const RESTARTS_MAX = 5;
/** 20,000 pages of 100 are two million movements: more than any company's first sync. A provider that never ends is stopped here. */
const PAGES_MAX = 20_000;

/** Fetches what is left of the job's run; near the time budget it sends itself the same message again. */
export function runSync(run: StageRun): Promise<StageResult> {
  return underLease(run, ["fetching"], async (work) => {
    const found = await work.door.tx((tx) => findRun(tx, work.jobId));
    if (found === null || found.waits) return DONE;
    const opened = await openSession(work, found);
    if ("failure" in opened) {
      await fail(work, found, opened.failure);
      return DONE;
    }
    return fetchAll(work, found, opened);
  });
}

interface Opened {
  connector: Connector;
  session: Session<unknown, unknown>;
}

async function fetchAll(work: StageWork, first: SyncRun, { connector, session }: Opened): Promise<StageResult> {
  const startedAt = Date.now();
  let run = first;
  for (let steps = 1; ; steps += 1) {
    if (run.pages >= PAGES_MAX) {
      await fail(work, run, { ...ENDLESS, retryAfterSeconds: null, requestId: null });
      return DONE;
    }
    let fetched: Fetched<Json>;
    try {
      fetched = await fetchStep(connector, session, run.cursor);
    } catch (error) {
      await recover(work, run, connector, failureOf(error, run.connection_id));
      return DONE;
    }
    if (fetched.notReady) {
      await work.door.tx((tx) => endNotReady(tx, work.lease, run, { tenantId: work.tenantId, now: new Date() }));
      return DONE;
    }
    const pages = await storePages(work, fetched.pages);
    await land(work, run, { pages, cursor: fetched.next, isLast: !fetched.hasMore });
    if (!fetched.hasMore) return DONE;
    run = { ...run, pages: run.pages + pages.length, cursor: fetched.next, attempts: 0 };
    const restSeconds = restOfMinute(connector, { steps, forMs: Date.now() - startedAt });
    if (restSeconds > 0 || Date.now() > work.deadline) return goOnLater(work, "sync.due", restSeconds);
  }
}

/** How long the provider is left alone, seconds: what is left of the minute once it has given all that it gives in one; else 0. */
function restOfMinute({ pagesPerMinuteMax }: Connector, { steps, forMs }: { steps: number; forMs: number }): number {
  return pagesPerMinuteMax === undefined || steps < pagesPerMinuteMax ? 0 : Math.max(0, Math.ceil((60_000 - forMs) / 1_000));
}

/** One call of the connector; the cursor is of its own schema on the way in and on the way out. */
async function fetchStep(connector: Connector, session: Session<unknown, unknown>, kept: Json): Promise<Fetched<Json>> {
  const cursor = kept === null ? null : connector.cursor.safeParse(kept);
  if (cursor?.success === false) throw new ConnectorFailure(STRANGE_CURSOR);
  const fetched = await connector.fetchPages({ ...session, now: new Date() }, cursor?.data ?? null);
  // The connector's own schema gave it, so it is JSON.
  return { ...fetched, next: connector.cursor.parse(fetched.next) as Json };
}

/** The pages' rows with how far the run has come; with the last of them the run is sealed, all in one transaction. */
function land(work: StageWork, run: SyncRun, fetched: { pages: PageRow[]; cursor: Json; isLast: boolean }): Promise<void> {
  return work.door.tx(async (tx) => {
    await keepPages(tx, work.lease, run, { tenantId: work.tenantId, ...fetched });
    if (!fetched.isLast) return;
    const now = new Date();
    if (await sealRun(tx, work.lease, run, { tenantId: work.tenantId, cursor: fetched.cursor, now })) return;
    await failRun(tx, work.lease, run, { tenantId: work.tenantId, failure: { ...OVERTAKEN, retryAfterSeconds: null, requestId: null }, now });
  });
}

async function storePages(work: StageWork, pages: readonly RawPage[]): Promise<PageRow[]> {
  if (pages.length === 0) return [];
  const ids = await work.door.tx((tx) => newRawIds(tx, pages.length));
  return Promise.all(pages.map((page, index) => storePage(work.env, work.tenantId, page, ids[index])));
}

async function storePage(env: Env, tenantId: TenantId, page: RawPage, id: RawId | undefined): Promise<PageRow> {
  if (id === undefined) throw new Error("The database gave fewer ids than there are pages.");
  const key = rawKey(tenantId, id, new Date());
  const stored = await putText(env, key, page.body);
  return {
    id,
    sourceKey: page.sourceKey,
    key,
    etag: stored.etag,
    fileName: page.fileName,
    format: page.format,
    sizeBytes: stored.sizeBytes,
    sha256: stored.sha256,
  };
}

/** What becomes of a run whose provider did not answer as it should: again at once, later, from the beginning, or not before somebody has acted. */
async function recover(work: StageWork, run: SyncRun, connector: Connector, failure: RunFailure): Promise<void> {
  const { kind, retryAfterSeconds } = failure;
  const { tenantId, lease } = work;
  const heals = kind === "unavailable" || kind === "rate_limited" || kind === "unexpected";
  if (heals && run.attempts + 1 < ATTEMPTS_MAX) {
    const delaySeconds = attemptDelaySeconds(run.attempts + 1, retryAfterSeconds);
    const restart = run.pages > 0 && connector.resumesAt(run.cursor) === "chain";
    await work.door.tx((tx) => postponeRun(tx, lease, tenantId, { failure, delaySeconds, restart }));
    return;
  }
  const isAnew = kind === "chain_broken" || (kind === "cursor_lost" && run.cursor_from !== null);
  if (!isAnew || run.restarts >= RESTARTS_MAX) {
    await fail(work, run, failure);
    return;
  }
  await work.door.tx(async (tx) => {
    if (kind === "cursor_lost") await forgetCursor(tx, lease, run);
    // 1 s, 2 s, … : who changes the data is given a moment.
    await postponeRun(tx, lease, tenantId, { failure, delaySeconds: run.restarts + 1, restart: kind === "chain_broken" });
  });
}

async function fail(work: StageWork, run: SyncRun, failure: RunFailure): Promise<void> {
  log("warn", "sync_failed", {
    tenant_id: work.tenantId,
    job_id: work.jobId,
    connection_id: run.connection_id,
    kind: failure.kind,
    code: failure.code,
  });
  await work.door.tx((tx) => failRun(tx, work.lease, run, { tenantId: work.tenantId, failure, now: new Date() }));
}

async function openSession(work: StageWork, run: SyncRun): Promise<Opened | { failure: RunFailure }> {
  const connector = connectorOf(run.connection_type);
  if (connector === null) throw new Error(`Connections of the type ${run.connection_type} fetch nothing.`);
  if (run.deleted || run.status === "inactive") return { failure: { ...PAUSED, retryAfterSeconds: null, requestId: null } };
  const kept = await work.door.tx((tx) => openCredentials(tx, work.env, work.tenantId, run.connection_id));
  return sessionOf(work.env, connector, kept);
}

/** A session of the connector's own config and credentials, each checked by its schema; the failure that says which is not as it should be. */
export function sessionOf(
  env: Env,
  connector: Connector,
  given: { connectionId: string; config: Readonly<Record<string, unknown>>; credentials: unknown },
): Opened | { failure: RunFailure } {
  const config = connector.config.safeParse(ownSettings(given.config));
  const credentials = connector.credentials.safeParse(given.credentials);
  if (!config.success) return { failure: incomplete("configuration_incomplete", config.error.issues) };
  if (!credentials.success) return { failure: incomplete("credentials_missing", credentials.error.issues) };
  const session = {
    connectionId: given.connectionId,
    config: config.data,
    credentials: new Secret(credentials.data),
    fetch: fetchOf(env),
    platform: platformOf(env),
    now: new Date(),
  };
  return { connector, session };
}

/**
 * What a connector threw, as its connection keeps it. What is no failure of its provider is a fault of ours: people are told that there was one, its place
 * goes to the log, and its own words go nowhere, for they may quote a credential or somebody's row.
 */
export function failureOf(error: unknown, connectionId: string): RunFailure {
  if (error instanceof ConnectorFailure) {
    const { kind, code, message, retryAfterSeconds, requestId } = error;
    return { kind, code, message, retryAfterSeconds, requestId };
  }
  if (error instanceof Unavailable) throw error;
  log("error", "sync_failed", { connection_id: connectionId, kind: UNFORESEEN.kind, code: UNFORESEEN.code, ...errorFields(error) });
  return { ...UNFORESEEN, retryAfterSeconds: null, requestId: null };
}

function incomplete(code: string, issues: readonly { path: PropertyKey[]; message: string }[]): RunFailure {
  const fields = issues.map(({ path, message }) => `${path.join(".") || "settings"}: ${message}`).join("; ");
  const what = code === "credentials_missing" ? "Its credentials are missing or not as they should be" : "Its settings are not complete";
  return {
    kind: "configuration",
    code,
    message: `${what} (${fields}). Set them, then test the connection.`,
    retryAfterSeconds: null,
    requestId: null,
  };
}

const PAUSED = {
  kind: "configuration",
  code: "connection_paused",
  message: "The connection was paused or deleted while it was being fetched. Nothing was kept.",
} as const;
const OVERTAKEN = {
  kind: "chain_broken",
  code: "cursor_moved",
  message: "Another fetch of this connection came first, so this one was given up. It is fetched again by itself.",
} as const;
const UNFORESEEN = {
  kind: "unexpected",
  code: "unexpected_error",
  message:
    "Something went wrong in this program that nobody foresaw, while the provider was asked. Nothing of it was booked, and what is in the books is untouched. If it lasts, tell whoever runs this installation.",
} as const;
const STRANGE_CURSOR = {
  kind: "cursor_lost",
  code: "cursor_not_understood",
  message: "How far this connection was read is kept in a form that is no longer understood. The whole window is read again, by itself.",
} as const;
const ENDLESS = {
  kind: "malformed",
  code: "too_many_pages",
  message: `The provider sent ${PAGES_MAX} pages without an end, so the fetch was stopped and nothing of it was booked. Ask the provider, or narrow the days to be fetched.`,
} as const;
