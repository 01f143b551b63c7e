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
const CARD = "4111 1111 1111 1111";
/** In a table whose cells are shown as evidence, and in one that is asked about: whose amounts nobody can tell. */
const TABLE = `Date;Description;Amount;Currency
2026-03-13;POS 5555555555554444 QUAY;-12.50;EUR
2026-03-14;POS 4111-1111-1111-1111;99.50;EUR
`;
const ASKED = `Date;Card;Amount;Other
2026-03-13;378282246310005;12.50;13.50
2026-03-14;378282246310005;1.234;2.345
`;

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
  const job = await told.road.upload(bai2({ on: "2026-03-02", statements: [{ account: ACCOUNT, rows: [{ in: 5, text: `POS ${CARD} HARBOUR` }] }] }));
  const [mapping] = await told.road.mappings();
  await told.ok("PUT", `/api/mappings/${mapping?.id}`, { account_id: account["id"], verified: true });
  await told.road.travel();
  await told.road.approve(job.id);
  for (const [name, text] of Object.entries({ "cards.csv": TABLE, "asked.csv": ASKED })) {
    await told.road.deposit(new TextEncoder().encode(text), { file_name: name }, "csv");
    await told.road.travel();
  }
});
afterAll(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const cards = [CARD, CARD.replaceAll(" ", ""), CARD.replaceAll(" ", "-"), "5555555555554444", "378282246310005"];
const canaries = () => [SLACK, HOOK, SIGNING, ACCOUNT, ...cards, token, token.slice(4)];
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
    const everything = await told.road.ok("GET", "/api/export.ndjson", undefined, await told.road.as("owner"));
    expect(foundIn(JSON.stringify(everything))).toEqual([]);
    expect(JSON.stringify(everything)).toContain("**** 1111");
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
