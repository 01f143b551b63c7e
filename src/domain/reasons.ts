/** Why the matcher found what it found: one code, one sentence for the reviewer. Never names an account, a person or an amount. */

export const REASONS = {
  another_of_same: "The books hold fewer movements like this one than this statement does.",
  already_booked: "The same movement is in the books.",
  repeated_in_file: "The same movement stands in another statement of this delivery.",
  replaced_in_file: "A later deletion or correction in this delivery replaces the statement that this row stands in.",
  listed_for_deletion: "The bank lists this row in a deletion; it books nothing.",
  superseded_by_final: "A final statement of this day is known; an interim one changes nothing any more.",
  deleted_by_person: "A person deleted this movement; only a person restores it.",
  same_id: "The source gave this movement, under its own id, before.",
  same_id_other_connection: "Another connection of the same provider gave this movement under the same id.",
  new_id: "The source gives this movement, under its own id, for the first time.",
  pending_to_posted: "The source has booked this movement, which it gave as pending under another id before.",
  removed_by_source: "The source says that this movement is gone.",
  pending_not_in_whole_read: "The source was read from the beginning and no longer shows this pending movement.",
  not_in_whole_read: "The source was read from the beginning and no longer shows this movement; a person says whether it is gone.",
  reconciled_row_removed: "The source says that a movement is gone which is reconciled already.",
  same_id_changed: "The source gave this id before, with other content.",
  repeated_id_changed: "The same id stands twice in this delivery, with different content.",
  reconciled_row_changed: "The source changes a movement that is reconciled already.",
  append_or_resend:
    "An equal movement without any reference is booked, but this statement leaves out others: it may be the same one sent again, or one more.",
  interim_to_final: "The final statement confirms this interim movement.",
  interim_same_reference: "The final statement shows this interim movement with the same amount and reference.",
  interim_same_amount: "The final statement shows the only interim movement of this amount.",
  interim_not_in_final: "The final statement of the day no longer shows this interim movement.",
  deleted_by_bank: "The bank deletes its movements of this day.",
  corrected_by_bank: "The bank's corrected statement of this day no longer shows this movement.",
  reads_otherwise: "This place of the file was read otherwise before: the booked row takes the new reading.",
  not_in_new_reading: "The file showed this movement when it was read before, and shows it no more.",
  removal_sighting_only: "This source takes the movement back, but another one shows it too: it stays, and loses only this sighting.",
  other_source_same_day: "Another connection shows the only movement of this amount on the same day.",
  other_source_same_reference: "Another connection shows the only movement of this amount, with the same reference.",
  other_source_near: "Another connection shows the only movement of this amount within three days; a person says whether it is the same.",
  same_day_same_amount: "Another statement covers the same day and shows this amount with another text; a person says whether it is the same.",
} as const satisfies Record<string, string>;

export type ReasonCode = keyof typeof REASONS;
