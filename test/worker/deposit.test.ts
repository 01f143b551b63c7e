/** The ways in: a body of known and of unknown length, a form, parts; the same bytes at once; and what is refused at the door. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { app } from "../../src/routes/app.ts";
import { uploadAnswerWire } from "../../src/routes/job-wire.ts";
import { PART_BYTES } from "../../src/store/raw.ts";
import { bai2 } from "../fixtures/bai2-file.ts";
import { HERE } from "./support/door.ts";
import { openRoad, type Road } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

const FILE = bai2({ on: "2026-03-02", statements: [{ account: "0123456789", rows: [{ in: 5 }, { out: 7 }] }] });

async function send(road: Road, path: string, init: RequestInit) {
  const response = await app.fetch(new Request(HERE + path, { method: "POST", ...init, headers: { ...road.credentials, ...init.headers } }), env);
  return { status: response.status, body: z.record(z.string(), z.unknown()).parse(await response.json()) };
}

/** A form as a browser writes it, with its length. */
function form(field: string, bytes: Uint8Array, fileName = "march.bai"): RequestInit {
  const head = new TextEncoder().encode(
    `--here\r\nContent-Disposition: form-data; name="${field}"; filename="${fileName}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  );
  const tail = new TextEncoder().encode("\r\n--here--\r\n");
  const body = new Uint8Array(head.byteLength + bytes.byteLength + tail.byteLength);
  body.set(head);
  body.set(bytes, head.byteLength);
  body.set(tail, head.byteLength + bytes.byteLength);
  return { body, headers: { "content-type": "multipart/form-data; boundary=here", "content-length": `${body.byteLength}` } };
}

async function stored(road: Road): Promise<string[]> {
  return (await env.RAW.list({ prefix: `raw/${road.tenantId}/` })).objects.map((object) => object.key);
}

describe("an upload", () => {
  it("is the same file whether its length is said, not said, or it comes in a form", async () => {
    const road = await openRoad();

    const measured = await road.deposit(FILE, { file_name: "march.bai" });
    const unmeasured = await send(road, "/api/upload/bai2", { body: new Blob([FILE]).stream() });
    const inForm = await send(road, "/api/upload/auto", form("file", FILE));

    expect(measured.status).toBe(202);
    expect(unmeasured).toMatchObject({ status: 200, body: { duplicate: true, job: { id: measured.jobId } } });
    expect(inForm).toMatchObject({
      status: 200,
      body: { duplicate: true, job: { id: measured.jobId, file_name: "march.bai", size_bytes: FILE.byteLength } },
    });
    expect(inForm.body["message"]).toMatch(/Nothing was stored twice/);
    expect(await stored(road)).toHaveLength(1);
  });

  it("without a length comes through the road, byte for byte as it was sent", async () => {
    const road = await openRoad();

    const answer = await send(road, "/api/upload/auto?file_name=march.bai", { body: new Blob([FILE]).stream() });
    await road.travel();

    const { job } = uploadAnswerWire.parse(answer.body);
    expect(await road.job(job.id)).toMatchObject({ stage: "needs_mapping", records_fetched: 2, format: "bai2", sha256: await sha256(FILE) });
    const [key] = await stored(road);
    expect(new Uint8Array((await (await env.RAW.get(key ?? ""))?.arrayBuffer()) ?? new ArrayBuffer(0))).toEqual(FILE);
  });

  it("takes a form's own file name, and refuses a form without a file", async () => {
    const road = await openRoad();

    const named = await send(road, "/api/upload/bai2", form("file", FILE, "from the bank.bai"));
    const without = await send(road, "/api/upload/bai2", form("other", FILE));

    expect(named).toMatchObject({ status: 202, body: { job: { file_name: "from the bank.bai" } } });
    expect(without).toMatchObject({ status: 400, body: { code: "file_missing", expected: "file" } });
  });

  it("of a form above 10 MB is refused with 413, which names the raw body", async () => {
    const road = await openRoad();

    const answer = await send(road, "/api/upload/bai2", form("file", new Uint8Array(10_020_000)));

    expect(answer).toMatchObject({ status: 413, body: { code: "form_too_large" } });
    expect(answer.body["detail"]).toMatch(/raw body/);
    expect(await stored(road)).toEqual([]);
  });

  it("of nothing is refused, however it comes, and leaves nothing", async () => {
    const road = await openRoad();
    const nothing = new Uint8Array(0);

    const answers = [
      await road.api("POST", "/api/upload/bai2", nothing),
      await send(road, "/api/upload/bai2", { body: new Blob([]).stream() }),
      await send(road, "/api/upload/bai2", form("file", nothing)),
    ];

    expect(answers.map(({ status, body }) => [status, body["code"]])).toEqual([
      [400, "empty_file"],
      [400, "empty_file"],
      [400, "empty_file"],
    ]);
    expect(await stored(road)).toEqual([]);
  });

  it("of a format that does not exist is refused by name, and of an unknown connection is not found", async () => {
    const road = await openRoad();

    expect(await road.api("POST", "/api/upload/pdf", FILE)).toMatchObject({
      status: 400,
      body: { code: "invalid_request", detail: expect.stringContaining("format") },
    });
    expect(await road.api("POST", `/api/upload/bai2?connection_id=${crypto.randomUUID()}`, FILE)).toMatchObject({ status: 404 });
    expect(await road.api("POST", `/api/drop/${crypto.randomUUID()}`, FILE)).toMatchObject({ status: 404 });
    expect(await stored(road)).toEqual([]);
  });

  it("five times at the same moment is one job", async () => {
    const road = await openRoad();
    // The company's default connection is there already; making it is not what is raced for.
    await road.deposit(bai2({ on: "2026-03-01", statements: [{ account: "0123456789", rows: [] }] }));

    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => road.deposit(FILE)));

    expect(new Set(answers.map((answer) => answer.jobId)).size).toBe(1);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 200, 202]);
    expect(await stored(road)).toHaveLength(2);
    expect(await asOwner("select count(*)::int as n from ingestion_jobs where tenant_id = $1", [road.tenantId])).toEqual([{ n: 2 }]);
  });

  it("of the same bytes to another connection is another file", async () => {
    const road = await openRoad();
    const connectionId = await road.connection();

    const first = await road.deposit(FILE);
    const dropped = await road.api("POST", `/api/drop/${connectionId}?file_name=dropped.bai`, FILE);
    const again = await road.api("POST", `/api/drop/${connectionId}`, FILE);

    const { job } = uploadAnswerWire.parse(dropped.body);
    expect(dropped).toMatchObject({ status: 202, body: { duplicate: false, job: { file_name: "dropped.bai", connection_id: connectionId } } });
    expect(job.id).not.toBe(first.jobId);
    expect(again).toMatchObject({ status: 200, body: { duplicate: true, job: { id: job.id } } });
  });
});

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const uploadId = z.object({ id: z.uuid() });

describe("a file in parts", () => {
  /** The file behind so many blank lines that it needs two parts. */
  function twoParts(): [Uint8Array, Uint8Array] {
    const padding = `${" ".repeat(1_022)}\n`.repeat(8_200);
    const whole = new Uint8Array([...new TextEncoder().encode(padding), ...FILE]);
    return [whole.slice(0, PART_BYTES), whole.slice(PART_BYTES)];
  }

  async function begin(road: Road, draft: Record<string, unknown> = {}): Promise<string> {
    return uploadId.parse(await road.ok("POST", "/api/uploads", { file_name: "large.bai", format: "bai2", ...draft })).id;
  }

  it("is resumed where it stopped: it says which parts are in, takes one again, and becomes one job", async () => {
    const road = await openRoad();
    const [first, second] = twoParts();
    const id = await begin(road, { size_bytes: first.byteLength + second.byteLength });

    await road.ok("PUT", `/api/uploads/${id}/parts/2`, second);
    const tooEarly = await road.api("POST", `/api/uploads/${id}/complete`);
    const resumed = await road.ok("GET", `/api/uploads/${id}`);
    await road.ok("PUT", `/api/uploads/${id}/parts/1`, first);
    await road.ok("PUT", `/api/uploads/${id}/parts/1`, first);
    const completed = await road.api("POST", `/api/uploads/${id}/complete`);
    const again = await road.api("POST", `/api/uploads/${id}/complete`);
    await road.travel();

    expect(tooEarly).toMatchObject({ status: 409, body: { code: "upload_incomplete", detail: expect.stringContaining("Part 1 is missing") } });
    expect(resumed).toMatchObject({ part_size_bytes: PART_BYTES, parts: [{ part_no: 2, size_bytes: second.byteLength }], job_id: null });
    expect(completed).toMatchObject({ status: 202, body: { job: { file_name: "large.bai" } } });
    const { job } = uploadAnswerWire.parse(completed.body);
    expect(uploadAnswerWire.parse(again.body).job.id).toBe(job.id);
    expect(await road.job(job.id)).toMatchObject({ stage: "needs_mapping", records_fetched: 2, size_bytes: first.byteLength + second.byteLength });
    expect(await road.api("PUT", `/api/uploads/${id}/parts/3`, second)).toMatchObject({ status: 409, body: { code: "upload_completed" } });
  });

  it("whose bytes are here already fails its own job as their duplicate; the first one stands", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(FILE);
    await road.travel();
    const id = await begin(road);
    await road.ok("PUT", `/api/uploads/${id}/parts/1`, FILE);

    const { job } = uploadAnswerWire.parse((await road.api("POST", `/api/uploads/${id}/complete`)).body);
    await road.travel();

    expect(await road.job(job.id)).toMatchObject({ status: "failed", error_code: "duplicate_file" });
    expect(await road.job(jobId)).toMatchObject({ stage: "needs_mapping" });
  });

  it.each<[string, Record<number, Uint8Array>, Record<string, unknown>, number, string, RegExp]>([
    ["no part", {}, {}, 409, "upload_incomplete", /No part has come/],
    ["a gap", { 1: FILE, 3: FILE }, {}, 409, "upload_incomplete", /Part 2 is missing/],
    ["an uneven part", { 1: FILE, 2: FILE }, {}, 409, "upload_incomplete", /Part 1 has \d+ bytes/],
    ["another size than announced", { 1: FILE }, { size_bytes: FILE.byteLength + 1 }, 409, "upload_incomplete", /were announced/],
    ["nothing in its only part", { 1: new Uint8Array(0) }, {}, 400, "empty_file", /empty/],
  ])("with %s is not completed, and says why", async (_name, parts, draft, status, code, why) => {
    const road = await openRoad();
    const id = await begin(road, draft);
    for (const [no, bytes] of Object.entries(parts)) await road.ok("PUT", `/api/uploads/${id}/parts/${no}`, bytes);

    const answer = await road.api("POST", `/api/uploads/${id}/complete`);

    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.body["detail"]).toMatch(why);
    expect(await road.ok("GET", `/api/uploads/${id}`)).toMatchObject({ job_id: null });
  });

  it("takes no part above its size or without a length, and can be given up", async () => {
    const road = await openRoad();
    const id = await begin(road);
    const path = `/api/uploads/${id}/parts/1`;

    const tooLarge = await send(road, path, { method: "PUT", body: FILE, headers: { "content-length": `${PART_BYTES + 1}` } });
    const unmeasured = await send(road, path, { method: "PUT", body: new Blob([FILE]).stream() });
    const gone = await road.api("DELETE", `/api/uploads/${id}`);

    expect(tooLarge).toMatchObject({ status: 413, body: { code: "part_too_large", seen: PART_BYTES + 1 } });
    expect(unmeasured).toMatchObject({ status: 413, body: { code: "part_too_large", seen: null } });
    expect(gone.status).toBe(204);
    expect(await road.api("GET", `/api/uploads/${id}`)).toMatchObject({ status: 404 });
  });
});
