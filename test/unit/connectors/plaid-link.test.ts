/** From “connect a bank” to the first movements, and back to the bank when it wants a sign-in: our side of Link, and the local page that stands in for Plaid's. */
import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { Secret } from "../../../src/lib/secret.ts";
import { createLinkToken, exchangePublicToken, type LinkDoor, type LinkDraft, readLinkOutcome } from "../../../src/sources/connectors/plaid/link.ts";
import { plaid } from "../../../src/sources/connectors/plaid.ts";
import { LOGIN_REQUIRED } from "../../fakes/plaid/faults.ts";
import { type FakePlaid, startFakePlaid } from "../../fakes/plaid/start.ts";
import { Books, byId, failureOf, liveTruth, loopbackFetch, NOW, platformOf, sessionOf, syncOnce } from "./plaid-session.ts";

let fake: FakePlaid;
let door: LinkDoor;

const draft: LinkDraft = { mode: { kind: "new", lookbackDays: 730 }, userId: "tenant-7:user-3", clientName: "Stratifi" };

beforeEach(async () => {
  fake = await startFakePlaid({ seed: 3, now: () => NOW });
  door = { platform: platformOf(fake), fetch: loopbackFetch, now: NOW };
});

afterEach(async () => {
  await fake.close();
  expect(fake.violations).toEqual([]);
});

/** What the page's buttons send. */
function finish(fields: [string, string][]): Promise<Response> {
  return fetch(`${fake.url}/link/finish`, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
}

async function connect(masks: readonly string[] = ["4410", "3333"]) {
  const { token } = await createLinkToken(door, draft);
  const answer = await finish([
    ["token", token],
    ["outcome", "success"],
    ["institution_id", "ins_900001"],
    ["return_to", "http://127.0.0.1:1/back"],
    ...masks.map((mask): [string, string] => ["mask", mask]),
  ]);
  const back = new URL(answer.headers.get("location") ?? "");
  const exchanged = await exchangePublicToken(door, new Secret(back.searchParams.get("public_token") ?? ""));
  return { back, exchanged, item: fake.world.item(exchanged.itemId) };
}

describe("a new bank", () => {
  it("is chosen on Link's page, and the accounts that were shared are read at once", async () => {
    const { back, exchanged, item } = await connect();

    const session = { ...sessionOf(fake, item), credentials: exchanged.credentials };
    const books = new Books();
    books.take((await syncOnce(session, null)).pages);

    expect(back.pathname).toBe("/back");
    expect(back.searchParams.get("institution_name")).toBe("Meridian Stand-in Bank");
    expect((await plaid.test(session)).accounts.map(({ last_four }) => last_four)).toEqual(["4410", "3333"]);
    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
    expect(item.webhook).toBe("http://127.0.0.1:1/webhooks/plaid");
  });

  it("gives a token for four hours, and a page of Plaid's own where it is asked for", async () => {
    const plain = await createLinkToken(door, draft);
    const hosted = await createLinkToken(door, { ...draft, completionUri: `${fake.url}/done` });

    expect(plain).toMatchObject({ expiresAt: "2026-03-10T16:00:00.000Z", hostedUrl: null });
    expect(await (await fetch(hosted.hostedUrl ?? "")).text()).toContain("Harbor Stand-in Bank");
  });

  it("that was connected on Plaid's own page is found by the token that opened it", async () => {
    const { token } = await createLinkToken(door, { ...draft, completionUri: `${fake.url}/done` });
    const before = await readLinkOutcome(door, token);
    await finish([
      ["token", token],
      ["outcome", "success"],
      ["institution_id", "ins_900002"],
    ]);

    const after = await readLinkOutcome(door, token);

    expect(before).toEqual({ isFinished: false, publicTokens: [] });
    expect(after.isFinished).toBe(true);
    expect(await exchangePublicToken(door, after.publicTokens[0] ?? new Secret(""))).toMatchObject({ itemId: fake.world.items[0]?.id });
  });

  it("is not connected when somebody leaves", async () => {
    const { token } = await createLinkToken(door, draft);

    const answer = await finish([
      ["token", token],
      ["outcome", "exit"],
      ["return_to", "http://localhost:1/back"],
    ]);

    expect(answer.headers.get("location")).toContain("exit=1");
    expect(fake.world.items).toEqual([]);
  });

  it("is said to the window that opened the page, where that window is on this machine", async () => {
    const { token } = await createLinkToken(door, draft);
    const fields: [string, string][] = [
      ["token", token],
      ["outcome", "success"],
    ];

    const own = await (await finish([...fields, ["origin", "http://127.0.0.1:8787"]])).text();
    const strange = await (await finish([...fields, ["origin", "https://elsewhere.example"], ["return_to", "https://elsewhere.example/"]])).text();

    expect(own).toContain("plaid_link_success");
    expect(strange).not.toContain("public-sandbox");
  });

  it("is exchanged once", async () => {
    const { back } = await connect();

    const failure = await failureOf(exchangePublicToken(door, new Secret(back.searchParams.get("public_token") ?? "")));

    expect(failure).toMatchObject({ kind: "configuration", code: "INVALID_PUBLIC_TOKEN" });
  });

  it("is asked for at least thirty days outside the sandbox, before anything is sent", async () => {
    const { plaid: settings } = door.platform;
    if (settings === null) throw new Error("The platform has no Plaid.");
    const production = { ...door, platform: { ...door.platform, plaid: { ...settings, baseUrl: "https://production.plaid.com" } } };

    const failure = await failureOf(createLinkToken(production, { ...draft, mode: { kind: "new", lookbackDays: 29 } }));

    expect(failure).toMatchObject({ kind: "configuration", code: "lookback_too_short" });
  });

  it("keeps its access token out of everything that prints", async () => {
    const { exchanged, item } = await connect();

    expect(`${JSON.stringify(exchanged)} ${String(exchanged.credentials)}`).not.toContain(item.accessToken);
    expect(exchanged.credentials.reveal()).toEqual({ access_token: item.accessToken });
  });
});

describe("a bank that is connected", () => {
  it("is signed in to again with the same key, the same accounts and the same cursor", async () => {
    const { exchanged, item } = await connect();
    const session = { ...sessionOf(fake, item), credentials: exchanged.credentials };
    const books = new Books();
    const first = await syncOnce(session, null);
    books.take(first.pages);
    item.error = LOGIN_REQUIRED;
    const stopped = await failureOf(syncOnce(session, first.cursor));
    const { token, expiresAt } = await createLinkToken(door, {
      ...draft,
      mode: { kind: "update", credentials: exchanged.credentials, bank: "Meridian" },
    });
    await finish([
      ["token", token],
      ["outcome", "success"],
    ]);
    fake.world.add(item, { amountMinor: "777" });

    books.take((await syncOnce(session, first.cursor)).pages);

    expect(stopped?.kind).toBe("reauthenticate");
    expect(expiresAt).toBe("2026-03-10T12:30:00.000Z");
    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
    expect(fake.world.items).toHaveLength(1);
  });

  it("shares more accounts, and their history comes", async () => {
    const { exchanged, item } = await connect(["4410"]);
    const session = { ...sessionOf(fake, item), credentials: exchanged.credentials };
    const books = new Books();
    const first = await syncOnce(session, null);
    books.take(first.pages);
    const { token } = await createLinkToken(door, { ...draft, mode: { kind: "accounts", credentials: exchanged.credentials, bank: null } });
    const page = await (await fetch(`${fake.url}/link.html?token=${token}`)).text();
    await finish([
      ["token", token],
      ["outcome", "success"],
      ["mask", "4410"],
      ["mask", "3333"],
    ]);

    books.take((await syncOnce(session, first.cursor)).pages);

    expect(page).toContain("Purchasing card");
    expect(new Set(books.rows.map(({ account_id }) => account_id)).size).toBe(2);
    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
  });
});

describe("the buttons of the stand-in", () => {
  let receiver: Server;
  let heard: { verification: boolean; body: Record<string, unknown> }[];

  beforeEach(async () => {
    heard = [];
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.concat(chunks).toString()));
        heard.push({ verification: request.headers["plaid-verification"] !== undefined, body });
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  });

  afterEach(() => new Promise<void>((resolve) => receiver.close(() => resolve())));

  async function press(verb: string, given: Record<string, unknown> = {}): Promise<string[]> {
    const response = await fetch(`${fake.url}/_control/${verb}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(given),
    });
    return z.object({ ids: z.array(z.string()) }).parse(await response.json()).ids;
  }

  it("make things happen at the bank, each with its bell, and a sync brings exactly that", async () => {
    const { exchanged, item } = await connect();
    const address = receiver.address();
    item.webhook = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/webhooks/plaid`;
    const session = { ...sessionOf(fake, item), credentials: exchanged.credentials };
    const books = new Books();
    let { cursor, pages } = await syncOnce(session, null);
    books.take(pages);

    for (const [verb, given] of [
      ["new", { count: 3 }],
      ["pending", { count: 2 }],
      ["post", {}],
      ["change", {}],
      ["remove", {}],
    ] as const) {
      expect((await press(verb, given)).length).toBeGreaterThan(0);
      ({ cursor, pages } = await syncOnce(session, cursor));
      books.take(pages);
      expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
    }
    await press("require-sign-in");
    await press("repair");
    await press("expire");

    expect(heard.map(({ body }) => body["webhook_code"])).toEqual([
      ...new Array(5).fill("SYNC_UPDATES_AVAILABLE"),
      "ERROR",
      "LOGIN_REPAIRED",
      "PENDING_EXPIRATION",
    ]);
    expect(heard.every(({ verification }) => verification)).toBe(true);
  });

  it("are on a page, and a press leads back to it", async () => {
    await connect();

    const page = await (await fetch(fake.url)).text();
    const pressed = await fetch(`${fake.url}/_control/new`, { method: "POST", body: new URLSearchParams({ count: "1" }), redirect: "manual" });

    expect(page).toContain("New transactions at the bank");
    expect([pressed.status, pressed.headers.get("location")]).toEqual([303, "/"]);
  });
});
