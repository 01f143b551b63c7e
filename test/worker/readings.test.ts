/** Files whose columns mean nothing by themselves, on the road: what a file does not prove is asked once, remembered, pinned, and can be said otherwise later. */
import { describe, expect, it } from "vitest";
import { mergeSettings, type ProfileSettings } from "../../src/domain/profile.ts";
import { profileWire } from "../../src/routes/reading-wire.ts";
import { FailPoint } from "../../src/store/fail-points.ts";
import { carry, type Job, openRoad, type Road } from "./support/road.ts";

const HEADER = "Date,Description,Amount,Currency";
/** No row says whether day or month stands first. */
const ambiguous = (...rows: string[]) => csv(HEADER, ...rows);
const MARCH = ambiguous("03/04/2026,Rent,-1200.00,USD", "05/04/2026,Invoice 2041,999.99,USD", "07/04/2026,Fee,-5.00,USD");

function csv(...lines: string[]): Uint8Array {
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}

async function send(road: Road, file: Uint8Array, query: Parameters<Road["deposit"]>[1] = {}, format = "csv"): Promise<Job> {
  const { jobId } = await road.deposit(file, { file_name: "april.csv", ...query }, format);
  await road.travel();
  return road.job(jobId);
}

/** The settings of the choice with this reading, of the first question. */
function chosen(job: Job, reading: RegExp): ProfileSettings {
  const choice = job.reading?.questions[0]?.choices.find((each) => reading.test(each.reading));
  if (choice === undefined) throw new Error(`No choice reads ${reading}: ${JSON.stringify(job.reading)}`);
  return choice.settings;
}

async function answer(road: Road, job: Job, settings: ProfileSettings, remember: string | null = "My bank"): Promise<Job> {
  await road.ok("POST", `/api/jobs/${job.id}/reading`, { settings, remember });
  await road.travel();
  return road.job(job.id);
}

const days = async (road: Road, job: Job) => (await road.rows(job.id)).map((row) => row.posted_on);

describe("a table in which no column is recognized", () => {
  const STRANGE = ["Eins;Zwei;Drei", "020326;Miete;-12,50", "030226;Lohn;-3480,55"];

  it("shows its rows, is told what they hold, asks then as usual, and the bank's next file asks nothing", async () => {
    const road = await openRoad();

    const asked = await send(road, csv(...STRANGE));
    const names = ["Eins", "Zwei", "Drei"].map((name, index) => ({ name, index }));
    const columns = names.map((column) => (column.name === "Eins" ? { ...column, role: "posted_on" as const } : column));
    const told = await answer(road, asked, { header_row: 1, columns });
    const read = await answer(road, told, chosen(told, /^DDMMYY/));
    const next = await send(road, csv("Vorspann der Bank", ...STRANGE.slice(0, 1), "050426;Strom;-9,90"));

    expect(asked).toMatchObject({ stage: "needs_mapping", waits_for: "reading" });
    expect(asked.reading?.questions[0]?.table).toMatchObject({
      names: ["column 1", "column 2", "column 3"],
      rows: [{ row: 1, cells: names.map(({ name }) => name) }, {}, {}],
    });
    expect(told.reading?.questions).toMatchObject([{ code: "date_order" }]);
    expect(read).toMatchObject({
      stage: "needs_mapping",
      waits_for: "accounts",
      reading: { questions: [], signature: asked.reading?.signature, profile_version: 2 },
    });
    expect(await days(road, read)).toEqual(["2026-03-02", "2026-02-03"]);
    expect(next.reading).toMatchObject({ questions: [], changed: [], profile_name: "My bank", profile_version: 2 });
    expect(await days(road, next)).toEqual(["2026-04-05"]);
  });
});

describe("a CSV whose dates can be read in two ways", () => {
  it("is not read before a person has said which, and then is", async () => {
    const road = await openRoad();

    const asked = await send(road, MARCH);
    const read = await answer(road, asked, chosen(asked, /^DD/));

    expect(asked).toMatchObject({ stage: "needs_mapping", status: "running", records_fetched: 0, reading: { profile: null } });
    expect(asked.reading?.questions).toMatchObject([{ code: "date_order", columns: ["Date"] }]);
    expect(asked.reading?.inference).toContainEqual(expect.objectContaining({ column: "Date", role: "posted_on", confidence: "ambiguous" }));
    expect(read).toMatchObject({ records_fetched: 3, reading: { questions: [], profile: expect.objectContaining({ kind: "csv" }) } });
    expect(await days(road, read)).toEqual(["2026-04-03", "2026-04-05", "2026-04-07"]);
  });

  it("is asked once: the next file of that shape needs no question, and says by which profile it was read", async () => {
    const road = await openRoad();
    const first = await send(road, MARCH);
    await answer(road, first, chosen(first, /^MM/));

    const next = await send(road, ambiguous("03/05/2026,Rent,-1200.00,USD"));

    expect(next.reading).toMatchObject({ questions: [], profile_name: "My bank", profile_version: 1 });
    expect(await days(road, next)).toEqual(["2026-03-05"]);
  });

  it("is asked again where the answer was for one file only, and by another company", async () => {
    const road = await openRoad();
    const first = await send(road, MARCH);
    await answer(road, first, chosen(first, /^DD/), null);
    const other = await openRoad();

    const next = await send(road, ambiguous("03/05/2026,Rent,-1200.00,USD"));
    const theirs = await send(other, MARCH);

    expect(next.reading?.questions).toHaveLength(1);
    expect(theirs.reading?.questions).toHaveLength(1);
  });

  it("takes its answer before it comes, with a profile that the sender names", async () => {
    const road = await openRoad();
    const probe = await send(road, MARCH);
    const saved = profileWire.parse(
      await road.ok("POST", "/api/profiles", { name: "Sent", signature: probe.reading?.signature, profile: chosen(probe, /^DD/) }),
    );

    const read = await send(road, ambiguous("01/02/2026,Rent,-1.00,USD"), { profile_id: saved.id });

    expect(read.reading).toMatchObject({ profile_id: saved.id, questions: [] });
    expect(await days(road, read)).toEqual(["2026-02-01"]);
    expect((await road.ok("GET", `/api/profiles/${saved.id}`))["used_by_jobs"]).toBeGreaterThan(0);
  });

  it("says which column is no longer as its profile says, and waits", async () => {
    const road = await openRoad();
    const first = await send(road, MARCH);
    await answer(road, first, chosen(first, /^MM/));

    const next = await send(road, ambiguous("25/04/2026,Rent,-1200.00,USD", "26/04/2026,Fee,-1.00,USD"));

    expect(next.stage).toBe("needs_mapping");
    expect(next.reading).toMatchObject({ profile: null });
    expect([...(next.reading?.changed ?? []), ...(next.reading?.questions ?? []).map((question) => question.message)].join(" ")).toContain("Date");
  });

  it("of a bank that changes its columns says which, waits, and is then remembered in its new shape", async () => {
    const road = await openRoad();
    const query = { connection_id: await road.connection() };
    const first = await send(road, MARCH, query);
    await answer(road, first, chosen(first, /^MM/));
    const row = "03/05/2026,Rent,-1200.00,USD,0.00";

    const changed = await send(road, csv("Date,Text,Amount,Currency,Fee", row), query);
    const read = await answer(road, changed, {}, "My bank, new export");
    const next = await send(road, csv("Date,Text,Amount,Currency,Fee", row.replace("05", "06")), query);

    expect(changed).toMatchObject({ stage: "needs_mapping", reading: { profile: null, profile_name: "My bank", questions: [] } });
    expect(changed.reading?.changed).toEqual([
      'Column "description" is not in this file any more.',
      'Column "Text" is new in this file.',
      'Column "Fee" is new in this file.',
    ]);
    expect(await days(road, read)).toEqual(["2026-03-05"]);
    expect(next.reading).toMatchObject({ questions: [], changed: [], profile_name: "My bank, new export" });
    expect(await days(road, next)).toEqual(["2026-03-06"]);
  });

  it("keeps each answer as a version, and a retired profile is applied no more", async () => {
    const road = await openRoad();
    const first = await send(road, MARCH);
    await answer(road, first, chosen(first, /^DD/));
    const [kept] = (await road.ok("GET", `/api/profiles?signature=${encodeURIComponent(first.reading?.signature ?? "")}`))["data"] as {
      id: string;
    }[];
    const second = profileWire.parse(
      await road.ok("POST", "/api/profiles", { name: "My bank", signature: first.reading?.signature, profile: chosen(first, /^MM/) }),
    );

    const read = await send(road, ambiguous("03/05/2026,Rent,-1200.00,USD"));
    await road.ok("DELETE", `/api/profiles/${second.id}`);
    const after = await send(road, ambiguous("03/06/2026,Rent,-1200.00,USD"));

    expect(kept?.id).not.toBe(second.id);
    expect(second.version).toBe(2);
    expect(read.reading).toMatchObject({ profile_version: 2 });
    expect(await days(road, read)).toEqual(["2026-03-05"]);
    expect(after.reading?.questions).toHaveLength(1);
    expect((await road.job(read.id)).reading).toMatchObject({ profile_version: 2 });
  });
});

describe("the original design's csv_config", () => {
  it("on a connection says how its files are read", async () => {
    const road = await openRoad();
    const config = { csv_config: { delimiter: ";", header_row: false, column_mapping: { date: 0, description: 1, amount: 2 } } };
    const connection = await road.connection(config);

    const job = await send(road, csv("2026-04-03;Rent;-1200.00", "2026-04-05;Invoice;999.99"), { connection_id: connection });

    expect(job.records_fetched).toBe(2);
    expect((await road.rows(job.id)).map((row) => row.amount_minor)).toEqual(["-120000", "99999"]);
  });

  it("is refused as a profile where it names a field that is none", async () => {
    const road = await openRoad();
    const body = { name: "Old", signature: "csv:a|b", csv_config: { column_mapping: { colour: "Farbe", amount: "Betrag" } } };

    expect(await road.api("POST", "/api/profiles", body)).toMatchObject({ status: 422, body: { code: "unknown_field", seen: ["colour"] } });
  });
});

describe("a file that names no account", () => {
  const FILE = csv(HEADER, "2026-04-03,Rent,-1200.00,USD", "2026-04-25,Fee,-5.00,USD");

  it("goes to the account that its sender names", async () => {
    const road = await openRoad();
    const accountId = await road.account();

    const job = await send(road, FILE, { account_id: accountId });
    const done = await road.approve(job.id);

    expect(job).toMatchObject({ stage: "in_review", outcomes: { new: 2, unmapped: 0 } });
    expect(done.statements).toMatchObject([{ account_id: accountId, as_of_on: "2026-04-25" }]);
    expect(await road.amounts()).toEqual(["-120000", "-500"]);
  });

  it("of the connection for everybody's files is asked about each time, with where the last one went as a suggestion", async () => {
    const road = await openRoad();
    const first = await send(road, MARCH);
    await answer(road, first, chosen(first, /^DD/));
    const accountId = await road.account();
    const [mapping] = await road.mappings("status=unmapped");
    await road.ok("PUT", `/api/mappings/${mapping?.id}`, { account_id: accountId, verified: true });
    await road.travel();

    const next = await send(road, ambiguous("03/05/2026,Rent,-1200.00,USD"));
    const [asked] = await road.mappings("status=unmapped");

    expect(mapping).toMatchObject({ external_account_name: "april.csv", last_four: "", suggested_account_id: null });
    expect(next.stage).toBe("needs_mapping");
    expect(asked).toMatchObject({ account_id: null, suggested_account_id: accountId });
  });

  it("of a connection of its own is mapped once", async () => {
    const road = await openRoad();
    const connection = await road.connection();
    await send(road, FILE, { connection_id: connection });
    await road.mapAll();
    await road.travel();

    const next = await send(road, csv(HEADER, "2026-05-25,Rent,-1200.00,USD"), { connection_id: connection });

    expect(next).toMatchObject({ stage: "in_review", outcomes: { new: 1, unmapped: 0 } });
  });

  it("is refused with an account of another company", async () => {
    const road = await openRoad();
    const other = await openRoad();
    const theirs = await other.account();

    const refused = await road.api("POST", `/api/upload/csv?account_id=${theirs}`, FILE);

    expect(refused).toMatchObject({ status: 404, body: { code: "not_found" } });
  });
});

describe("a CSV that was read wrongly", () => {
  it("is read anew by other settings, and the books take the difference once it is approved", async () => {
    const road = await openRoad();
    const accountId = await road.account();
    const first = await send(road, MARCH, { account_id: accountId });
    const wrong = await answer(road, first, chosen(first, /^MM/));
    await road.approve(wrong.id);
    const ids = (await road.transactions()).map((row) => row.id).sort();
    expect((await road.transactions()).map((row) => row.posted_on)).toEqual(["2026-03-04", "2026-05-04", "2026-07-04"]);

    const settings = mergeSettings({}, chosen(first, /^DD/));
    const again = await road.ok("POST", `/api/jobs/${wrong.id}/reparse`, { settings });
    await road.travel();
    const plan = await road.job(String(again["id"]));
    await road.approve(plan.id);

    expect(plan).toMatchObject({ stage: "in_review", job_type: "reparse", outcomes: { new: 0, update: 3, removal: 0 } });
    expect((await road.transactions()).map((row) => row.posted_on)).toEqual(["2026-04-03", "2026-04-05", "2026-04-07"]);
    expect((await road.transactions()).map((row) => row.id).sort()).toEqual(ids);
  });
});

describe("a long CSV of several accounts", () => {
  /** Two accounts in turn: both their statements are open over every batch, of which there are five. */
  const ROWS = 60_000;
  const FILE = csv(
    "Account,Date,Description,Amount,Currency",
    ...Array.from({ length: ROWS }, (_, at) => `${at % 2 === 0 ? "DE001" : "DE002"},2026-04-${13 + (at % 10)},Row ${at},-${at + 1}.00,USD`),
  );

  it("is read the same with a stop behind each of its steps", async () => {
    const [calm, stormy] = [await openRoad(), await openRoad()];
    const undisturbed = await send(calm, FILE);
    const { jobId } = await stormy.deposit(FILE, { file_name: "april.csv" }, "csv");
    const [message] = await stormy.takeOutbox();
    if (message === undefined) throw new Error("Nothing is on the road.");
    const landed: number[] = [];

    // The first step takes the lease, which a worker that fails behind it cannot give back.
    for (let step = 2; ; step += 1) {
      const isThrough = await carry(message, { FAIL_POINTS: `parsing/${step}/after` }).then(
        (result) => result.done,
        (error: unknown) => {
          if (error instanceof FailPoint) return false;
          throw error;
        },
      );
      if (isThrough) break;
      landed.push((await stormy.job(jobId)).records_fetched);
    }
    await stormy.travel();

    const read = await stormy.job(jobId);
    const figures = (job: Job) =>
      job.statements.map(({ transaction_count: n, credits_minor: credits, debits_minor: debits, as_of_on: day }) => ({ n, credits, debits, day }));
    expect(landed.some((rows) => rows > 0 && rows < ROWS)).toBe(true);
    expect(figures(read)).toEqual(figures(undisturbed));
    expect(read).toMatchObject({ records_fetched: ROWS, statements: [{ transaction_count: ROWS / 2 }, { transaction_count: ROWS / 2 }] });
  }, 60_000);
});

describe("cells that cannot be read", () => {
  it("are problems with row and column, and their rows stay behind; nothing becomes zero", async () => {
    const road = await openRoad();
    const accountId = await road.account();
    const rows = Array.from({ length: 20 }, (_, at) => `2026-04-${String(at + 1).padStart(2, "0")},Rent ${at},-${at + 1}.00,USD`);

    const job = await send(road, csv(HEADER, ...rows, "2026-04-25,Fee,n/a,USD"), { account_id: accountId });
    const problems = await road.problems(job.id);
    const done = await road.approve(job.id);

    expect(problems).toContainEqual(expect.objectContaining({ severity: "error", line: 22, field: "Amount", value: "n/a" }));
    expect(job).toMatchObject({ records_failed: 1, outcomes: { new: 20, invalid: 1 } });
    expect(done).toMatchObject({ stage: "done", status: "partial", records_imported: 20 });
    expect(await road.amounts()).not.toContain("0");
  });
});
