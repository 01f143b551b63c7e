/** The same bytes read anew, by today's parser or as another format: a new job whose plan is the difference to the books. Touches nothing booked. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { type ConnectionId, idSchema, type JobId, type ProfileId, type RawId } from "../domain/ids.ts";
import type { ProfileSettings } from "../domain/profile.ts";
import { notFound, Refusal, rawFileExpired } from "../domain/refusal.ts";
import { STAGES, WORKING_STAGES } from "../domain/status.ts";
import { recordAudit } from "../store/audit.ts";
import { copyPages, copyRawFile } from "../store/files.ts";
import { createJob } from "../store/jobs.ts";
import { announce } from "../store/outbox.ts";
import { rowsOf, type Tx } from "../store/tenant.ts";
import type { JobAct } from "./review.ts";

const sourceRow = z.object({
  connection_id: idSchema<ConnectionId>(),
  source_raw_id: idSchema<RawId>().nullable(),
  raw_id: idSchema<RawId>(),
  stage: z.enum(STAGES),
  status: z.string(),
  open_reparse: idSchema<JobId>().nullable(),
  expired_at: z.string().nullable(),
  is_sync: z.boolean(),
});

export interface NewReading {
  format: string | null;
  profileId: ProfileId | null;
  settings: ProfileSettings | null;
}

/**
 * Starts the job; without a format by today's recognition, without a profile by what is remembered and proved today. 409 while the source is at work or waits for its own review, or while another reading of the
 * same bytes is under way.
 */
export async function reparseJob(tx: Tx, act: JobAct, as: NewReading): Promise<JobId> {
  const source = await lockSource(tx, act.jobId);
  if (source === null) throw notFound("job");
  refuseWhileOpen(source);
  if (source.expired_at !== null) throw rawFileExpired(source.expired_at);
  if (source.is_sync) refuseOtherSync(source, as);
  const jobId = await createJob(tx, {
    tenantId: act.tenantId,
    connectionId: source.connection_id,
    jobType: "reparse",
    createdBy: act.actor.userId,
    sourceRawId: source.source_raw_id ?? source.raw_id,
  });
  if (source.is_sync) await copyPages(tx, { fromJobId: act.jobId, toJobId: jobId, createdBy: act.actor.userId });
  else
    await copyRawFile(tx, {
      rawId: source.raw_id,
      jobId,
      format: as.format ?? "recognize",
      createdBy: act.actor.userId,
      settings: as.settings,
      profileId: as.profileId,
    });
  await announce(tx, act.tenantId, { type: "job.deposited", jobId });
  await recordAudit(tx, act.actor, {
    action: "job.reparsed",
    subjectType: "job",
    subjectId: jobId,
    jobId,
    connectionId: source.connection_id,
    details: { source_job_id: act.jobId, format: as.format ?? "auto", profile_id: as.profileId },
  });
  return jobId;
}

/** The job whose bytes are read anew, locked so that its object does not expire beside it, with another reading of them that has not ended. */
async function lockSource(tx: Tx, jobId: JobId): Promise<z.infer<typeof sourceRow> | null> {
  const [row] = await rowsOf(
    tx,
    sql`select j.connection_id, j.source_raw_id, r.id as raw_id, j.stage, j.status, to_json(r.object_expired_at) #>> '{}' as expired_at,
          exists (select from raw_ingestion_data o join sync_runs u on u.tenant_id = o.tenant_id and u.job_id = o.job_id
                   where o.tenant_id = j.tenant_id and o.id = coalesce(j.source_raw_id, r.id)) as is_sync,
          (select o.id from ingestion_jobs o where o.tenant_id = j.tenant_id and o.source_raw_id = coalesce(j.source_raw_id, r.id) and o.id <> j.id
             and o.status in ('pending', 'running') order by o.id limit 1) as open_reparse
        from ingestion_jobs j join raw_ingestion_data r on r.tenant_id = j.tenant_id and r.job_id = j.id and r.page_no = 0
       where j.id = ${jobId} for update of j, r`,
    sourceRow,
  );
  return row ?? null;
}

function refuseWhileOpen(source: z.infer<typeof sourceRow>): void {
  if (source.open_reparse !== null) {
    throw new Refusal({
      status: 409,
      code: "reparse_open",
      message: "The same file is being read anew already. Approve or cancel that job first.",
      more: { job_id: source.open_reparse },
    });
  }
  const working: readonly string[] = WORKING_STAGES;
  const isOpen = source.status !== "failed" && (working.includes(source.stage) || source.stage === "in_review" || source.stage === "needs_mapping");
  if (!isOpen) return;
  throw new Refusal({
    status: 409,
    code: "wrong_stage",
    message: `This job is in stage "${source.stage}": nothing of it is settled yet. Approve or cancel it, then read its file anew.`,
    expected: ["done", "undone", "cancelled"],
    seen: source.stage,
  });
}

/** Changes that stand were followed by others: read again alone they would undo those. Changes that were taken back, or never booked, can be planned anew. */
function refuseOtherSync(source: z.infer<typeof sourceRow>, as: NewReading): void {
  if (as.format !== null || as.profileId !== null || as.settings !== null) {
    throw new Refusal({
      status: 409,
      code: "pages_have_their_format",
      message: "What was fetched is in its provider's own form and is read in no other. Leave the format and the profile out.",
    });
  }
  if (source.stage === "undone" || source.stage === "cancelled") return;
  throw new Refusal({
    status: 409,
    code: "sync_stands",
    message: "What this fetch brought stands in the books, and later fetches build on it. Undo it first; its pages can be planned anew then.",
    expected: ["undone", "cancelled"],
    seen: source.stage,
  });
}
