/** Raw files' rows: what was deposited, how far it is parsed, and whether the same bytes are already here. The bytes are raw.ts's business. */
import { and, eq, isNull, sql } from "drizzle-orm";
import * as z from "zod";
import { maskCardNumbers } from "../domain/card-number.ts";
import { type AccountId, type ConnectionId, idSchema, type JobId, type ProfileId, type RawId, type TenantId } from "../domain/ids.ts";
import type { Profile, ProfileSettings } from "../domain/profile.ts";
import { profileSchema, profileSettingsSchema, storedMembersSchema } from "../domain/profile-schema.ts";
import type { StoredMembers, StoredReading } from "../domain/stored.ts";
import { fromHex } from "../lib/crypto.ts";
import { rawIngestionData } from "./schema.ts";
import { rowsOf, type Tx } from "./tenant.ts";

export interface RawFile {
  tenantId: TenantId;
  id: RawId;
  connectionId: ConnectionId;
  jobId: JobId;
  key: string;
  etag: string;
  fileName: string;
  contentType: string | null;
  format: string;
  sizeBytes: number;
  /** Hex; null where the consumer has yet to hash it. */
  sha256: string | null;
  receivedBy: string;
  createdBy: string | null;
  /** The profile that the sender chose, and the account of a file that names none itself. */
  profileId: ProfileId | null;
  accountId: AccountId | null;
}

/** A fresh uuid v7 of the database's: raw files are named before their row can be written. */
export async function newRawId(tx: Tx): Promise<RawId> {
  const [row] = await rowsOf(tx, sql`select uuidv7() as id`, z.object({ id: idSchema<RawId>() }));
  return idSchema<RawId>().parse(row?.id);
}

/** As many of them as there are pages. */
export async function newRawIds(tx: Tx, count: number): Promise<RawId[]> {
  const rows = await rowsOf(tx, sql`select uuidv7() as id from generate_series(1, ${count})`, z.object({ id: idSchema<RawId>() }));
  return rows.map(({ id }) => id);
}

/** Writes the row of a deposited file. Fails on `raw_ingestion_data_content` where the same bytes are live on the connection. */
export async function insertRawFile(tx: Tx, file: RawFile): Promise<void> {
  await tx.insert(rawIngestionData).values({
    tenant_id: file.tenantId,
    id: file.id,
    connection_id: file.connectionId,
    job_id: file.jobId,
    r2_key: file.key,
    etag: file.etag,
    file_name: file.fileName,
    content_type: file.contentType,
    format: file.format,
    size_bytes: file.sizeBytes,
    sha256: file.sha256 === null ? null : fromHex(file.sha256),
    raw_data: { received_by: file.receivedBy },
    profile_id: file.profileId,
    account_id: file.accountId,
    created_by: file.createdBy,
  });
}

export interface RawCopy {
  rawId: RawId;
  jobId: JobId;
  format: string;
  createdBy: string | null;
  settings: ProfileSettings | null;
  profileId: ProfileId | null;
}

/**
 * The same stored object under another job, to be read from its beginning. Never live: the same bytes may come again as before, and it holds no one's place.
 */
export async function copyRawFile(tx: Tx, copy: RawCopy): Promise<void> {
  await tx.execute(sql`
    insert into raw_ingestion_data (tenant_id, connection_id, job_id, page_no, r2_key, etag, file_name, content_type, format, size_bytes, sha256, raw_data, is_live,
      created_by, settings, profile_id, account_id)
    select r.tenant_id, r.connection_id, ${copy.jobId}, r.page_no, r.r2_key, r.etag, r.file_name, r.content_type, ${copy.format}, r.size_bytes, r.sha256,
           jsonb_build_object('received_by', 'reparse'), false, ${copy.createdBy},
           ${copy.settings === null ? null : JSON.stringify(copy.settings)}::jsonb, ${copy.profileId}, r.account_id
      from raw_ingestion_data r where r.id = ${copy.rawId}`);
}

/** The pages of a sync under another job, in their order and in their own format; without those of chains that were begun anew. */
export async function copyPages(tx: Tx, copy: { fromJobId: JobId; toJobId: JobId; createdBy: string | null }): Promise<void> {
  await tx.execute(sql`
    insert into raw_ingestion_data (tenant_id, connection_id, job_id, page_no, source_key, r2_key, etag, file_name, content_type, format, size_bytes, sha256, raw_data, is_live,
      created_by)
    select r.tenant_id, r.connection_id, ${copy.toJobId}, row_number() over (order by r.page_no) - 1, r.source_key, r.r2_key, r.etag, r.file_name, r.content_type,
           r.format, r.size_bytes, r.sha256, jsonb_build_object('received_by', 'reparse'), false, ${copy.createdBy}
      from raw_ingestion_data r where r.job_id = ${copy.fromJobId} and r.set_aside_at is null`);
}

/** The job that brought these bytes to this connection first and still stands; null where they are new. */
export async function findSameBytes(tx: Tx, connectionId: ConnectionId, sha256: string): Promise<JobId | null> {
  const [row] = await rowsOf(
    tx,
    sql`select job_id from raw_ingestion_data where connection_id = ${connectionId} and sha256 = decode(${sha256}, 'hex') and is_live limit 1`,
    z.object({ job_id: idSchema<JobId>() }),
  );
  return row?.job_id ?? null;
}

/** The hash of a file that came in parts. Fails on `raw_ingestion_data_content` where the same bytes are live already. */
export async function setHash(tx: Tx, rawId: RawId, sha256: string): Promise<void> {
  await tx
    .update(rawIngestionData)
    .set({ sha256: fromHex(sha256) })
    .where(eq(rawIngestionData.id, rawId));
}

const unparsedRow = z.object({
  id: idSchema<RawId>(),
  r2_key: z.string(),
  etag: z.string(),
  file_name: z.string(),
  format: z.string(),
  size_bytes: z.coerce.number(),
  sha256: z.string().nullable(),
  next_offset: z.coerce.number(),
  parse_state: z.unknown(),
  parse_seq: z.coerce.number(),
  settings: profileSettingsSchema.nullable(),
  profile: profileSchema.nullable(),
  profile_id: idSchema<ProfileId>().nullable(),
  account_id: idSchema<AccountId>().nullable(),
  members: storedMembersSchema.nullable(),
});
export type UnparsedFile = z.infer<typeof unparsedRow>;

/** The next file of the job that is not wholly parsed, with the checkpoint to go on from; null where all are. A sync's rows are numbered through its pages. */
export async function nextUnparsed(tx: Tx, jobId: JobId): Promise<UnparsedFile | null> {
  await tx.execute(sql`
    update raw_ingestion_data r set parse_seq = b.last
      from (select n.id, (select max(d.parse_seq) from raw_ingestion_data d where d.job_id = ${jobId} and d.page_no < n.page_no) as last
              from (select id, page_no from raw_ingestion_data where job_id = ${jobId} and parsed_at is null and set_aside_at is null order by page_no limit 1) n
             where n.page_no > 0) b
     where r.id = b.id and r.next_offset = 0 and r.parse_seq = 0 and r.parse_state is null and b.last > 0`);
  const [row] = await rowsOf(
    tx,
    sql`select id, r2_key, etag, file_name, format, size_bytes, encode(sha256, 'hex') as sha256, next_offset, parse_state, parse_seq, settings, profile, profile_id, account_id,
               members
        from raw_ingestion_data where job_id = ${jobId} and parsed_at is null and set_aside_at is null order by page_no limit 1`,
    unparsedRow,
  );
  return row ?? null;
}

export interface CheckpointMove {
  rawId: RawId;
  from: { offset: number; seq: number };
  to: { offset: number; state: unknown; seq: number };
  done: boolean;
}

/** Compare-and-set of the checkpoint; false where another worker moved it. */
export async function moveCheckpoint(tx: Tx, move: CheckpointMove): Promise<boolean> {
  const moved = await tx
    .update(rawIngestionData)
    .set({
      next_offset: move.to.offset,
      parse_state: sql`${JSON.stringify(move.to.state ?? null)}::jsonb`,
      parse_seq: move.to.seq,
      ...(move.done ? { parsed_at: sql`now()` } : {}),
    })
    .where(
      and(
        eq(rawIngestionData.id, move.rawId),
        eq(rawIngestionData.next_offset, move.from.offset),
        eq(rawIngestionData.parse_seq, move.from.seq),
        isNull(rawIngestionData.parsed_at),
      ),
    )
    .returning({ id: rawIngestionData.id });
  return moved.length === 1;
}

/** What recognition found, kept with the file. */
export async function setFormat(tx: Tx, rawId: RawId, format: string, because: string): Promise<void> {
  await tx
    .update(rawIngestionData)
    .set({ format, raw_data: sql`raw_data || jsonb_build_object('recognized_because', ${because}::text)` })
    .where(eq(rawIngestionData.id, rawId));
}

/** How the file is read: what was found, and the profile that holds once nothing is open; from then on the parser goes by it alone. */
export async function setReading(
  tx: Tx,
  rawId: RawId,
  found: { reading: StoredReading; profile: Profile | null; profileId: ProfileId | null; members?: StoredMembers },
): Promise<void> {
  const { profile, profileId, members } = found;
  // What is shown as evidence are cells of the file.
  const reading = maskedIn(found.reading);
  await tx
    .update(rawIngestionData)
    .set({ reading, profile, profile_id: profileId, ...(members === undefined ? {} : { members }) })
    .where(eq(rawIngestionData.id, rawId));
}

/** The same with card numbers masked in every text. */
function maskedIn<T>(value: T): T {
  // Safe: texts become texts, and nothing else changes.
  if (typeof value === "string") return maskCardNumbers(value) as T;
  if (Array.isArray(value)) return value.map((each) => maskedIn<unknown>(each)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, maskedIn<unknown>(each)])) as T;
}

const askedFile = z.object({
  id: idSchema<RawId>(),
  file_name: z.string(),
  format: z.string(),
  settings: profileSettingsSchema.nullable(),
  profile_id: idSchema<ProfileId>().nullable(),
  signature: z.string(),
  members: storedMembersSchema.nullable(),
  /** Of an archive: the signatures of the files in it that need a reading, with their formats. */
  shapes: z.array(z.object({ signature: z.string(), format: z.string() })).nullable(),
});

export type AskedFile = z.infer<typeof askedFile>;

/** The job's file whose reading waits for a person; null where none does. */
export async function askedFileOf(tx: Tx, jobId: JobId): Promise<AskedFile | null> {
  const [row] = await rowsOf(
    tx,
    sql`select id, file_name, format, settings, profile_id, reading ->> 'signature' as signature, members, reading -> 'members' as shapes from raw_ingestion_data
         where job_id = ${jobId} and reading is not null and profile is null and parsed_at is null order by page_no limit 1`,
    askedFile,
  );
  return row ?? null;
}

/** What a person says of how this one file is read, and the profile below it. */
export async function setSettings(tx: Tx, rawId: RawId, said: { settings: ProfileSettings; profileId: ProfileId | null }): Promise<void> {
  await tx.update(rawIngestionData).set({ settings: said.settings, profile_id: said.profileId }).where(eq(rawIngestionData.id, rawId));
}

/** What a person says of the files in this one archive. */
export async function setMembers(tx: Tx, rawId: RawId, members: StoredMembers): Promise<void> {
  await tx.update(rawIngestionData).set({ members }).where(eq(rawIngestionData.id, rawId));
}
