/** The imports that the pretended world starts with, each in another state, so that every page has something true to show. */
import { HOSTILE_TEXT, holds, type JobBundle, makeJob, makeRow, makeStatement, recount, withTarget } from "./dashboard-jobs.ts";
import { agoOf, dayOf, idOf, type Problem, type Row, type Statement } from "./dashboard-nouns.ts";
import { makeNamelessReading, makeReading } from "./dashboard-readings.ts";

/** Enough rows that a table which draws them all would be slow. */
const NEW_ROWS = 1204;
const NEW_REASON = "No movement like this one is in the books.";
const MAYBE_REASON = "Another statement covers the same day and shows this amount with another text; a person says whether it is the same.";

export function makeDemoJobs(): JobBundle[] {
  return [
    makeReviewJob(),
    makeMappingJob(),
    makeFailedJob(),
    makeBookedJob(4, "meridian-prior-day-2026-11-20.bai", 60 * 23),
    makePartialJob(),
    ...makeEndedJobs(),
    makeAskingJob(),
    makeReadJob(),
    makeNamelessJob(),
  ];
}

/** What an upload becomes once it is read: four new rows, one known, one that asks. */
export function makeUploadPlan(n: number): { rows: Row[]; statements: Statement[] } {
  const statement = makeStatement({ ...operating(n * 10), count: 6, lines: [3, 11] });
  const fresh = range(4).map((index) =>
    operatingRow(n * 100 + index, "new", NEW_REASON, statement.id, index === 0 ? { description: HOSTILE_TEXT } : {}),
  );
  const known = withTarget(operatingRow(5, "duplicate", "The same movement is in the books.", statement.id));
  const maybe = withTarget(operatingRow(6, "possible_duplicate", MAYBE_REASON, statement.id), {
    description: "INCOMING WIRE HALVORSEN",
    bank_reference: "260000999",
  });
  return { statements: [statement], rows: [...fresh, known, maybe] };
}

function makeReviewJob(): JobBundle {
  const statements = reviewStatements();
  const job = makeJob({
    n: 1,
    fileName: "meridian-prior-day-2026-11-21.bai",
    minutesAgo: 42,
    statements,
    proof_ok: false,
    envelope_proof: [
      { ...holds("group_control_total", "512310992", 1011), scope: "group" },
      { ...holds("file_control_total", "512310992", 1012), scope: "file" },
      { ...holds("file_record_count", "1012", 1012), scope: "file" },
    ],
  });
  return recount({ job, rows: [...newRows(), ...knownRows(), ...openRows(), ...leftRows()], problems: reviewProblems() });
}

function reviewStatements(): Statement[] {
  const payroll = makeStatement({
    n: 12,
    accountId: idOf("account", 2),
    accountName: "Payroll",
    lastFour: "7710",
    currency: "USD",
    opening: "61230033",
    closing: "45120033",
    credits: "0",
    debits: "15860000",
    count: 18,
    lines: [884, 903],
  });
  const euro = makeStatement({
    n: 13,
    accountId: idOf("account", 3),
    accountName: "Eurozone collections",
    lastFour: "0093",
    currency: "EUR",
    opening: "298110040",
    closing: "330481290",
    credits: "40120000",
    debits: "7748750",
    count: 61,
    lines: [904, 968],
  });
  const tokyo = makeStatement({
    n: 14,
    accountId: idOf("account", 4),
    accountName: "Tokyo branch",
    lastFour: "5528",
    currency: "JPY",
    opening: "180000000",
    closing: "184200350",
    credits: "6100350",
    debits: "1900000",
    count: 24,
    lines: [969, 995],
  });
  return [makeStatement(operating(11)), { ...payroll, proof_ok: false, proof: brokenProof(payroll) }, euro, tokyo, gulfStatement(15, "8806")];
}

function brokenProof(payroll: Statement): Statement["proof"] {
  return [
    {
      check: "ledger_by_details",
      expected: "45120033",
      actual: "45370033",
      ok: false,
      line: 884,
      note: "The opening balance plus all transactions is not the closing balance: a transaction is missing, doubled or wrong.",
    },
    {
      check: "debits_total",
      expected: "16110000",
      actual: "15860000",
      ok: false,
      line: 884,
      note: "The statement's total debits and the transactions it lists do not agree.",
    },
    ...payroll.proof.filter((one) => one.check !== "ledger_by_details" && one.check !== "debits_total"),
  ];
}

function newRows(): Row[] {
  return range(NEW_ROWS).map((n) => {
    if (n % 11 === 3)
      return makeRow({
        n: n + 1000,
        outcome: "new",
        reason: NEW_REASON,
        statementId: idOf("statement", 13),
        accountId: idOf("account", 3),
        currency: "EUR",
      });
    if (n % 17 === 5)
      return makeRow({
        n: n + 1000,
        outcome: "new",
        reason: NEW_REASON,
        statementId: idOf("statement", 14),
        accountId: idOf("account", 4),
        currency: "JPY",
      });
    return operatingRow(n + 1000, "new", NEW_REASON, idOf("statement", 11), n === 2 ? { description: HOSTILE_TEXT } : {});
  });
}

function knownRows(): Row[] {
  const duplicates = range(38).map((n) => withTarget(operatingRow(n + 1, "duplicate", "The same movement is in the books.", idOf("statement", 11))));
  const updates = range(4).map((n) =>
    withTarget(operatingRow(n + 260, "update", "The final statement confirms this interim movement.", idOf("statement", 11)), { is_pending: true }),
  );
  return [...duplicates, ...updates];
}

function openRows(): Row[] {
  const statementId = idOf("statement", 11);
  const possible = range(3).map((n) =>
    withTarget(operatingRow(n + 200, "possible_duplicate", MAYBE_REASON, statementId), {
      description: "WIRE TRANSFER CREDIT",
      bank_reference: "260099117",
    }),
  );
  return [
    ...possible,
    withTarget(operatingRow(240, "conflict", "The source changes a movement that is reconciled already.", statementId), { amount_minor: "268056" }),
    withTarget(operatingRow(241, "conflict", "The source gave this id before, with other content.", statementId), {
      posted_on: dayOf(3),
      customer_reference: "LF-9913",
    }),
    withTarget(operatingRow(250, "removal", "The bank deletes its movements of this day.", statementId, { raw: null })),
  ];
}

function leftRows(): Row[] {
  const unmapped = range(12).map((n) => gulfRow(n + 300, 15, "8806"));
  const invalid = range(3).map((n) =>
    operatingRow(n + 330, "invalid", "The amount is not a number: digits were expected, letters were seen.", idOf("statement", 11), {
      amount_minor: null,
      raw: `16,475,12O00,Z,26000${n},,CHECK ${n}/`,
    }),
  );
  return [...unmapped, ...invalid];
}

function reviewProblems(): Problem[] {
  const place = { record: "16", statement_id: null };
  return [
    ...range(3).map(
      (n): Problem => ({
        ...place,
        id: `${n + 1}`,
        severity: "error",
        code: "amount_unreadable",
        line: 336 + n,
        field: "amount",
        value: "12O00",
        expected: "digits",
        message: "The amount is not a number: digits were expected, the letter O was seen. Ask the bank for a corrected file, or drop the row.",
      }),
    ),
    {
      ...place,
      id: "4",
      severity: "warning",
      code: "control_total_mismatch",
      line: 903,
      record: "49",
      field: "control_total",
      value: "61230033",
      expected: "61480033",
      message: "The account's control total is not the sum of its amounts: the statement does not prove itself.",
    },
    {
      ...place,
      id: "5",
      severity: "info",
      code: "unknown_type_code",
      line: 912,
      field: "type_code",
      value: "931",
      expected: null,
      message: `Type code 931 is the bank's own, so its sign is not known. The bank writes: ${HOSTILE_TEXT}`,
    },
  ];
}

function makeMappingJob(): JobBundle {
  const job = makeJob({
    n: 2,
    fileName: "gulf-trust-20261121.bai",
    minutesAgo: 9,
    connection_id: idOf("connection", 4),
    connection_name: "Gulf Trust, Kuwait",
    stage: "needs_mapping",
    waits_for: "accounts",
    statements: [gulfStatement(21, "3347")],
    proof_ok: true,
  });
  return recount({ job, rows: range(12).map((n) => gulfRow(n + 1, 21, "3347")), problems: [] });
}

function makeFailedJob(): JobBundle {
  const job = makeJob({
    n: 3,
    fileName: "gulf-trust-20261120.bai",
    minutesAgo: 60 * 26,
    connection_id: idOf("connection", 4),
    connection_name: "Gulf Trust, Kuwait",
    status: "failed",
    stage: "parsing",
    plan_version: 0,
    records_fetched: 4110,
    bytes_parsed: 402_211,
    size_bytes: 1_204_332,
    error_code: "truncated",
    error_message: "The file ends in the middle of a record (line 4,112): a 99 trailer was expected. Ask the bank to send it again.",
  });
  return { job, rows: [], problems: [] };
}

function makeBookedJob(n: number, fileName: string, minutesAgo: number): JobBundle {
  const statement = makeStatement(operating(n * 10), { imported_at: agoOf(minutesAgo) });
  const rows = range(96).map((index) => operatingRow(index, "new", NEW_REASON, statement.id, { imported: true, decision: "import" }));
  const job = makeJob({
    n,
    fileName,
    minutesAgo,
    status: "completed",
    stage: "done",
    statements: [statement],
    proof_ok: true,
    approved_by: idOf("user", 3),
    approved_at: agoOf(minutesAgo - 4),
    completed_at: agoOf(minutesAgo - 5),
  });
  const bundle = recount({ job, rows, problems: [] });
  job.records_imported = rows.length;
  return bundle;
}

function makePartialJob(): JobBundle {
  const bundle = makeBookedJob(5, "nordhafen-2026-11-19.bai", 60 * 70);
  Object.assign(bundle.job, { status: "partial", connection_id: idOf("connection", 3), connection_name: "Nordhafen Bank" });
  bundle.rows.push(
    operatingRow(900, "invalid", "The posting date is not a day of the calendar: 261131 was seen.", idOf("statement", 50), {
      posted_on: null,
      raw: "16,475,990000,Z,260000,,CHECK 10482/",
    }),
  );
  return recount(bundle);
}

/** A CSV whose dates can be read in two ways: a person is asked. */
function makeAskingJob(): JobBundle {
  const job = makeJob({
    n: 8,
    fileName: "umsaetze-2026-03.csv",
    minutesAgo: 60 * 99,
    format: "csv",
    connection_id: idOf("connection", 3),
    connection_name: "Nordhafen Bank",
    stage: "needs_mapping",
    waits_for: "reading",
    plan_version: 0,
    bytes_parsed: 0,
    reading: makeReading({ isAsking: true }),
  });
  return { job, rows: [], problems: [] };
}

/** A table in which no column is recognized: a person says what each holds. */
function makeNamelessJob(): JobBundle {
  const { job } = makeAskingJob();
  return {
    job: { ...job, id: idOf("job", 10), file_name: "export(4).csv", created_at: agoOf(60 * 101), reading: makeNamelessReading() },
    rows: [],
    problems: [],
  };
}

/** The same bank's next file, read by what is remembered, and read anew later. */
function makeReadJob(): JobBundle {
  const bundle = makeBookedJob(9, "umsaetze-2026-02.csv", 60 * 100);
  Object.assign(bundle.job, { format: "csv", job_type: "reparse", reading: makeReading({ isAsking: false }) });
  return bundle;
}

function makeEndedJobs(): JobBundle[] {
  const undone = makeJob({
    n: 6,
    fileName: "nordhafen-2026-11-18-corrected.bai",
    minutesAgo: 60 * 75,
    connection_id: idOf("connection", 3),
    connection_name: "Nordhafen Bank",
    status: "completed",
    stage: "undone",
  });
  const cancelled = makeJob({
    n: 7,
    fileName: `${HOSTILE_TEXT.slice(0, 48)}.bai`,
    minutesAgo: 60 * 98,
    status: "failed",
    stage: "cancelled",
    plan_version: 0,
  });
  return [undone, cancelled].map((job) => ({ job, rows: [], problems: [] }));
}

function operating(n: number) {
  return {
    n,
    accountId: idOf("account", 1),
    accountName: "Operating account",
    lastFour: "4821",
    currency: "USD",
    opening: "1203998120",
    closing: "1284310467",
    credits: "128430219",
    debits: "48117872",
    count: 878,
    lines: [3, 883],
  } as const;
}

function operatingRow(n: number, outcome: Row["outcome"], reason: string, statementId: string, part: Partial<Row> = {}): Row {
  return makeRow({ n, outcome, reason, statementId, accountId: idOf("account", 1), currency: "USD" }, part);
}

function gulfStatement(n: number, lastFour: string): Statement {
  return makeStatement({
    n,
    accountId: null,
    accountName: null,
    lastFour,
    currency: "KWD",
    opening: "88000455",
    closing: "91230455",
    credits: "4230000",
    debits: "1000000",
    count: 12,
    lines: [996, 1010],
  });
}

function gulfRow(n: number, statementNo: number, lastFour: string): Row {
  const reason = `The bank's account ending ${lastFour} is not mapped to one of yours yet.`;
  return makeRow({ n, outcome: "unmapped", reason, statementId: idOf("statement", statementNo), accountId: null, currency: "KWD" });
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
