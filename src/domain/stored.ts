/** The shapes that rest inside jsonb columns. */
import type { ProfileId } from "./ids.ts";
import type { Inference, Profile, ProfileKind, ProfileSettings, Question } from "./profile.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** An envelope of src/store/vault.ts: ciphertext under a fresh data key, the data key wrapped by a versioned key. All base64url. */
export interface Sealed {
  v: 1;
  key_id: string;
  wrap_iv: string;
  wrapped_key: string;
  iv: string;
  ciphertext: string;
}

/** In and out of one currency, as positive minor units in text, with the number of rows. */
export interface CurrencyTotal {
  currency: string;
  in_minor: string;
  out_minor: string;
  count: number;
}

/** What is known of a raw file beside its bytes. */
export interface RawEnvelope {
  /** Why this format was chosen. */
  recognized_because?: string;
  /** Where the bytes came from: `upload`, `parts`, `drop`; `reparse`: another job's object, read anew. */
  received_by?: string;
}

/** How a file is read, with the evidence and what a person still has to say (domain/profile.ts). */
export interface StoredReading {
  signature: string;
  inference: Inference[];
  questions: Question[];
  /** Columns that no longer are as the profile says. */
  changed: string[];
  /** Of an archive: each shape among its files. What stands beside it is of the one that is asked about now, else of the first. */
  members?: StoredShape[];
}

/** The files in an archive that have one signature, and how they are read. */
export interface StoredShape {
  /** A format's id; a profile of the shape is kept under it. */
  format: string;
  signature: string;
  /** The first hundred names; `file_count` counts all. */
  files: string[];
  file_count: number;
  inference: Inference[];
  questions: Question[];
  changed: string[];
  /** Null while something is open. */
  profile: Profile | null;
  profile_id: ProfileId | null;
  profile_name: string | null;
  profile_version: number | null;
}

/** Of an archive: what a person said of the files in it, by their signature, and, once nothing is open, all that they are read by. */
export interface StoredMembers {
  said: Record<string, ProfileSettings>;
  pinned: {
    byKind?: Partial<Record<ProfileKind, ProfileSettings>> | undefined;
    bySignature?: Record<string, ProfileSettings> | undefined;
    fitting?: ProfileSettings | undefined;
  } | null;
}

/** An account as its provider lists it (sources/connectors/connector.ts). */
export interface StoredProviderAccount {
  id: string;
  name: string | null;
  last_four: string | null;
  currency: string | null;
  type: string | null;
}

/** A transaction's own line of the statement. */
export interface TransactionRaw {
  raw: string;
}
