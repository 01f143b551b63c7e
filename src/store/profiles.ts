/** Remembered ways to read a kind of file: one row a version, the newest of a signature holds. Never reads a file. */
import { and, eq, isNull, sql } from "drizzle-orm";
import * as z from "zod";
import { idSchema, type ProfileId, type TenantId } from "../domain/ids.ts";
import type { ProfileSettings } from "../domain/profile.ts";
import { profileSettingsSchema } from "../domain/profile-schema.ts";
import { jsonRows } from "./read/json.ts";
import { importProfiles } from "./schema.ts";
import { rowsOf, type Tx } from "./tenant.ts";

/** 1,000: a company with a profile for every bank of a continent. */
const PROFILES_MAX = 1_000;

const storedProfile = z.object({
  id: idSchema<ProfileId>(),
  name: z.string(),
  version: z.number(),
  signature: z.string(),
  format: z.string(),
  profile: profileSettingsSchema,
});
export type StoredProfile = z.infer<typeof storedProfile>;

const storedColumns = sql`p.id, p.name, p.version, p.signature, p.format, p.profile`;

/** The newest version of the profile that the company keeps for files of this shape; null where it keeps none. */
export async function findProfile(tx: Tx, file: { format: string; signature: string }): Promise<StoredProfile | null> {
  const [row] = await rowsOf(
    tx,
    sql`select ${storedColumns} from import_profiles p where p.format = ${file.format} and p.signature = ${file.signature} and p.retired_at is null
        order by p.version desc limit 1`,
    storedProfile,
  );
  return row ?? null;
}

/** The profile by which the connection's last file of the format was read, in its newest version; null where none was, or it is retired. */
export async function lastProfileOf(tx: Tx, { connectionId, format }: { connectionId: string; format: string }): Promise<StoredProfile | null> {
  const [row] = await rowsOf(
    tx,
    sql`select ${storedColumns} from import_profiles p where p.retired_at is null and (p.format, p.signature) = (
          select u.format, u.signature from raw_ingestion_data r join import_profiles u on u.tenant_id = r.tenant_id and u.id = r.profile_id
           where r.connection_id = ${connectionId} and r.profile is not null and u.format = ${format} order by r.id desc limit 1)
        order by p.version desc limit 1`,
    storedProfile,
  );
  return row ?? null;
}

/** The newest version of each profile that the company keeps, by signature. */
export async function currentProfiles(tx: Tx): Promise<Map<string, StoredProfile>> {
  const rows = await rowsOf(
    tx,
    sql`select distinct on (p.format, p.signature) ${storedColumns} from import_profiles p where p.retired_at is null
        order by p.format, p.signature, p.version desc limit ${PROFILES_MAX}`,
    storedProfile,
  );
  return new Map(rows.map((row) => [row.signature, row]));
}

export async function getProfile(tx: Tx, id: ProfileId): Promise<StoredProfile | null> {
  const [row] = await rowsOf(tx, sql`select ${storedColumns} from import_profiles p where p.id = ${id}`, storedProfile);
  return row ?? null;
}

export interface NewProfile {
  tenantId: TenantId;
  name: string;
  format: string;
  signature: string;
  profile: ProfileSettings;
  createdBy: string | null;
}

/** Writes the next version of the signature's profile. Two at once: the later one waits, and becomes the version after. */
export async function saveProfile(tx: Tx, profile: NewProfile): Promise<StoredProfile> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${profile.tenantId} ${profile.format} ${profile.signature}`}, 0))`);
  const [row] = await rowsOf(
    tx,
    sql`insert into import_profiles as p (tenant_id, name, format, signature, version, profile, created_by)
        select ${profile.tenantId}, ${profile.name}, ${profile.format}, ${profile.signature},
               coalesce((select max(o.version) from import_profiles o where o.format = ${profile.format} and o.signature = ${profile.signature}), 0) + 1,
               ${JSON.stringify(profile.profile)}::jsonb, ${profile.createdBy}
        returning ${storedColumns}`,
    storedProfile,
  );
  if (row === undefined) throw new Error("An insert gave no row back.");
  return row;
}

const listedColumns = sql`p.id, p.name, p.format, p.signature, p.version, p.profile, p.created_by, p.created_at,
  (select count(distinct r.job_id) from raw_ingestion_data r join import_profiles o on o.tenant_id = r.tenant_id and o.id = r.profile_id
    where o.tenant_id = p.tenant_id and o.format = p.format and o.signature = p.signature) as used_by_jobs`;

/** The newest version of each, the youngest first. */
export function listProfiles(tx: Tx, filter: { format?: string | undefined; signature?: string | undefined }): Promise<unknown[]> {
  const format = filter.format === undefined ? sql`true` : sql`p.format = ${filter.format}`;
  const signature = filter.signature === undefined ? sql`true` : sql`p.signature = ${filter.signature}`;
  return jsonRows(
    tx,
    sql`select ${listedColumns} from import_profiles p
        where p.retired_at is null and ${format} and ${signature}
          and not exists (select from import_profiles n where n.tenant_id = p.tenant_id and n.format = p.format and n.signature = p.signature
                and n.version > p.version and n.retired_at is null)
        order by p.id desc limit ${PROFILES_MAX}`,
  );
}

export async function readProfile(tx: Tx, id: ProfileId): Promise<unknown | null> {
  const [row] = await jsonRows(tx, sql`select ${listedColumns} from import_profiles p where p.id = ${id}`);
  return row ?? null;
}

/** Every version of its signature is applied to no file any more; jobs that were read by it keep theirs. False where it is not there. */
export async function retireProfile(tx: Tx, id: ProfileId): Promise<boolean> {
  const found = await getProfile(tx, id);
  if (found === null) return false;
  await tx
    .update(importProfiles)
    .set({ retired_at: sql`now()` })
    .where(and(eq(importProfiles.format, found.format), eq(importProfiles.signature, found.signature), isNull(importProfiles.retired_at)));
  return true;
}
