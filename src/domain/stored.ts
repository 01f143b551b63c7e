/** The shapes that rest inside jsonb columns. */
import type { Inference, Question } from "./profile.ts";

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
}

/** A transaction's own line of the statement. */
export interface TransactionRaw {
  raw: string;
}
