/** RULES.md §2 and §3, sentence by sentence, on the pure matcher. */
import { describe, expect, it } from "vitest";
import { ACCOUNT, BANK, booked, DAY, interim, movement, OTHER_BANK, planOf, statement } from "../harness/plan.ts";

const wire = movement(125_000, { bankReference: "REF-000001" });
const fee = movement(-1_500, { text: "FEE" });
const NEW = "new: not_seen_before";
const TOMORROW = "2026-03-03";

describe("counting is a statement's", () => {
  it("two identical lines of one statement are two movements, the second with the next occurrence", () => {
    const plan = planOf([statement([fee, fee])]);

    expect(plan.of(0, 0)).toMatchObject({ outcome: "new", occurrence: 1 });
    expect(plan.of(0, 1)).toMatchObject({ outcome: "new", occurrence: 2 });
  });

  it("the k-th of a statement meets the k-th of the books, and what is left is new", () => {
    const [first, second] = [booked(fee), booked(fee, { occurrence: 2 })];

    const plan = planOf([statement([fee, fee, fee])], [second, first]);

    expect(plan.of(0, 0)).toMatchObject({ outcome: "duplicate", targetId: first.id });
    expect(plan.of(0, 1)).toMatchObject({ outcome: "duplicate", targetId: second.id });
    expect(plan.of(0, 2)).toMatchObject({ outcome: "new", occurrence: 3 });
  });

  it("repeated statements of one file need the maximum, not the sum", () => {
    const plan = planOf([statement([wire, wire]), statement([wire, wire, wire])]);

    expect(plan.outcomes.filter((outcome) => outcome.startsWith("new"))).toHaveLength(3);
    expect(plan.of(1, 1)).toMatchObject({ outcome: "duplicate", targetId: plan.of(0, 1).id });
  });

  it("a final statement stands for a movement before an interim one does, wherever it stands in the file", () => {
    const plan = planOf([interim([wire]), statement([wire])]);

    expect(plan.outcomes).toEqual(["duplicate: repeated_in_file", NEW]);
  });

  it("the day is exact: the same rent a month later, or a day later, is new", () => {
    const plan = planOf([statement([movement(-90_000, { postedOn: TOMORROW })], { asOfOn: TOMORROW })], [booked(movement(-90_000))]);

    expect(plan.outcomes).toEqual([NEW]);
  });
});

describe("tombstones", () => {
  it("a row that a person deleted is met like a live one: it does not come back by itself", () => {
    const plan = planOf([statement([wire])], [booked(wire, { deletedBy: "person" })]);

    expect(plan.outcomes).toEqual(["duplicate: deleted_by_person"]);
  });

  it("a row that the bank removed is met by nobody, but its occurrence stays taken", () => {
    const plan = planOf([statement([wire])], [booked(wire, { deletedBy: "bank" })]);

    expect(plan.of(0, 0)).toMatchObject({ outcome: "new", code: "another_of_same", occurrence: 2 });
  });
});

describe("strong ids", () => {
  const paid = movement(9_900, { externalId: "X1" });
  const changed = movement(9_950, { externalId: "X1" });

  it("the same id with equal content is a duplicate", () => {
    expect(planOf([statement([paid])], [booked(paid)]).outcomes).toEqual(["duplicate: same_id"]);
  });

  it("an id that a delta changes is an update of its row, pinned to its version", () => {
    const row = booked(paid, { version: 4 });

    const plan = planOf([statement([changed], { kind: "delta", asOfOn: null })], [row]);

    expect(plan.of(0, 0)).toMatchObject({ outcome: "update", code: "same_id_changed", targetId: row.id, targetVersion: 4 });
  });

  it("an id that a file changes is a conflict", () => {
    expect(planOf([statement([changed])], [booked(paid)]).outcomes).toEqual(["conflict: same_id_changed"]);
  });

  it("a source's change to a reconciled row is a conflict, even a delta's", () => {
    const plan = planOf([statement([changed], { kind: "delta", asOfOn: null })], [booked(paid, { isReconciled: true })]);

    expect(plan.outcomes).toEqual(["conflict: reconciled_row_changed"]);
  });

  it("the same id in another account is another movement", () => {
    const plan = planOf([statement([paid])], [booked(paid, { accountId: "another", scopedId: "another:X1", identityKey: "another" })]);

    expect(plan.outcomes).toEqual([NEW]);
  });

  it("the same id from another connection is a duplicate only for the same provider", () => {
    const row = booked(changed, { connectionId: OTHER_BANK });

    const same = planOf([statement([paid])], [row], { sameProvider: new Set([BANK, OTHER_BANK]) });
    const other = planOf([statement([paid])], [row]);

    expect(same.outcomes).toEqual(["duplicate: same_id_other_connection"]);
    expect(other.outcomes).toEqual([NEW]);
  });

  it("an id that stands twice in one delivery with different content is a conflict", () => {
    expect(planOf([statement([paid]), statement([changed])]).outcomes).toEqual([NEW, "conflict: repeated_id_changed"]);
  });

  it("equal payments with different ids in one statement are two movements, also where one of them is booked", () => {
    const twin = movement(9_900, { externalId: "X2" });

    const plan = planOf([statement([twin, paid])], [booked(paid)]);

    expect(plan.of(0, 1)).toMatchObject({ outcome: "duplicate", code: "same_id" });
    expect(plan.of(0, 0)).toMatchObject({ outcome: "new", occurrence: 2 });
  });
});

describe("interim and final", () => {
  const pending = (row: ReturnType<typeof movement>, more = {}) => booked({ ...row, isPending: true }, more);

  it("a final row with the key of an interim one is its update", () => {
    const row = pending(wire, { version: 3 });

    const plan = planOf([statement([wire])], [row]);

    expect(plan.of(0, 0)).toMatchObject({ outcome: "update", code: "interim_to_final", targetId: row.id, targetVersion: 3 });
    expect(plan.removals).toEqual([]);
  });

  it("by amount and a shared reference of six characters, on either side of bank and customer", () => {
    const row = pending(movement(5_000, { customerReference: "INV-88", text: "PENDING" }));

    const plan = planOf([statement([movement(5_000, { bankReference: "INV-88" }), movement(5_000, { text: "CARD" })])], [row]);

    expect(plan.outcomes).toEqual(["update: interim_same_reference", NEW]);
  });

  it("five characters, or filler zeros, are no reference", () => {
    const two = [movement(5_000, { bankReference: "00000000" }), movement(5_000, { bankReference: "AB-12", text: "CARD" })];

    const plan = planOf(
      [statement(two)],
      [pending(movement(5_000, { bankReference: "00000000", text: "P" })), pending(movement(5_000, { bankReference: "AB-12", text: "Q" }))],
    );

    expect(plan.outcomes).toEqual([NEW, NEW]);
    expect(plan.removals).toHaveLength(2);
  });

  it("by an amount that is unique on both sides", () => {
    const plan = planOf([statement([movement(5_000, { text: "CARD PAYMENT" }), fee])], [pending(movement(5_000, { text: "CARD" }))]);

    expect(plan.outcomes).toEqual(["update: interim_same_amount", NEW]);
  });

  it("an interim row that the final statement leaves over is a removal", () => {
    const row = pending(wire, { version: 2 });

    const plan = planOf([statement([fee])], [row]);

    expect(plan.removals).toEqual([{ statementId: "statement 0", code: "interim_not_in_final", targetId: row.id, targetVersion: 2 }]);
  });

  it("only the final statement of that connection, account and day claims", () => {
    const elsewhere = [
      pending(wire, { connectionId: OTHER_BANK, identityKey: "x" }),
      pending(wire, { accountId: "another", identityKey: "y" }),
      pending(movement(125_000, { postedOn: TOMORROW })),
    ];

    const plan = planOf([statement([fee])], elsewhere, { sharedAccounts: new Set() });

    expect(plan.removals).toEqual([]);
  });

  it("an interim statement of a day whose final is known changes nothing any more", () => {
    const final = { connectionId: BANK, accountId: ACCOUNT, days: { from: DAY, to: DAY } };

    const plan = planOf([interim([wire, fee])], [booked(wire)], { finals: [final] });

    expect(plan.outcomes).toEqual(["duplicate: already_booked", "duplicate: superseded_by_final"]);
    expect(plan.of(0, 1).targetId).toBeNull();
  });

  it("an interim statement beside its final one in the same file books nothing and holds nothing back", () => {
    const plan = planOf([interim([wire, fee]), statement([wire])], [pending(fee)]);

    expect(plan.outcomes).toEqual(["duplicate: repeated_in_file", "duplicate: already_booked", NEW]);
    expect(plan.removals).toMatchObject([{ code: "interim_not_in_final" }]);
  });

  it("an interim statement removes nothing", () => {
    expect(planOf([interim([fee])], [pending(wire), booked(movement(700))]).removals).toEqual([]);
  });

  it("a reconciled interim row is not changed without a person", () => {
    expect(planOf([statement([wire])], [pending(wire, { isReconciled: true })]).outcomes).toEqual(["conflict: reconciled_row_changed"]);
  });
});

describe("deletions and corrections", () => {
  it("a deletion removes the connection's rows of the account and day, and posts none of its own", () => {
    const [ours, theirs, later] = [booked(wire), booked(fee, { connectionId: OTHER_BANK }), booked(movement(1, { postedOn: TOMORROW }))];

    const plan = planOf([statement([wire, fee], { groupStatus: 2 })], [ours, theirs, later]);

    expect(plan.outcomes).toEqual(["duplicate: listed_for_deletion", "duplicate: listed_for_deletion"]);
    expect(plan.removals).toMatchObject([{ code: "deleted_by_bank", targetId: ours.id }]);
  });

  it("a correction is a difference: in the books only is removed, in the statement only is new", () => {
    const [kept, wrong] = [booked(wire), booked(movement(4_000))];

    const plan = planOf([statement([wire, movement(4_400)], { groupStatus: 3 })], [kept, wrong]);

    expect(plan.outcomes).toEqual(["duplicate: already_booked", NEW]);
    expect(plan.removals).toMatchObject([{ code: "corrected_by_bank", targetId: wrong.id }]);
  });

  it("a corrected text is no possible duplicate of the row it replaces", () => {
    const plan = planOf([statement([movement(4_000, { text: "RENT MARCH" })], { groupStatus: 3 })], [booked(movement(4_000, { text: "RENT" }))]);

    expect(plan.outcomes).toEqual([NEW]);
    expect(plan.removals).toHaveLength(1);
  });

  it("groups apply in file order: what a later correction replaces books nothing", () => {
    const plan = planOf([statement([wire, fee]), statement([wire], { groupStatus: 3 })]);

    expect(plan.outcomes).toEqual(["duplicate: replaced_in_file", "duplicate: replaced_in_file", NEW]);
  });

  it("a deletion spares what an interim statement after it shows again; a final correction does not", () => {
    const [kept, gone] = [booked(wire), booked(fee)];

    const deletion = planOf([statement([wire, fee], { groupStatus: 2 }), interim([wire])], [kept, gone]);
    const correction = planOf([statement([], { groupStatus: 3 }), interim([wire])], [kept, gone]);

    expect(deletion.removals.map((removal) => removal.targetId)).toEqual([gone.id]);
    expect(correction.removals.map((removal) => removal.targetId)).toEqual([kept.id, gone.id]);
  });

  it("a deletion followed by the day again is a difference, never delete and insert", () => {
    const [kept, gone] = [booked(wire), booked(fee)];

    const plan = planOf([statement([], { groupStatus: 2 }), statement([wire])], [kept, gone]);

    expect(plan.outcomes).toEqual(["duplicate: already_booked"]);
    expect(plan.removals).toMatchObject([{ targetId: gone.id }]);
  });

  it("a row that another source shows too loses only this sighting", () => {
    const row = booked(wire, { sightings: [{ connectionId: OTHER_BANK, days: { from: DAY, to: DAY } }] });

    expect(planOf([statement([], { groupStatus: 2 })], [row]).removals).toMatchObject([{ code: "removal_sighting_only" }]);
  });

  it("an interim correction takes back interim rows only", () => {
    const plan = planOf([interim([], { groupStatus: 3 })], [booked(wire), booked({ ...fee, isPending: true })]);

    expect(plan.removals).toHaveLength(1);
  });
});

describe("another source", () => {
  const theirs = (row: ReturnType<typeof movement>, more = {}) => booked(row, { connectionId: OTHER_BANK, ...more });
  const ours = movement(77_700, { text: "INCOMING PAYMENT", customerReference: "INV-2026-1" });

  it("links the only candidate of the same day", () => {
    const row = theirs(movement(77_700, { text: "ACH CREDIT" }));

    const plan = planOf([statement([ours])], [row]);

    expect(plan.of(0, 0)).toMatchObject({ outcome: "duplicate", code: "other_source_same_day", targetId: row.id });
  });

  it("links within three days by a shared reference", () => {
    const plan = planOf([statement([ours])], [theirs(movement(77_700, { postedOn: "2026-03-05", bankReference: "INV-2026-1" }))]);

    expect(plan.outcomes).toEqual(["duplicate: other_source_same_reference"]);
  });

  it("asks a person within three days, and never beyond", () => {
    const near = planOf([statement([ours])], [theirs(movement(77_700, { postedOn: "2026-02-27" }))]);
    const far = planOf([statement([ours])], [theirs(movement(77_700, { postedOn: "2026-03-06" }))]);

    expect(near.outcomes).toEqual(["possible_duplicate: other_source_near"]);
    expect(far.outcomes).toEqual([NEW]);
  });

  it("links nothing where either side has more than one candidate", () => {
    const twoOfTheirs = planOf([statement([ours])], [theirs(movement(77_700, { text: "A" })), theirs(movement(77_700, { text: "B" }))]);
    const twoOfOurs = planOf([statement([ours, movement(77_700, { text: "OTHER" })])], [theirs(movement(77_700, { text: "A" }))]);

    expect(twoOfTheirs.outcomes).toEqual([NEW]);
    expect(twoOfOurs.outcomes).toEqual([NEW, NEW]);
  });

  it("a row that this connection has shown on another day is spoken for", () => {
    const row = theirs(movement(77_700, { postedOn: "2026-03-01" }), {
      sightings: [{ connectionId: BANK, days: { from: "2026-03-01", to: "2026-03-01" } }],
    });

    expect(planOf([statement([ours])], [row]).outcomes).toEqual([NEW]);
  });
});

describe("possible duplicates within one connection", () => {
  const card = (text: string) => movement(-4_200, { text });

  it("are asked between statements that cover the same day, with the same amount and another text", () => {
    const row = booked(card("CARD 12"), { version: 2 });

    const plan = planOf([statement([card("CARD PAYMENT 12")], { groupStatus: null })], [row]);

    expect(plan.of(0, 0)).toMatchObject({
      outcome: "possible_duplicate",
      code: "same_day_same_amount",
      targetId: row.id,
      targetVersion: 2,
      occurrence: 1,
    });
  });

  it("are never asked inside one statement", () => {
    expect(planOf([statement([card("A"), card("B")])]).outcomes).toEqual([NEW, NEW]);
    expect(planOf([statement([card("A"), card("B")])], [booked(card("A"))]).outcomes).toEqual(["duplicate: already_booked", NEW]);
  });

  it("are never asked between two different final days", () => {
    const plan = planOf([statement([movement(-4_200, { postedOn: TOMORROW, text: "B" })], { asOfOn: TOMORROW })], [booked(card("A"))]);

    expect(plan.outcomes).toEqual([NEW]);
  });

  it("claim each booked row once a statement", () => {
    const plan = planOf([statement([card("B"), card("C")])], [booked(card("A"))]);

    expect(plan.outcomes).toEqual(["possible_duplicate: same_day_same_amount", NEW]);
  });

  it("are never asked between two statements of one file: the bank lists two movements", () => {
    const plan = planOf([interim([card("A")]), interim([card("B")])]);

    expect(plan.outcomes).toEqual([NEW, NEW]);
  });

  it("are never asked about a booked row that another statement of the file shows", () => {
    const plan = planOf([statement([card("A")], { groupStatus: null }), statement([card("B")], { groupStatus: null })], [booked(card("A"))]);

    expect(plan.outcomes).toEqual(["duplicate: already_booked", NEW]);
  });

  it("a delta covers no day: two equal amounts of two syncs are two movements", () => {
    const plan = planOf([statement([card("B")], { kind: "delta", asOfOn: null })], [booked(card("A"), { statementDays: null })]);

    expect(plan.outcomes).toEqual([NEW]);
  });
});

describe("a resend of group status 1", () => {
  it("that leaves rows out is asked about where its matches carry no reference", () => {
    const plan = planOf([statement([fee, wire])], [booked(fee), booked(wire), booked(movement(300))]);

    expect(plan.outcomes).toEqual(["possible_duplicate: append_or_resend", "duplicate: already_booked"]);
    expect(plan.of(0, 0).occurrence).toBeGreaterThan(1);
  });

  it("that is a superset of what it resends is no question", () => {
    expect(planOf([statement([fee, wire, movement(300)])], [booked(fee), booked(wire)]).outcomes).toEqual([
      "duplicate: already_booked",
      "duplicate: already_booked",
      NEW,
    ]);
  });

  it("within one delivery is asked about in the same way", () => {
    const plan = planOf([statement([fee, movement(300)]), statement([fee])]);

    expect(plan.outcomes).toEqual([NEW, NEW, "possible_duplicate: append_or_resend"]);
  });

  it("that a bank splits over two statements of one file is a superset when both together show all of it", () => {
    const plan = planOf([statement([fee]), statement([wire, movement(300)])], [booked(fee), booked(wire), booked(movement(300))]);

    expect(plan.outcomes).toEqual(["duplicate: already_booked", "duplicate: already_booked", "duplicate: already_booked"]);
  });

  it("of an export without group status is no question", () => {
    expect(planOf([statement([fee], { groupStatus: null })], [booked(fee), booked(wire)]).outcomes).toEqual(["duplicate: already_booked"]);
  });
});

it("what follows a row of its own delivery follows it to the booked row that it turns out to be", () => {
  const row = booked({ ...movement(5_000, { text: "CARD" }), isPending: true });

  const plan = planOf([statement([movement(5_000, { text: "CARD PAYMENT" })]), statement([movement(5_000, { text: "CARD PAYMENT" })])], [row]);

  expect(plan.outcomes).toEqual(["update: interim_same_amount", "duplicate: repeated_in_file"]);
  expect(plan.of(1, 0).targetId).toBe(row.id);
});

it("a test group books nothing and removes nothing", () => {
  const plan = planOf([statement([], { groupStatus: 4 })], [booked(wire), booked({ ...fee, isPending: true })]);

  expect(plan.removals).toEqual([]);
});
