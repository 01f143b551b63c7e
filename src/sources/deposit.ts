/** The only way in: bytes go to R2 as they come, hashed on the way; then job, raw file and first message are one transaction. Reads no money. */

import type { Actor } from "../domain/actor.ts";
import type { AccountId, ConnectionId, JobId, ProfileId, TenantId } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import type { Env } from "../env.ts";
import { recordAudit } from "../store/audit.ts";
import { findReceivingConnection } from "../store/connections.ts";
import { findSameBytes, insertRawFile, newRawId } from "../store/files.ts";
import { createJob } from "../store/jobs.ts";
import { announce } from "../store/outbox.ts";
import { getProfile } from "../store/profiles.ts";
import { requireQuota } from "../store/quota.ts";
import { putMeasured, putUnmeasured, rawKey, type StoredObject } from "../store/raw.ts";
import { isUniqueViolation, type Tx, withTenant } from "../store/tenant.ts";

/** 5 GiB: R2's own limit for one upload, far above a large bank's day (200 MB). */
export const FILE_BYTES_MAX = 5 * 1024 ** 3;

export interface Deposit {
  tenantId: TenantId;
  actor: Actor;
  /** Null: the tenant's default connection for files. */
  connectionId: ConnectionId | null;
  fileName: string;
  contentType: string | null;
  /** A format's id, or `recognize`. */
  format: string;
  body: ReadableStream<Uint8Array>;
  /** From Content-Length; null where the sender does not say. */
  sizeBytes: number | null;
  /** What the sender says the bytes hash to (hex); a body that does not is refused. */
  sha256?: string | null;
  receivedBy: "upload" | "drop" | "parts";
  /** How it is read, and the account of a file that names none itself: what the sender chose. */
  profileId?: ProfileId | null;
  accountId?: AccountId | null;
}

export interface Deposited {
  jobId: JobId;
  /** The same bytes stand on this connection already; `jobId` is the job that brought them. */
  duplicate: boolean;
}

/** Streams the body into R2 and starts its job. Refuses an unknown connection, an empty and an oversized body by name. */
export async function deposit(env: Env, file: Deposit): Promise<Deposited> {
  const { connection, rawId } = await withTenant(env, file.tenantId, async (tx) => {
    await requireChosen(tx, file);
    await requireQuota(tx, file.sizeBytes ?? 0);
    return { connection: await findReceivingConnection(tx, file.tenantId, file.connectionId), rawId: await newRawId(tx) };
  });
  if (connection === null) throw notFound("connection");
  if (file.sizeBytes === 0) throw emptyFile();
  const key = rawKey(file.tenantId, rawId, new Date());
  const stored =
    file.sizeBytes === null
      ? await putUnmeasured(env, key, file.body, FILE_BYTES_MAX)
      : file.sizeBytes > FILE_BYTES_MAX
        ? null
        : await putMeasured(env, key, file.body, file.sizeBytes);
  if (stored === null) throw tooLarge();
  if (stored.sizeBytes === 0) {
    await env.RAW.delete(key);
    throw emptyFile();
  }
  if (file.sha256 && file.sha256 !== stored.sha256) {
    await env.RAW.delete(key);
    throw otherDigest(file.sha256, stored.sha256);
  }
  const deposited = await register(env, { ...file, connectionId: connection.id }, { ...stored, key, rawId });
  if (deposited.duplicate) await env.RAW.delete(key);
  return deposited;
}

/** The profile and the account that the sender names are the company's own. */
export async function requireChosen(tx: Tx, chosen: { profileId?: ProfileId | null; accountId?: AccountId | null }): Promise<void> {
  if (chosen.profileId && (await getProfile(tx, chosen.profileId)) === null) throw notFound("profile");
  if (!chosen.accountId) return;
  const accountId = chosen.accountId;
  const account = await tx.query.accounts.findFirst({ columns: { id: true }, where: (rows, { eq }) => eq(rows.id, accountId) });
  if (!account) throw notFound("account");
}

type Stored = StoredObject & { key: string; rawId: Parameters<typeof insertRawFile>[1]["id"] };

async function register(env: Env, file: Deposit & { connectionId: ConnectionId }, stored: Stored): Promise<Deposited> {
  const attempt = () => withTenant(env, file.tenantId, (tx) => startJob(tx, file, stored));
  try {
    return await attempt();
  } catch (error) {
    // Two deposits of the same bytes at once: the other one won, so this one is its duplicate.
    if (isUniqueViolation(error, "raw_ingestion_data_content")) return attempt();
    throw error;
  }
}

async function startJob(tx: Tx, file: Deposit & { connectionId: ConnectionId }, stored: Stored): Promise<Deposited> {
  const first = await findSameBytes(tx, file.connectionId, stored.sha256);
  if (first !== null) {
    await recordAudit(tx, file.actor, {
      action: "file.duplicate",
      subjectType: "job",
      subjectId: first,
      jobId: first,
      connectionId: file.connectionId,
      details: { sha256: stored.sha256 },
    });
    return { jobId: first, duplicate: true };
  }
  const jobId = await createJob(tx, { tenantId: file.tenantId, connectionId: file.connectionId, jobType: "file", createdBy: file.actor.userId });
  await insertRawFile(tx, {
    tenantId: file.tenantId,
    id: stored.rawId,
    connectionId: file.connectionId,
    jobId,
    key: stored.key,
    etag: stored.etag,
    fileName: file.fileName,
    contentType: file.contentType,
    format: file.format,
    sizeBytes: stored.sizeBytes,
    sha256: stored.sha256,
    receivedBy: file.receivedBy,
    createdBy: file.actor.userId,
    profileId: file.profileId ?? null,
    accountId: file.accountId ?? null,
  });
  await announce(tx, file.tenantId, { type: "job.deposited", jobId });
  await recordAudit(tx, file.actor, {
    action: "file.deposited",
    subjectType: "job",
    subjectId: jobId,
    jobId,
    connectionId: file.connectionId,
    details: { sha256: stored.sha256, size_bytes: stored.sizeBytes, received_by: file.receivedBy },
  });
  return { jobId, duplicate: false };
}

export function emptyFile(): Refusal {
  return new Refusal({
    status: 400,
    code: "empty_file",
    message: "The file is empty. Expected at least one byte; download it from the bank again.",
    expected: "> 0 bytes",
    seen: 0,
  });
}

function otherDigest(expected: string, seen: string): Refusal {
  return new Refusal({
    status: 400,
    code: "digest_mismatch",
    message: "The bytes that arrived are not the ones that Content-Digest names. Nothing was kept; send the file again.",
    expected,
    seen,
  });
}

function tooLarge(): Refusal {
  return new Refusal({
    status: 413,
    code: "file_too_large",
    message: `The file is larger than ${FILE_BYTES_MAX} bytes. Split it by account or by day.`,
    expected: `<= ${FILE_BYTES_MAX} bytes`,
  });
}
