/** Connections, their runs and their webhooks as people read them. Opens no credential: it says only whether there is one. */
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import type { ConnectionId } from "../../domain/ids.ts";
import { isToMap } from "../mappings.ts";
import { rowsOf, type Tx } from "../tenant.ts";
import { every, jsonRows } from "./json.ts";

/** 30 days: what a sparkline shows. */
const ACTIVITY_DAYS = 30;
/** 1,000 connections: the largest treasuries have some hundred bank relations. */
const CONNECTIONS_MAX = 1_000;

const activity = sql`(select coalesce(json_agg(json_build_object('on', d.day, 'rows', d.n) order by d.day), '[]')
  from (select (j.completed_at at time zone 'UTC')::date as day, sum(j.records_imported) as n from ingestion_jobs j
         where j.tenant_id = c.tenant_id and j.connection_id = c.id and j.stage = 'done' and j.completed_at > now() - make_interval(days => ${ACTIVITY_DAYS})
         group by 1 having sum(j.records_imported) > 0) d)`;

const openRun = sql`(select json_build_object('job_id', j.id, 'trigger', u.trigger, 'stage', j.stage, 'pages', u.pages, 'attempts', u.attempts,
    'retry_at', u.retry_at, 'started_at', u.started_at)
  from ingestion_jobs j join sync_runs u on u.tenant_id = j.tenant_id and u.job_id = j.id
 where j.tenant_id = c.tenant_id and j.connection_id = c.id and j.job_type = 'sync' and j.stage in ('fetching', 'waiting') and j.status <> 'failed' limit 1)`;

const lastJob = sql`(select json_build_object('id', j.id, 'status', j.status, 'stage', j.stage, 'created_at', j.created_at, 'file_name',
    case when j.job_type <> 'sync' then (select r.file_name from raw_ingestion_data r where r.tenant_id = j.tenant_id and r.job_id = j.id and r.page_no = 0) end)
  from ingestion_jobs j where j.tenant_id = c.tenant_id and j.connection_id = c.id order by j.id desc limit 1)`;

const columns = sql`c.id, c.name, c.connection_type, c.status, c.config, c.entity_id, c.is_default, c.sync_frequency, c.sync_hour, c.sync_time_zone, c.fresh_until,
  c.expires_at, c.provider_accounts, c.last_sync_at, c.last_success_at, c.next_sync_at, c.last_error, c.failures, c.failure_kind, c.failure_code, c.failed_at,
  c.created_by, c.created_at, c.updated_at,
  json_build_object('set', c.credentials is not null, 'set_at', c.credentials_set_at, 'set_by', c.credentials_set_by) as credentials,
  case when c.tested_at is not null then json_build_object('at', c.tested_at, 'ok', coalesce(c.test_ok, false), 'message', coalesce(c.test_message, '')) end as test,
  (select count(*) from account_mappings m where m.tenant_id = c.tenant_id and m.connection_id = c.id and ${isToMap}) as unmapped,
  case when c.fresh_until is null and c.sync_frequency = 'manual' then 'not_expected' when c.last_success_at is null then 'never'
       when c.fresh_until < now() then 'stale' else 'fresh' end as freshness,
  floor(extract(epoch from c.expires_at - now()) / 86400)::int as expires_in_days,
  ${openRun} as open_run, ${activity} as activity, ${lastJob} as last_job`;

export function readConnections(tx: Tx): Promise<unknown[]> {
  return jsonRows(tx, sql`select ${columns} from connections c where c.deleted_at is null order by c.name, c.id limit ${CONNECTIONS_MAX}`);
}

export async function readConnection(tx: Tx, id: ConnectionId): Promise<unknown> {
  const [row] = await jsonRows(tx, sql`select ${columns} from connections c where c.id = ${id} and c.deleted_at is null`);
  return row ?? null;
}

/** Runs of a connection, newest first: one row more than `limit`. */
export function listRuns(tx: Tx, of: { connectionId: ConnectionId; cursor: string | null; limit: number }): Promise<unknown[]> {
  const before = of.cursor === null ? sql`true` : sql`u.job_id < ${of.cursor}`;
  return jsonRows(
    tx,
    sql`select u.job_id, u.trigger, u.requested_by, p.name as requested_by_name, u.outcome, u.pages, u.restarts, u.attempts, u.retry_at,
          case when u.failure_code is not null then json_build_object('kind', u.failure_kind, 'code', u.failure_code, 'message', u.failure_message, 'request_id', u.request_id) end as failure,
          j.stage, j.status, j.records_fetched, j.records_imported, u.started_at, u.ended_at
        from sync_runs u join ingestion_jobs j on j.tenant_id = u.tenant_id and j.id = u.job_id
        left join users p on p.id = u.requested_by
       where u.connection_id = ${of.connectionId} and ${before} order by u.job_id desc limit ${of.limit + 1}`,
  );
}

const eventColumns = sql`e.id, e.connection_id, c.name as connection_name, e.provider, e.event_id, e.event_type, e.effect, e.code, e.deliveries, e.job_id,
  e.received_at, e.last_delivered_at, e.processed_at, e.replayed_at`;
const ofEvents = sql`from webhook_events e left join connections c on c.tenant_id = e.tenant_id and c.id = e.connection_id where e.tenant_id = current_tenant()`;

/** Webhooks, newest first: one row more than `limit`. */
export function listWebhookEvents(tx: Tx, of: { connectionId: string | null; cursor: string | null; limit: number }): Promise<unknown[]> {
  const conditions: SQL[] = [];
  if (of.connectionId !== null) conditions.push(sql`e.connection_id = ${of.connectionId}`);
  if (of.cursor !== null) conditions.push(sql`e.id < ${of.cursor}`);
  return jsonRows(tx, sql`select ${eventColumns} ${ofEvents} and ${every(conditions)} order by e.id desc limit ${of.limit + 1}`);
}

export async function readWebhookEvent(tx: Tx, id: string): Promise<unknown> {
  const [row] = await jsonRows(tx, sql`select ${eventColumns}, e.payload ${ofEvents} and e.id = ${id}`);
  return row ?? null;
}

/** A living connection of the tenant that is to the same, other than `but`. */
export async function sameConnection(tx: Tx, identity: string, but: ConnectionId | null): Promise<{ id: string; name: string } | null> {
  const query = sql`select id, name from connections where provider_key = ${identity} and deleted_at is null and id is distinct from ${but}::uuid order by id limit 1`;
  return (await rowsOf(tx, query, z.object({ id: z.string(), name: z.string() })))[0] ?? null;
}
