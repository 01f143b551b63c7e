/** Ways in which the house could be built wrong, as changes of what it says to the database and to the queue: each must be caught. Never part of the house. */

export interface Mutant {
  name: string;
  /** How often it changed something: one that never bites proves nothing. */
  bites: number;
  /** The message is acknowledged before anything is done about it. */
  acknowledgesFirst?: boolean;
  /** Changes a statement of the house; undefined leaves it as it is, `null` puts it off until after the commit. */
  rewrite?(text: string): string | null | undefined;
}

function replacing(name: string, what: RegExp, by: string): () => Mutant {
  return () => ({
    name,
    bites: 0,
    rewrite(text) {
      const changed = text.replaceAll(what, by);
      if (changed === text) return undefined;
      this.bites += 1;
      return changed;
    },
  });
}

/** Fresh ones for each run. */
export const MUTANTS: Record<string, () => Mutant> = {
  /** Whoever wakes up writes on, whoever has the job by now. */
  no_fence: replacing("no_fence", /lease_epoch = (\$\d+) and lease_until is not null/g, "(lease_epoch = $1 or true)"),
  /** A chunk's rows are committed first, and what says so afterwards. */
  checkpoint_apart: () => ({
    name: "checkpoint_apart",
    bites: 0,
    rewrite(text) {
      if (!/^update "raw_ingestion_data" set .*"next_offset" = /.test(text)) return undefined;
      this.bites += 1;
      return null;
    },
  }),
  ack_before_commit: () => ({ name: "ack_before_commit", bites: 0, acknowledgesFirst: true }),
  /** A booked movement answers for as many rows of a statement as ask. */
  no_claimed_set: replacing("no_claimed_set", /(select f\.statement_id, f\.target_id from plan_entries f where )/g, "$1 false and "),
  /** Every movement of a key meets the first one. */
  occurrence_ignored: replacing("occurrence_ignored", /offset o\.k - 1/g, "offset 0"),
};
