/** A company takes everything along and leaves: only its owner, only by its name, its secrets first, all of it at the end, and nobody else's. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { removeCompany } from "../../src/pipeline/remove-company.ts";
import { tenantsToRemove } from "../../src/store/company.ts";
import { exportTables, isKeptBack } from "../../src/store/export.ts";
import { SEALED_COLUMNS } from "../../src/store/sealed-columns.ts";
import { bai2 } from "../fixtures/bai2-file.ts";
import { storageThatCannotDelete } from "./support/faults.ts";
import { openRoad, type Road } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

const ACCOUNT = "71000288006613";

/** A company that has booked a file, sealed numbers, and has a channel with a secret. */
async function settledCompany(): Promise<Road> {
  const road = await openRoad();
  await road.ok("POST", "/api/accounts", { name: "Treasury", currency: "USD", account_number: ACCOUNT });
  await road.book(bai2({ on: "2026-03-02", statements: [{ account: ACCOUNT, rows: [{ in: 5 }, { out: 3, text: "RENT" }] }] }));
  await road.ok(
    "POST",
    "/api/notification-channels",
    { name: "ERP", channel_type: "webhook", credentials: { url: "https://erp.test/alerts" } },
    await road.as("admin"),
  );
  return road;
}

const nameOf = (road: Road) => asOwner("select name from tenants where id = $1", [road.tenantId]).then(([row]) => String(row?.["name"]));

async function everyRow(tenantId: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const { name, columns } of exportTables()) {
    if (name === "users") continue;
    const column = columns.some((each) => each.name === "tenant_id") ? "tenant_id" : "id";
    const rows = await asOwner(`select to_jsonb(t) as row from ${name} t where ${column} = $1 order by 1`, [tenantId]);
    if (rows.length > 0) found[name] = rows;
  }
  return found;
}

const objectsOf = async (tenantId: string) => [
  ...(await env.RAW.list({ prefix: `raw/${tenantId}/` })).objects,
  ...(await env.RAW.list({ prefix: `audit/${tenantId}/` })).objects,
];

async function close(road: Road): Promise<void> {
  await road.ok("DELETE", "/api/company", { name: await nameOf(road) }, await road.as("owner"));
}

/** The next minute, for whom it would otherwise not be yet. */
const nextMinute = (road: Road) => asOwner("update tenants set upkeep_due_at = now() where id = $1", [road.tenantId]);

async function sealedLeft(tenantId: string): Promise<number> {
  const each = SEALED_COLUMNS.map(({ table, column }) => `select 1 from ${table} where tenant_id = $1 and ${column} is not null`);
  return Number((await asOwner(`select count(*)::int as n from (${each.join(" union all ")}) sealed`, [tenantId]))[0]?.["n"]);
}

const lineShape = z.union([
  z.strictObject({ table: z.string(), row: z.record(z.string(), z.unknown()) }),
  z.strictObject({ raw_file: z.looseObject({ r2_key: z.string(), sha256: z.string(), fetch: z.string() }) }),
  z.strictObject({ end: z.object({ lines: z.number() }) }),
]);

async function exportOf(road: Road, query = "") {
  const { text } = await road.ok("GET", `/api/export.ndjson${query}`, undefined, await road.as("owner"));
  return z
    .string()
    .parse(text)
    .trimEnd()
    .split("\n")
    .map((line) => lineShape.parse(JSON.parse(line)));
}

let road: Road;
beforeEach(async () => {
  road = await settledCompany();
});

describe("the export", () => {
  it("has every row of every table, and says at its end how many lines there were", async () => {
    const lines = await exportOf(road);

    const rows = lines.flatMap((line) => ("table" in line ? [line] : []));
    for (const [table, there] of Object.entries(await everyRow(road.tenantId))) {
      expect(rows.filter((row) => row.table === table).length, table).toBe(z.array(z.unknown()).parse(there).length);
    }
    expect(lines.at(-1)).toEqual({ end: { lines: lines.length - 1 } });
    expect(rows.filter((row) => row.table === "transactions").map((row) => row.row["amount_minor"])).toEqual(expect.arrayContaining(["5", "-3"]));
    expect(rows.filter((row) => row.table === "users")).toHaveLength(4);
  });

  it("goes on from page to page, each row once", async () => {
    await asOwner("insert into entities (tenant_id, name) select $1, 'Entity ' || n from generate_series(1, 1203) n", [road.tenantId]);

    const ids = (await exportOf(road, "?table=entities")).flatMap((line) => ("table" in line ? [line.row["id"]] : []));

    expect(ids).toHaveLength(1203);
    expect(new Set(ids).size).toBe(1203);
  });

  it("lists every stored file with its hash and the address that gives it out", async () => {
    const [file] = (await exportOf(road)).flatMap((line) => ("raw_file" in line ? [line.raw_file] : []));

    expect(await env.RAW.head(file?.r2_key ?? "")).not.toBeNull();
    expect((await road.api("GET", file?.fetch ?? "")).status).toBe(200);
    expect(file?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("says of secrets and hashes only that they are set", async () => {
    const lines = await exportOf(road);

    for (const line of lines) {
      if (!("table" in line)) continue;
      const kept = Object.entries(line.row).filter(([column, value]) => isKeptBack(line.table, column) && value !== null);
      expect(kept.map(([, value]) => value)).toEqual(kept.map(() => ({ set: true })));
    }
    expect(JSON.stringify(lines)).not.toMatch(/wrapped_key|h1:|71000288006613/);
  });

  it("is an owner's alone, and is in the audit log", async () => {
    for (const role of ["admin", "member", "viewer"] as const)
      expect((await road.api("GET", "/api/export.ndjson", undefined, await road.as(role))).status, role).toBe(403);
    expect((await road.api("GET", "/api/export.ndjson")).status).toBe(403);

    await exportOf(road);
    expect((await asOwner("select 1 from ingestion_audit_log where tenant_id = $1 and action = 'company.exported'", [road.tenantId])).length).toBe(1);
  });
});

it("every column of bytes was decided on: shown in an export, or kept back", () => {
  const shown = ["raw_ingestion_data.sha256", "staged_transactions.identity_key", "transactions.identity_key"];
  const chain = ["ingestion_audit_log.previous_hash", "ingestion_audit_log.hash", "audit_anchors.hash"];
  const bytes = exportTables().flatMap(({ name, columns }) =>
    columns.filter((column) => column.getSQLType() === "bytea" && !isKeptBack(name, column.name)).map((column) => `${name}.${column.name}`),
  );

  expect(bytes.sort()).toEqual([...shown, ...chain].sort());
});

describe("a company is deleted", () => {
  it("by its owner alone, by its name, with a session that has just begun", async () => {
    const name = await nameOf(road);
    for (const role of ["admin", "member", "viewer"] as const)
      expect((await road.api("DELETE", "/api/company", { name }, await road.as(role))).status, role).toBe(403);
    expect((await road.api("DELETE", "/api/company", { name: `${name} ` }, { authorization: "" })).status).toBe(401);
    const owner = await road.as("owner");

    expect((await road.api("DELETE", "/api/company", { name: "Another" }, owner)).body).toMatchObject({ code: "name_differs" });
    expect((await road.api("DELETE", "/api/company", undefined, owner)).status).toBe(400);
    await asOwner("update sessions set created_at = now() - interval '16 minutes' where tenant_id = $1", [road.tenantId]);
    expect((await road.api("DELETE", "/api/company", { name }, owner)).body).toMatchObject({ code: "session_not_fresh" });

    expect((await road.api("GET", "/api/session", undefined, owner)).status).toBe(200);
    expect(await sealedLeft(road.tenantId)).toBeGreaterThan(0);
  });

  it("and from that moment no secret is left and nobody gets in, while its rows are still there", async () => {
    const owner = await road.as("owner");
    const before = Object.keys(await everyRow(road.tenantId));

    await close(road);

    expect(await sealedLeft(road.tenantId)).toBe(0);
    expect((await road.api("GET", "/api/session", undefined, owner)).status).toBe(401);
    expect((await road.api("GET", "/api/jobs")).status).toBe(401);
    await expect(road.as("owner")).rejects.toThrow();
    expect(Object.keys(await everyRow(road.tenantId))).toEqual(expect.arrayContaining(before.filter((name) => name !== "outbox")));
  });

  it("to the last row and object, and its neighbour keeps everything", async () => {
    const neighbour = await settledCompany();
    const before = await everyRow(neighbour.tenantId);
    const files = (await objectsOf(neighbour.tenantId)).map((object) => object.etag);
    await close(road);

    expect(await removeCompany(env, road.tenantId, { settleSeconds: 0 })).toBe(true);

    expect(await everyRow(road.tenantId)).toEqual({});
    expect(await objectsOf(road.tenantId)).toEqual([]);
    expect(await asOwner("select 1 from users where id = any($1)", [Object.values(road.tenant.people).map((person) => person.userId)])).toEqual([]);
    expect(await everyRow(neighbour.tenantId)).toEqual(before);
    expect((await objectsOf(neighbour.tenantId)).map((object) => object.etag)).toEqual(files);
  });

  it("also where the one who removes it is killed again and again, wherever that is", async () => {
    await close(road);
    await expect(removeCompany({ ...env, ...storageThatCannotDelete() }, road.tenantId, { settleSeconds: 0 })).rejects.toThrow("killed");
    for (let slice = 0; slice < 60; slice += 1) {
      await nextMinute(road);
      if (await removeCompany(env, road.tenantId, { rows: 1, batches: 2, settleSeconds: 0 })) break;
    }

    expect(await everyRow(road.tenantId)).toEqual({});
    expect(await objectsOf(road.tenantId)).toEqual([]);
  });

  it("its own row last, an hour later: what was still on its way in by then goes too", async () => {
    await close(road);
    expect(await removeCompany(env, road.tenantId)).toBe(false);
    expect(Object.keys(await everyRow(road.tenantId)).sort()).toEqual(["memberships", "tenants"]);
    await env.RAW.put(`raw/${road.tenantId}/2026/03/late`, "late");
    await asOwner("update tenants set deleting_at = now() - interval '61 minutes' where id = $1", [road.tenantId]);

    expect(await tenantsToRemove(env, 1000)).toContain(road.tenantId);
    expect(await removeCompany(env, road.tenantId)).toBe(true);

    expect(await objectsOf(road.tenantId)).toEqual([]);
    expect(await everyRow(road.tenantId)).toEqual({});
  });

  it("not twice at once, and not one that was not closed", async () => {
    expect(await removeCompany(env, road.tenantId, { settleSeconds: 0 })).toBe(false);
    await close(road);

    const both = await Promise.all([1, 2].map(() => removeCompany(env, road.tenantId, { settleSeconds: 0 })));

    expect(both.filter((isGone) => isGone)).toHaveLength(1);
  });
});
