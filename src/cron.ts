/** What time starts: unsent messages, jobs that stand still, the audit log's seal, what has expired, companies that leave, alerts whose turn it is. Due-ness is data, so a tick that is lost costs a minute. */

import type { TenantId } from "./domain/ids.ts";
import { RETENTION } from "./domain/retention.ts";
import { STAGE_MESSAGE } from "./domain/status.ts";
import type { Env } from "./env.ts";
import { errorFields, log } from "./lib/log.ts";
import { sendDueAlerts } from "./notify/alerts.ts";
import { expireOf, ROWS_A_TURN } from "./pipeline/expire.ts";
import { removeCompany } from "./pipeline/remove-company.ts";
import { sendOutbox } from "./queue.ts";
import { testConnection } from "./sources/connections.ts";
import { sealAndKeepHead, tenantsToSeal } from "./store/audit-head.ts";
import { tenantsToRemove } from "./store/company.ts";
import { expireUnownedWebhookEvents, tenantsDueForExpiry } from "./store/expiry.ts";
import { stalledJobs, touchJob } from "./store/jobs.ts";
import { announce, raiseAlertDaily } from "./store/outbox.ts";
import { dueSyncs, dueTests, staleConnections, startDue, wakeableSyncs } from "./store/sync-due.ts";
import { wakeSync } from "./store/sync-turns.ts";
import { withTenant } from "./store/tenant.ts";

/** 2 minutes without a sign of life and without a lease (90 s): whoever had it is gone, or its message is lost. */
const STILL_SECONDS = 120;
/** 200 jobs a minute are 12,000 an hour: an outage's backlog comes back in a steady stream. */
const SWEEP_MAX = 200;
const SEAL_TENANTS_MAX = 100;
/** 20 a minute are 28,800 a day, each in about a second. */
const EXPIRE_TENANTS_MAX = 20;
/** 3 of 15 seconds each: a minute's tick stays a minute's. */
const REMOVE_TENANTS_MAX = 3;
/** 100 a minute are 6,000 an hour; what is left is due in the next minute, still first. */
const SYNCS_MAX = 100;
const TESTS_MAX = 10;

/** Each part by itself: one that fails says so and does not keep the others from running. */
export async function tick(env: Env): Promise<void> {
  for (const [name, part] of [
    ["sweep", sweep],
    ["start_syncs", startSyncs],
    ["wake_syncs", wakeSyncs],
    ["freshness", tellStale],
    ["seal_audit", sealAudits],
    ["send_outbox", sendOutbox],
    ["expire", expireDue],
    // Behind all of our own: they wait for others' servers.
    ["send_alerts", sendDueAlerts],
    ["test_connections", testConnections],
    // Last: nobody waits for it.
    ["remove_companies", removeCompanies],
  ] as const) {
    try {
      await part(env);
    } catch (error) {
      log("error", "tick_failed", { part: name, ...errorFields(error) });
    }
  }
}

/** Announces again what stands still in a working stage. */
export async function sweep(env: Env): Promise<void> {
  for (const { tenantId, jobId } of await stalledJobs(env, { stillSeconds: STILL_SECONDS, jobsMax: SWEEP_MAX })) {
    await withTenant(env, tenantId, async (tx) => {
      const stage = await touchJob(tx, jobId);
      const message = stage === null ? null : STAGE_MESSAGE[stage];
      if (message !== null) await announce(tx, tenantId, { type: message, jobId });
    });
  }
}

/** Begins the runs that are due: as many a minute as the queue takes in it, each company's longest waiting first. */
export async function startSyncs(env: Env): Promise<void> {
  await forEachDue(await dueSyncs(env, SYNCS_MAX), (due) => withTenant(env, due.tenantId, (tx) => startDue(tx, due, new Date())));
}

/** Lets runs go on whose predecessor has ended. */
export async function wakeSyncs(env: Env): Promise<void> {
  await forEachDue(await wakeableSyncs(env, SYNCS_MAX), (due) => withTenant(env, due.tenantId, (tx) => wakeSync(tx, due.tenantId, due.connectionId)));
}

/** The daily look at each connection: whether its provider still lets us in, and until when. A few a minute: each waits for somebody's server. */
export async function testConnections(env: Env): Promise<void> {
  await forEachDue(await dueTests(env, TESTS_MAX), (due) => testConnection(env, due.tenantId, due.connectionId).then(() => undefined));
}

/** Tells people, once a day, of connections whose data is older than it should be. */
export async function tellStale(env: Env): Promise<void> {
  await forEachDue(await staleConnections(env, SYNCS_MAX), (due) =>
    withTenant(env, due.tenantId, (tx) => raiseAlertDaily(tx, due.tenantId, { event: "freshness_lost", connectionId: due.connectionId })),
  );
}

/** One company's fault never keeps another one waiting. */
async function forEachDue<T extends { tenantId: TenantId }>(due: readonly T[], work: (due: T) => Promise<void>): Promise<void> {
  for (const one of due) await work(one).catch((error) => log("error", "due_failed", { tenant_id: one.tenantId, ...errorFields(error) }));
}

async function sealAudits(env: Env): Promise<void> {
  for (const tenantId of await tenantsToSeal(env, SEAL_TENANTS_MAX)) await sealAuditOf(env, tenantId);
}

/** Every company once a day; one with more than a batch again at once, behind the others. Each by itself: one that fails does not keep the next from its turn. */
export async function expireDue(env: Env): Promise<void> {
  for (const tenantId of await tenantsDueForExpiry(env, EXPIRE_TENANTS_MAX)) {
    await byItself("expiry_failed", tenantId, () => expireOf(env, tenantId));
  }
  await expireUnownedWebhookEvents(env, { days: RETENTION.webhook_events_days.default, rowsMax: ROWS_A_TURN });
}

/** Companies that asked to be deleted, a slice a minute each. */
export async function removeCompanies(env: Env): Promise<void> {
  for (const tenantId of await tenantsToRemove(env, REMOVE_TENANTS_MAX)) {
    await byItself("removal_failed", tenantId, () => removeCompany(env, tenantId));
  }
}

async function byItself(event: "expiry_failed" | "removal_failed", tenantId: TenantId, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log("error", event, { tenant_id: tenantId, ...errorFields(error) });
  }
}

/** Seals one company's log, and tells its people where it is not as it was. */
export async function sealAuditOf(env: Env, tenantId: TenantId): Promise<void> {
  const { agrees } = await sealAndKeepHead(env, tenantId);
  if (agrees) return;
  log("error", "audit_head_lost", { tenant_id: tenantId });
  await withTenant(env, tenantId, (tx) => raiseAlertDaily(tx, tenantId, { event: "audit_broken" }));
}
