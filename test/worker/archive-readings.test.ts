/** Tables inside archives, on the road: what one of them leaves open is asked before anything is staged, once for all files of its shape, and remembered. */
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type Job, openRoad, type Road } from "./support/road.ts";

const HEADER = "Date,Description,Amount,Currency";
const csv = (...lines: string[]) => strToU8(`${lines.join("\n")}\n`);
/** No row says whether day or month stands first. */
const APRIL = csv(HEADER, "03/04/2026,Rent,-1200.00,USD", "05/04/2026,Invoice 2041,999.99,USD");
const MAY = csv(HEADER, "03/05/2026,Rent,-1200.00,USD");
/** The day before month is proven. */
const JUNE = csv(HEADER, "25/06/2026,Rent,-1200.00,USD");
/** Another bank's. */
const OTHER = csv("Datum;Text;Betrag", "01.02.2026;Miete;-1,234", "02.02.2026;Zins;2,345");

const zip = (files: Record<string, Uint8Array>) => zipSync(files, { mtime: new Date("2026-01-01T00:00:00Z") });

async function send(road: Road, files: Record<string, Uint8Array>, query: Parameters<Road["deposit"]>[1] = {}): Promise<Job> {
  const { jobId } = await road.deposit(zip(files), { file_name: "bank.zip", ...query }, "auto");
  await road.travel();
  return road.job(jobId);
}

function settingsOf(job: Job, reading: RegExp, code = "date_order") {
  const choice = job.reading?.questions.find((question) => question.code === code)?.choices.find((each) => reading.test(each.reading));
  if (choice === undefined) throw new Error(`No choice reads ${reading}: ${JSON.stringify(job.reading)}`);
  return choice.settings;
}

async function answer(road: Road, job: Job, body: Record<string, unknown>): Promise<Job> {
  await road.ok("POST", `/api/jobs/${job.id}/reading`, body);
  await road.travel();
  return road.job(job.id);
}

const days = async (road: Road, job: Job) => (await road.rows(job.id)).map((row) => row.posted_on);

describe("two tables of one shape in an archive", () => {
  it("are asked about once, before anything is staged, and both read as was said", async () => {
    const road = await openRoad();

    const asked = await send(road, { "april.csv": APRIL, "may.csv": MAY });
    const read = await answer(road, asked, { settings: settingsOf(asked, /^DD/), remember: "My bank" });

    expect(asked).toMatchObject({ stage: "needs_mapping", format: "archive", records_fetched: 0, reading: { profile: null } });
    expect(asked.reading?.questions).toMatchObject([{ code: "date_order", columns: ["Date"], member: "april.csv" }]);
    expect(asked.reading?.members).toMatchObject([{ format: "csv", files: ["april.csv", "may.csv"], file_count: 2, profile: null }]);
    expect(read).toMatchObject({ records_fetched: 3, reading: { questions: [], profile: { kind: "csv" } } });
    expect(await days(road, read)).toEqual(["2026-04-03", "2026-04-05", "2026-05-03"]);
    expect(read.statements.map(({ member }) => member)).toEqual(["april.csv", "may.csv"]);
  });

  it("need no question the next time", async () => {
    const road = await openRoad();
    const first = await send(road, { "april.csv": APRIL });
    await answer(road, first, { settings: settingsOf(first, /^MM/), remember: "My bank" });

    const next = await send(road, { "may.csv": MAY });

    expect(next.reading).toMatchObject({ questions: [], profile_name: "My bank", members: [{ profile_name: "My bank", profile_version: 1 }] });
    expect(await days(road, next)).toEqual(["2026-03-05"]);
  });

  it("are read by the profile of such a table by itself", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(APRIL, { file_name: "april.csv" }, "csv");
    await road.travel();
    const first = await road.job(jobId);
    await answer(road, first, { settings: settingsOf(first, /^MM/), remember: "My bank" });

    const packed = await send(road, { "may.csv": MAY });

    expect(packed.reading).toMatchObject({ questions: [], profile_name: "My bank" });
    expect(await days(road, packed)).toEqual(["2026-03-05"]);
  });

  it("are not asked about where one of them proves what the other leaves open", async () => {
    const road = await openRoad();

    const read = await send(road, { "may.csv": MAY, "june.csv": JUNE });

    expect(read.reading).toMatchObject({ questions: [] });
    expect(read.reading?.inference).toContainEqual(
      expect.objectContaining({ column: "Date", confidence: "certain", evidence: expect.stringContaining("june.csv") }),
    );
    expect(await days(road, read)).toEqual(["2026-05-03", "2026-06-25"]);
  });

  it("say which column is no longer as remembered, and wait", async () => {
    const road = await openRoad();
    const first = await send(road, { "april.csv": APRIL });
    await answer(road, first, { settings: settingsOf(first, /^MM/), remember: "My bank" });

    const next = await send(road, { "june.csv": JUNE });

    expect(next).toMatchObject({ stage: "needs_mapping", reading: { profile: null } });
    const said = [...(next.reading?.changed ?? []), ...(next.reading?.questions ?? []).map(({ message }) => message)].join(" ");
    expect(said).toMatch(/june\.csv.*Date/);
  });
});

describe("tables of two shapes in an archive", () => {
  it("are asked about one after the other, or answered together by their signatures", async () => {
    const road = await openRoad();
    const files = { "april.csv": APRIL, "konto.csv": OTHER };
    const asked = await send(road, files);
    const shapes = asked.reading?.members ?? [];
    const other = shapes[1]?.questions.find(({ code }) => code === "decimal_mark")?.choices.find(({ reading }) => /,56/.test(reading))?.settings;

    const halfway = await answer(road, asked, { settings: settingsOf(asked, /^DD/) });
    const read = await answer(road, halfway, { answers: [{ signature: shapes[1]?.signature, settings: other, remember: "Their bank" }] });

    expect(shapes.map(({ questions, files: names }) => [names, questions.length > 0])).toEqual([
      [["april.csv"], true],
      [["konto.csv"], true],
    ]);
    expect(halfway).toMatchObject({ stage: "needs_mapping", reading: { signature: shapes[1]?.signature } });
    expect(read.reading?.questions).toEqual([]);
    expect((await road.rows(read.id)).map((row) => row.amount_minor).slice(0, 2)).toEqual(["-120000", "99999"]);
    expect(await days(road, read)).toEqual(["2026-04-03", "2026-04-05", "2026-02-01", "2026-02-02"]);
  });

  it("an answer for files that are not there is refused", async () => {
    const road = await openRoad();
    const asked = await send(road, { "april.csv": APRIL });

    const refused = await road.api("POST", `/api/jobs/${asked.id}/reading`, { settings: {}, signature: "csv:other" });

    expect(refused).toMatchObject({ status: 422, body: { code: "unknown_signature", seen: "csv:other" } });
  });
});

describe("a table in an archive that names no account", () => {
  const FEES = csv("Date,Description,Amount,Currency", "2026-04-03,Fee,-5.00,USD");

  it("has its own on the connection of every bank's files, and the connection's on one of its own", async () => {
    const road = await openRoad();
    const connection = await road.connection();

    const both = await send(road, { "a.csv": FEES, "b.csv": csv(HEADER, "2026-04-25,Rent,-7.00,USD") });
    const own = await send(road, { "a.csv": FEES, "b.csv": csv(HEADER, "2026-04-26,Rent,-7.00,USD") }, { connection_id: connection });

    expect(new Set(both.statements.map((statement) => statement.mapping_id)).size).toBe(2);
    expect(new Set(own.statements.map((statement) => statement.mapping_id)).size).toBe(1);
    const names = z.object({ data: z.array(z.object({ external_account_name: z.string().nullable() }).loose()) });
    expect(names.parse(await road.ok("GET", "/api/mappings")).data.map((mapping) => mapping.external_account_name)).toContain("bank.zip: b.csv");
  });
});

describe("lineage", () => {
  it("of a transaction from an archive names the file in it", async () => {
    const road = await openRoad();
    const job = await send(road, { "june.csv": JUNE });
    await road.mapAll();
    await road.travel();
    await road.approve(job.id);
    const [row] = z.object({ data: z.array(z.object({ id: z.string() })) }).parse(await road.ok("GET", `/api/transactions?job_id=${job.id}`)).data;

    const booked = await road.ok("GET", `/api/transactions/${row?.id}`);

    expect(booked["lineage"]).toMatchObject({ file_name: "bank.zip", member: "june.csv", line_start: 2 });
  });

  it("read anew, each row is found again in its own file, though the files' rows stand at the same lines", async () => {
    const road = await openRoad();
    const connection = await road.connection();
    const files = { "may.csv": csv(HEADER, "03/05/2026,Rent,-1200.00,USD"), "april.csv": csv(HEADER, "03/04/2026,Rent,-1300.00,USD") };
    const asked = await send(road, files, { connection_id: connection });
    const first = await answer(road, asked, { settings: settingsOf(asked, /^DD/) });
    await road.mapAll();
    await road.travel();
    await road.approve(first.id);

    const { id } = await road.ok("POST", `/api/jobs/${first.id}/reparse`, { settings: settingsOf(asked, /^MM/) });
    await road.travel();
    const again = await road.job(z.string().parse(id));

    expect(again.outcomes).toMatchObject({ update: 2, removal: 0, new: 0 });
    expect(await days(road, again)).toEqual(["2026-03-05", "2026-03-04"]);
  });
});
