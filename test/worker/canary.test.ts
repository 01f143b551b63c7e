/** Secrets put in wherever one can be put in, then looked for wherever anything comes out: every answer, every log line, every row of every table. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { bai2 } from "../fixtures/bai2-file.ts";
import { Told } from "./support/alerts.ts";
import { Receiver, standIn } from "./support/outside.ts";
import { asOwner } from "./support/tenants.ts";

const SLACK = "/services/T0CANARY/B0CANARY/canarycanarycanary";
const HOOK = "canary-in-the-address-of-a-webhook";
const SIGNING = `whsec_${btoa("canary signing secret of thirty2")}`;
const ACCOUNT = "71000288006613";

const said: string[] = [];
let told: Told;
let token = "";

beforeAll(async () => {
  for (const level of ["log", "info", "warn", "error", "debug"] as const)
    vi.spyOn(console, level).mockImplementation((...words) => void said.push(words.join(" ")));
  const broken = new Receiver();
  standIn({ "hooks.slack.com": broken, "erp.test": broken });
  told = await Told.company();
  await told.ok("POST", "/api/notification-channels", {
    name: "Desk",
    channel_type: "slack",
    credentials: { url: `https://hooks.slack.com${SLACK}` },
  });
  await told.ok("POST", "/api/notification-channels", {
    name: "ERP",
    channel_type: "webhook",
    credentials: { url: `https://erp.test/in?key=${HOOK}`, secret: SIGNING },
  });
  const made = await told.ok("POST", "/api/tokens", { name: "ERP", scopes: ["jobs:read"] });
  token = z.object({ token: z.string() }).parse(made).token;
  const account = await told.ok("POST", "/api/accounts", { name: "Treasury", currency: "USD", account_number: ACCOUNT });
  const job = await told.road.upload(bai2({ on: "2026-03-02", statements: [{ account: ACCOUNT, rows: [{ in: 5 }] }] }));
  const [mapping] = await told.road.mappings();
  await told.ok("PUT", `/api/mappings/${mapping?.id}`, { account_id: account["id"], verified: true });
  await told.road.travel();
  await told.road.approve(job.id);
});
afterAll(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const canaries = () => [SLACK, HOOK, SIGNING, ACCOUNT, token, token.slice(4)];
const foundIn = (text: string) => canaries().filter((canary) => text.includes(canary));

describe("a secret", () => {
  it("comes out of no address that can be read, for whoever may see the most", async () => {
    const { paths } = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) }).parse(await told.ok("GET", "/api/openapi.json"));
    const lists = Object.keys(paths).filter((path) => "get" in (paths[path] ?? {}) && !path.includes("{"));

    for (const path of lists) expect(foundIn(JSON.stringify((await told.ask("GET", path)).body)), path).toEqual([]);
    for (const path of ["/api/jobs", "/api/accounts", "/api/transactions", "/api/notification-channels"]) {
      const { data } = z.object({ data: z.array(z.object({ id: z.string() })) }).parse(await told.ok("GET", path));
      expect(data.length, path).toBeGreaterThan(0);
      for (const { id } of data) expect(foundIn(JSON.stringify((await told.ask("GET", `${path}/${id}`)).body)), path).toEqual([]);
    }
    expect(lists.length).toBeGreaterThan(15);
  });

  it("rests in no row of any table", async () => {
    const tables = await asOwner("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1");

    const like = canaries().map((canary) => `%${canary}%`);
    for (const table of tables.map((row) => String(row["relname"]))) {
      const [rows] = await asOwner(`select count(*)::int as n from ${table} t where to_jsonb(t)::text like any($1)`, [like]);
      expect(rows?.["n"], table).toBe(0);
    }
    expect(tables.length).toBeGreaterThan(30);
  });

  it("is said in no line of the log", () => {
    expect(said.length).toBeGreaterThan(0);
    expect(foundIn(said.join("\n"))).toEqual([]);
  });
});
