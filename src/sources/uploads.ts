/** A large file in parts: begun, resumed, completed. R2 lists no parts, so their numbers and etags rest in Postgres. */
import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../domain/actor.ts";
import { type AccountId, type ConnectionId, idSchema, type JobId, type ProfileId, type TenantId } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import type { Env } from "../env.ts";
import { recordAudit } from "../store/audit.ts";
import { findReceivingConnection } from "../store/connections.ts";
import { insertRawFile, newRawId } from "../store/files.ts";
import { createJob } from "../store/jobs.ts";
import { announce } from "../store/outbox.ts";
import { requireQuota } from "../store/quota.ts";
import { PART_BYTES, rawKey } from "../store/raw.ts";
import { jsonRows } from "../store/read/json.ts";
import { uploadParts, uploads } from "../store/schema.ts";
import { type Tx, withTenant } from "../store/tenant.ts";
import { type Deposited, emptyFile, FILE_BYTES_MAX, requireChosen } from "./deposit.ts";

export { PART_BYTES };

/** An upload is named by the raw file it becomes. */
export type UploadId = Parameters<typeof insertRawFile>[1]["id"];

export interface NewUpload {
  tenantId: TenantId;
  actor: Actor;
  connectionId: ConnectionId | null;
  fileName: string;
  format: string;
  sizeBytes: number | null;
  profileId: ProfileId | null;
  accountId: AccountId | null;
}

/** Opens the multipart object and notes it; answers the upload as `uploadWire`. */
export async function beginUpload(env: Env, upload: NewUpload): Promise<unknown> {
  if ((upload.sizeBytes ?? 0) > FILE_BYTES_MAX) {
    throw new Refusal({
      status: 413,
      code: "file_too_large",
      message: `The file is larger than ${FILE_BYTES_MAX} bytes. Split it by account or by day.`,
      seen: upload.sizeBytes,
    });
  }
  const { connection, id } = await withTenant(env, upload.tenantId, async (tx) => {
    await requireChosen(tx, upload);
    await requireQuota(tx, upload.sizeBytes ?? 0);
    return { connection: await findReceivingConnection(tx, upload.tenantId, upload.connectionId), id: await newRawId(tx) };
  });
  if (connection === null) throw notFound("connection");
  const key = rawKey(upload.tenantId, id, new Date());
  const multipart = await env.RAW.createMultipartUpload(key);
  return withTenant(env, upload.tenantId, async (tx) => {
    await tx.insert(uploads).values({
      tenant_id: upload.tenantId,
      id,
      connection_id: connection.id,
      file_name: upload.fileName,
      format: upload.format,
      size_bytes: upload.sizeBytes,
      r2_key: key,
      r2_upload_id: multipart.uploadId,
      profile_id: upload.profileId,
      account_id: upload.accountId,
      created_by: upload.actor.userId,
    });
    return readRow(tx, id);
  });
}

/** The upload with the parts that are in, as `uploadWire`; null where it is not there. */
export function readUpload(env: Env, tenantId: TenantId, id: UploadId): Promise<unknown> {
  return withTenant(env, tenantId, (tx) => readRow(tx, id));
}

/** Stores one part; the same number again replaces it. */
export async function putPart(env: Env, tenantId: TenantId, id: UploadId, part: { partNo: number; bytes: Uint8Array }): Promise<unknown> {
  const upload = await withTenant(env, tenantId, (tx) => openUpload(tx, id));
  const stored = await env.RAW.resumeMultipartUpload(upload.r2_key, upload.r2_upload_id).uploadPart(part.partNo, part.bytes);
  return withTenant(env, tenantId, async (tx) => {
    await tx
      .insert(uploadParts)
      .values({ tenant_id: tenantId, upload_id: id, part_no: part.partNo, etag: stored.etag, size_bytes: part.bytes.byteLength })
      .onConflictDoUpdate({
        target: [uploadParts.tenant_id, uploadParts.upload_id, uploadParts.part_no],
        set: { etag: stored.etag, size_bytes: part.bytes.byteLength, received_at: sql`now()` },
      });
    return readRow(tx, id);
  });
}

/** All parts are in: the object is made whole and its job begins; hashing is the consumer's first step. Again: the job it began. */
export async function completeUpload(env: Env, tenantId: TenantId, id: UploadId, actor: Actor): Promise<Deposited> {
  const { upload, parts } = await withTenant(env, tenantId, async (tx) => ({ upload: await findUpload(tx, id), parts: await partsOf(tx, id) }));
  if (upload.job_id !== null) return { jobId: idSchema<JobId>().parse(upload.job_id), duplicate: false };
  const sizeBytes = requireWhole(parts, upload.size_bytes);
  const object = await completeObject(env, upload, parts);
  return withTenant(env, tenantId, async (tx) => {
    const again = await tx.select({ job_id: uploads.job_id }).from(uploads).where(eq(uploads.id, id)).for("update");
    if (again[0]?.job_id) return { jobId: idSchema<JobId>().parse(again[0].job_id), duplicate: false };
    const connectionId = idSchema<ConnectionId>().parse(upload.connection_id);
    const jobId = await createJob(tx, { tenantId, connectionId, jobType: "file", createdBy: actor.userId });
    await insertRawFile(tx, {
      tenantId,
      id,
      connectionId,
      jobId,
      key: upload.r2_key,
      etag: object.etag,
      fileName: upload.file_name,
      contentType: null,
      format: upload.format,
      sizeBytes,
      sha256: null,
      receivedBy: "parts",
      createdBy: actor.userId,
      profileId: idSchema<ProfileId>().nullable().parse(upload.profile_id),
      accountId: idSchema<AccountId>().nullable().parse(upload.account_id),
    });
    await tx.update(uploads).set({ job_id: jobId, completed_at: sql`now()` }).where(eq(uploads.id, id));
    await announce(tx, tenantId, { type: "job.deposited", jobId });
    await recordAudit(tx, actor, {
      action: "file.deposited",
      subjectType: "job",
      subjectId: jobId,
      jobId,
      connectionId,
      details: { size_bytes: sizeBytes, received_by: "parts" },
    });
    return { jobId, duplicate: false };
  });
}

/** Gives an unfinished upload up and frees its parts. */
export async function abortUpload(env: Env, tenantId: TenantId, id: UploadId): Promise<void> {
  const upload = await withTenant(env, tenantId, (tx) => openUpload(tx, id));
  await env.RAW.resumeMultipartUpload(upload.r2_key, upload.r2_upload_id).abort();
  await withTenant(env, tenantId, (tx) => tx.delete(uploads).where(and(eq(uploads.id, id), isNull(uploads.job_id))));
}

type UploadRow = typeof uploads.$inferSelect;
type PartRow = typeof uploadParts.$inferSelect;

/** A complete that was cut off after R2's part of it finds the whole object there. */
async function completeObject(env: Env, upload: UploadRow, parts: PartRow[]): Promise<{ etag: string }> {
  const whole = await env.RAW.head(upload.r2_key);
  if (whole !== null) return whole;
  return env.RAW.resumeMultipartUpload(upload.r2_key, upload.r2_upload_id).complete(
    parts.map((part) => ({ partNumber: part.part_no, etag: part.etag })),
  );
}

async function findUpload(tx: Tx, id: UploadId): Promise<UploadRow> {
  const [row] = await tx.select().from(uploads).where(eq(uploads.id, id));
  if (!row) throw notFound("upload");
  return row;
}

async function openUpload(tx: Tx, id: UploadId): Promise<UploadRow> {
  const row = await findUpload(tx, id);
  if (row.job_id === null) return row;
  throw new Refusal({
    status: 409,
    code: "upload_completed",
    message: "This upload is complete and its job has begun. Begin a new upload for another file.",
  });
}

function partsOf(tx: Tx, id: UploadId): Promise<PartRow[]> {
  return tx.select().from(uploadParts).where(eq(uploadParts.upload_id, id)).orderBy(asc(uploadParts.part_no));
}

/** Parts 1…n without a gap, all but the last of the one size; returns the file's size. */
function requireWhole(parts: PartRow[], sizeBytes: number | null): number {
  const gap = parts.findIndex((part, index) => part.part_no !== index + 1);
  const uneven = parts.slice(0, -1).find((part) => part.size_bytes !== PART_BYTES);
  const total = parts.reduce((sum, part) => sum + part.size_bytes, 0);
  if (parts.length > 0 && total === 0) throw emptyFile();
  const why =
    parts.length === 0
      ? "No part has come yet."
      : gap >= 0
        ? `Part ${gap + 1} is missing.`
        : uneven !== undefined
          ? `Part ${uneven.part_no} has ${uneven.size_bytes} bytes; every part but the last has ${PART_BYTES}.`
          : sizeBytes !== null && total !== sizeBytes
            ? `The parts have ${total} bytes together; ${sizeBytes} were announced.`
            : null;
  if (why === null) return total;
  throw new Refusal({
    status: 409,
    code: "upload_incomplete",
    message: `${why} Send what is missing, then complete it again.`,
    seen: parts.map((part) => part.part_no).slice(0, 100),
  });
}

async function readRow(tx: Tx, id: UploadId): Promise<unknown> {
  const [row] = await jsonRows(
    tx,
    sql`select u.id, u.connection_id, u.file_name, u.format, u.size_bytes, ${PART_BYTES}::int as part_size_bytes, u.job_id, u.completed_at, u.created_at,
          coalesce((select jsonb_agg(jsonb_build_object('part_no', p.part_no, 'size_bytes', p.size_bytes) order by p.part_no)
            from upload_parts p where p.tenant_id = u.tenant_id and p.upload_id = u.id), '[]') as parts from uploads u where u.id = ${id}`,
  );
  return row ?? null;
}
