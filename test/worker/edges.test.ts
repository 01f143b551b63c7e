/** What the doors hold back: bodies too large or too deep, too many requests, too much in a day; and requests that come twice. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import type { Env } from "../../src/env.ts";
import { app } from "../../src/routes/app.ts";
import { JSON_BYTES_MAX } from "../../src/routes/body-caps.ts";
import { bai2 } from "../fixtures/bai2-file.ts";
import { HERE } from "./support/door.ts";
import { openRoad, type Road } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

let home: Road;
beforeAll(async () => {
  home = await openRoad();
});

const file = (cents: number) => new Uint8Array(bai2({ on: "2026-03-02", statements: [{ account: "0123456789", rows: [{ in: cents }] }] }));

async function ask(path: string, init: RequestInit, settings: Partial<Env> = {}) {
  const response = await app.fetch(new Request(HERE + path, init), { ...env, ...settings });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: z.record(z.string(), z.unknown()).safeParse(safeJson(text)).data ?? {} };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

describe("a body", () => {
  const put = (body: BodyInit, type = "application/json") =>
    ask("/api/accounts", { method: "POST", body, headers: { ...home.credentials, "content-type": type } });

  it("that nests ten thousand deep is refused before anything reads it", async () => {
    const answer = await put(`{"name":${"[".repeat(10_000)}${"]".repeat(10_000)}}`);

    expect(answer).toMatchObject({ status: 400, body: { code: "body_too_deep" } });
  });

  it("that is too large is refused, announced or streamed", async () => {
    const large = JSON.stringify({ name: "x".repeat(JSON_BYTES_MAX) });
    const streamed = new Blob([large]).stream();

    expect(await put(large)).toMatchObject({ status: 413, body: { code: "body_too_large" } });
    expect(await put(streamed)).toMatchObject({ status: 413, body: { code: "body_too_large" } });
  });

  it("that is a file has its own limits, though it calls itself JSON", async () => {
    const deep = `[${"[".repeat(100)}${"]".repeat(100)}]`;

    const answer = await ask("/api/upload/json?file_name=deep.json", {
      method: "POST",
      body: deep,
      headers: { ...home.credentials, "content-type": "application/json" },
    });

    expect(answer.status).toBe(202);
  });
});

describe("too many requests", () => {
  /** Lets through so many of each key, then no more. */
  function limiter(most: number): RateLimit & { keys: Map<string, number> } {
    const keys = new Map<string, number>();
    return {
      keys,
      limit: ({ key }) => {
        const count = (keys.get(key) ?? 0) + 1;
        keys.set(key, count);
        return Promise.resolve({ success: count <= most });
      },
    };
  }
  const from = (address: string, headers: Record<string, string> = {}) => ({ headers: { "cf-connecting-ip": address, ...headers } });
  const LIVE = { ENVIRONMENT: "production" } as const;

  it("from one address are answered 429 with Retry-After, and others are unharmed", async () => {
    const settings = { ...LIVE, RATE_ADDRESS: limiter(3) };
    const burst = await Promise.all(Array.from({ length: 5 }, () => ask("/api/openapi.json", from("203.0.113.7"), settings)));

    expect(burst.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 429, 429]);
    const refused = burst.find((answer) => answer.status === 429);
    expect(refused?.headers.get("retry-after")).toBe("60");
    expect(refused?.body).toMatchObject({ code: "too_many_requests", limit: "address" });
    expect((await ask("/api/openapi.json", from("203.0.113.8"), settings)).status).toBe(200);
  });

  it("are counted by the line of an IPv6 customer, not by its addresses", async () => {
    const settings = { ...LIVE, RATE_ADDRESS: limiter(1) };

    expect((await ask("/api/openapi.json", from("2606:4700:1:2::1"), settings)).status).toBe(200);
    expect((await ask("/api/openapi.json", from("2606:4700:1:2:ffff::9"), settings)).status).toBe(429);
    expect((await ask("/api/openapi.json", from("2606:4700:1:3::1"), settings)).status).toBe(200);
  });

  it("at the sign-in are held to fewer, guesses at tokens to the address's", async () => {
    const settings = { ...LIVE, RATE_SIGN_IN: limiter(1), RATE_ADDRESS: limiter(3) };
    const guess = from("203.0.113.9", { authorization: `Bearer sti_${"A".repeat(43)}` });

    expect((await ask("/auth/oidc", from("203.0.113.9"), settings)).status).not.toBe(429);
    expect((await ask("/auth/oidc", from("203.0.113.9"), settings)).body).toMatchObject({ code: "too_many_requests", limit: "sign_in" });
    expect((await ask("/api/jobs", guess, settings)).status).toBe(401);
    expect((await ask("/api/jobs", guess, settings)).status).toBe(429);
  });

  it("of one token do not hold another one back", async () => {
    const other = await openRoad();
    const settings = { ...LIVE, RATE_TOKEN: limiter(2) };
    const asks = (road: Road) => ask("/api/jobs", { headers: road.credentials }, settings).then((answer) => answer.status);

    expect([await asks(home), await asks(home), await asks(home), await asks(other)]).toEqual([200, 200, 429, 200]);
  });

  it("are not counted on a developer's machine, and nobody is held back where the limiter fails", async () => {
    const broken: RateLimit = { limit: () => Promise.reject(new Error("away")) };

    expect((await ask("/api/openapi.json", from("203.0.113.10"), { RATE_ADDRESS: limiter(0) })).status).toBe(200);
    expect((await ask("/api/openapi.json", from("203.0.113.10"), { ...LIVE, RATE_ADDRESS: broken })).status).toBe(200);
  });
});

describe("a day's quota", () => {
  it("of files or bytes is answered 429 until tomorrow, and another company's day is its own", async () => {
    const [small, other] = await Promise.all([openRoad(), openRoad()]);
    await asOwner(`update tenants set settings = settings || '{"quotas":{"files_a_day":2,"bytes_a_day":100000}}' where id = $1`, [small.tenantId]);
    const send = (road: Road, cents: number) => road.api("POST", "/api/upload/bai2?file_name=a.bai", file(cents));

    expect((await send(small, 1)).status).toBe(202);
    const large = await small.api("POST", "/api/uploads", { file_name: "large.bai", size_bytes: 200_000 });
    expect((await send(small, 2)).status).toBe(202);
    const third = await send(small, 3);

    expect(large).toMatchObject({ status: 429, body: { code: "quota_exceeded" } });
    expect(third).toMatchObject({ status: 429, body: { code: "quota_exceeded", expected: { files: 2 } } });
    expect(Number(third.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await send(other, 3)).status).toBe(202);
  });
});

describe("a request that comes twice with one Idempotency-Key", () => {
  const draft = (name: string) => JSON.stringify({ name, currency: "USD" });
  const create = (key: string, body: string, credentials = home.credentials) =>
    ask("/api/accounts", { method: "POST", body, headers: { ...credentials, "content-type": "application/json", "idempotency-key": key } });

  it("is done once and answered the same", async () => {
    const first = await create("once", draft("Twice"));
    const again = await create("once", draft("Twice"));

    expect(first.status).toBe(201);
    expect(again).toMatchObject({ status: 201, text: first.text });
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    const [count] = await asOwner("select count(*)::int as n from accounts where tenant_id = $1 and name = 'Twice'", [home.tenantId]);
    expect(count?.["n"]).toBe(1);
  });

  it("is done once though both come at the same moment", async () => {
    const both = await Promise.all([create("at-once", draft("At once")), create("at-once", draft("At once"))]);

    const [count] = await asOwner("select count(*)::int as n from accounts where tenant_id = $1 and name = 'At once'", [home.tenantId]);
    expect(count?.["n"]).toBe(1);
    expect(both.filter((answer) => answer.status === 201).length).toBeGreaterThan(0);
    expect(both.every((answer) => answer.status === 201 || (answer.status === 409 && answer.body["code"] === "request_at_work"))).toBe(true);
  });

  it("is refused where it is another request, and a refused one may come again mended", async () => {
    await create("mixed", draft("One"));
    const other = await create("mixed", draft("Other"));
    const wrong = await create("mended", '{"name":""}');
    const mended = await create("mended", draft("Mended"));

    expect(other).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
    expect([wrong.status, mended.status]).toEqual([400, 201]);
  });

  it("is its sender's own, and what is shown once rests sealed", async () => {
    const stranger = await openRoad();
    const admin = await home.as("admin");
    await create("shared", draft("Mine"));
    const theirs = await create("shared", draft("Theirs"), stranger.credentials);
    const headers = { ...admin, "content-type": "application/json", "idempotency-key": "token" };
    const token = () => ask("/api/tokens", { method: "POST", body: '{"name":"ERP","scopes":["jobs:read"]}', headers });
    const [made, replayed] = [await token(), await token()];

    expect(theirs.status).toBe(201);
    expect(made.body["token"]).toMatch(/^sti_/);
    expect(replayed.text).toBe(made.text);
    const kept = await asOwner("select answer::text from idempotency_keys where tenant_id = $1", [home.tenantId]);
    expect(kept.length).toBeGreaterThan(0);
    expect(JSON.stringify(kept)).not.toContain(String(made.body["token"]));
  });

  it("is taken up again where the first never answered, and forgotten after a day", async () => {
    await create("lost", draft("Lost"));
    await asOwner("update idempotency_keys set status = null, answer = null where tenant_id = $1", [home.tenantId]);
    const early = await create("lost", draft("Lost"));
    await asOwner("update idempotency_keys set created_at = now() - interval '6 minutes' where tenant_id = $1 and status is null", [home.tenantId]);
    const later = await create("lost", draft("Lost"));
    await asOwner("update idempotency_keys set created_at = now() - interval '25 hours' where tenant_id = $1", [home.tenantId]);
    await create("new", draft("New"));

    expect([early.status, later.status]).toEqual([409, 201]);
    const [left] = await asOwner("select count(*)::int as n from idempotency_keys where tenant_id = $1", [home.tenantId]);
    expect(left?.["n"]).toBe(1);
  });

  it("may carry a file, whose job is answered again without its bytes being read", async () => {
    const send = (bytes: Uint8Array<ArrayBuffer>) =>
      ask("/api/upload/bai2?file_name=a.bai", { method: "POST", body: bytes, headers: { ...home.credentials, "idempotency-key": "file" } });
    const [first, again] = [await send(file(71)), await send(file(71))];

    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.text).toBe(first.text);
  });

  it("has a key of visible characters", async () => {
    expect(await create("no spaces", draft("x"))).toMatchObject({ status: 400, body: { code: "idempotency_key_unreadable" } });
    expect(await create("x".repeat(256), draft("x"))).toMatchObject({ status: 400, body: { code: "idempotency_key_unreadable" } });
  });
});

describe("a machine's delivery", () => {
  const digestOf = async (bytes: Uint8Array<ArrayBuffer>) =>
    `sha-256=:${btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))))}:`;

  it("whose bytes are not those that its Content-Digest names is refused and not kept", async () => {
    const connection = await home.connection();
    const drop = (bytes: Uint8Array<ArrayBuffer>, digest: string) =>
      ask(`/api/drop/${connection}?file_name=a.bai`, { method: "POST", body: bytes, headers: { ...home.credentials, "content-digest": digest } });
    const kept = (await env.RAW.list({ prefix: `raw/${home.tenantId}/` })).objects.length;

    const damaged = await drop(file(91), await digestOf(file(92)));
    const unreadable = await drop(file(91), "sha-256=:nonsense:");
    const left = (await env.RAW.list({ prefix: `raw/${home.tenantId}/` })).objects.length;
    const whole = await drop(file(91), await digestOf(file(91)));

    expect(damaged).toMatchObject({ status: 400, body: { code: "digest_mismatch" } });
    expect(unreadable).toMatchObject({ status: 400, body: { code: "digest_unreadable" } });
    expect(left).toBe(kept);
    expect(whole.status).toBe(202);
  });
});

describe("a stored file", () => {
  it("is given out byte for byte, as an attachment that no browser opens, and that is noted", async () => {
    const bytes = file(81);
    const sent = await home.ok("POST", `/api/upload/bai2?file_name=${encodeURIComponent('März "x".html')}`, bytes);
    const jobId = z.object({ job: z.object({ id: z.string() }) }).parse(sent).job.id;
    const response = await app.fetch(new Request(`${HERE}/api/jobs/${jobId}/file`, { headers: home.credentials }), env);

    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/octet-stream",
      "x-content-type-options": "nosniff",
      "content-disposition": `attachment; filename="M_rz_x_.html"; filename*=UTF-8''M%C3%A4rz%20%22x%22.html`,
    });
    const noted = await asOwner("select action from ingestion_audit_log where tenant_id = $1 and job_id = $2", [home.tenantId, jobId]);
    expect(noted.map((row) => row["action"])).toContain("file.downloaded");
  });

  it("that was replaced in the store is not given out", async () => {
    const sent = await home.ok("POST", "/api/upload/bai2?file_name=a.bai", file(82));
    const jobId = z.object({ job: z.object({ id: z.string() }) }).parse(sent).job.id;
    const [raw] = await asOwner("select r2_key from raw_ingestion_data where job_id = $1", [jobId]);
    await env.RAW.put(String(raw?.["r2_key"]), "other bytes");

    expect(await home.api("GET", `/api/jobs/${jobId}/file`)).toMatchObject({ status: 409, body: { code: "raw_file_changed" } });
    expect(await home.api("GET", `/api/jobs/${jobId}/file`, undefined, await home.as("viewer"))).toMatchObject({ status: 403 });
  });
});
