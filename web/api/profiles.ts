/** Remembered readings over HTTP: the one of a file's signature, and saving what a person said as its next version. */
import type { ProfileSettings } from "../../src/domain/profile.ts";
import { get, post, withQuery } from "./client.ts";
import type { Page, StoredProfile } from "./types.ts";

/** The newest version for files of this format and signature, or null. */
export async function findProfile(format: string, signature: string): Promise<StoredProfile | null> {
  const found = await get<Page<StoredProfile>>(withQuery("/api/profiles", { format, signature }));
  return found.data[0] ?? null;
}

export function saveProfile(draft: { name: string; format: string; signature: string; profile: ProfileSettings }): Promise<StoredProfile> {
  return post<StoredProfile>("/api/profiles", draft);
}
