/** The stand-in for Plaid, driven by Plaid's own Node package: code that nobody here wrote finds in it what it expects. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Configuration, CountryCode, PlaidApi, Products, type Transaction } from "plaid";
import { afterEach, beforeEach, expect, it } from "vitest";
import * as z from "zod";
import { FAULTS } from "../../fakes/plaid/faults.ts";
import { INSTITUTIONS, liveThroughMonth } from "../../fakes/plaid/institutions.ts";
import { type FakePlaid, startFakePlaid } from "../../fakes/plaid/start.ts";

let fake: FakePlaid;
let client: PlaidApi;

beforeEach(async () => {
  fake = await startFakePlaid({ seed: 7, now: () => new Date("2026-03-10T12:00:00Z"), pageSizeMax: 10 });
  client = clientOf(fake);
});

afterEach(() => fake.close());

function clientOf({ url, clientId, secret }: Pick<FakePlaid, "url" | "clientId" | "secret">): PlaidApi {
  const headers = { "PLAID-CLIENT-ID": clientId, "PLAID-SECRET": secret };
  return new PlaidApi(new Configuration({ basePath: url, baseOptions: { headers } }));
}

function connected() {
  const [bank] = INSTITUTIONS;
  if (bank === undefined) throw new Error("There is no bank.");
  const item = fake.world.connect(bank);
  liveThroughMonth(fake.world, item);
  return item;
}

const refusal = z.looseObject({ response: z.looseObject({ status: z.number(), data: z.looseObject({ error_code: z.string() }) }) });

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return null;
  } catch (error) {
    const { response } = refusal.parse(error);
    return [response.status, response.data.error_code];
  }
}

it("Link is opened, somebody connects a bank, and the public token is exchanged once", async () => {
  const opened = await client.linkTokenCreate({
    client_name: "Test",
    language: "en",
    country_codes: [CountryCode.Us],
    user: { client_user_id: "user-1" },
    products: [Products.Transactions],
    transactions: { days_requested: 730 },
    hosted_link: { completion_redirect_uri: `${fake.url}/done` },
  });
  const session = fake.link.session(opened.data.link_token);
  const publicToken = session === null ? "" : (fake.link.succeed(session, { institutionId: "ins_900002", masks: ["0093"] }).publicToken ?? "");

  const { data } = await client.itemPublicTokenExchange({ public_token: publicToken });
  const item = await client.itemGet({ access_token: data.access_token });
  const accounts = await client.accountsGet({ access_token: data.access_token });

  expect(opened.data.hosted_link_url).toContain("/link.html?token=");
  expect(item.data.item).toMatchObject({ item_id: data.item_id, institution_name: "Harbor Stand-in Bank", error: null });
  expect(accounts.data.accounts.map(({ mask }) => mask)).toEqual(["0093"]);
  expect(await codeOf(client.itemPublicTokenExchange({ public_token: publicToken }))).toEqual([400, "INVALID_PUBLIC_TOKEN"]);
  expect(fake.violations).toEqual([]);
});

it("the pages of an update give each change once, and the next update only what came since", async () => {
  const item = connected();
  const first = await readAll(item.accessToken);
  const [one, two] = fake.world.live(item);
  if (one === undefined || two === undefined) throw new Error("The month is empty.");
  fake.world.change(item, one.id, { amountMinor: "-1999" });
  fake.world.remove(item, two.id);
  const fresh = fake.world.add(item, { amountMinor: "12345" });

  const second = await readAll(item.accessToken, first.cursor);

  expect(first.pages).toBeGreaterThan(3);
  expect(new Set(first.added).size).toBe(first.added.length);
  expect(second).toMatchObject({ added: [fresh.id], modified: [one.id], removed: [two.id] });
  expect(fake.violations).toEqual([]);
});

it("an amount that leaves the account is positive, as Plaid counts", async () => {
  const item = connected();
  const spent = fake.world.add(item, { amountMinor: "-7210" });

  const rows = (await client.transactionsSync({ access_token: item.accessToken, count: 500 })).data;

  const { amount } =
    [...rows.added, ...(await rest(item.accessToken, rows.next_cursor))].find(({ transaction_id }) => transaction_id === spent.id) ?? {};
  expect(amount).toBe(72.1);
});

it("a movement between two pages breaks the chain; from its first cursor it is whole again", async () => {
  const item = connected();
  const page = (await client.transactionsSync({ access_token: item.accessToken })).data;
  fake.world.add(item, { amountMinor: "1" });

  const broken = await codeOf(client.transactionsSync({ access_token: item.accessToken, cursor: page.next_cursor }));
  const whole = await readAll(item.accessToken);

  expect(broken).toEqual([400, "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"]);
  expect(whole.added).toHaveLength(fake.world.live(item).length);
});

it("a login that is not ready answers with an empty cursor", async () => {
  const item = connected();
  item.isReady = false;

  const { data } = await client.transactionsSync({ access_token: item.accessToken });

  expect(data).toMatchObject({ next_cursor: "", has_more: false, added: [], transactions_update_status: "NOT_READY" });
  expect(fake.violations).toEqual([]);
});

it.each([
  ["another secret", () => clientOf({ ...fake, secret: "wrong" }).itemGet({ access_token: connected().accessToken }), [400, "INVALID_API_KEYS"]],
  ["an unknown access token", () => client.itemGet({ access_token: "access-unknown" }), [400, "INVALID_ACCESS_TOKEN"]],
  ["another login's cursor", () => client.transactionsSync({ access_token: connected().accessToken, cursor: "bm9uZQ==" }), [400, "INVALID_FIELD"]],
  ["too many requests", () => faulty(), [429, "TRANSACTIONS_SYNC_LIMIT"]],
])("%s is refused as Plaid refuses it", async (_what, call, expected) => {
  expect(await codeOf(call())).toEqual(expected);
  expect(fake.violations).toEqual([]);
});

it("a login that was removed is gone", async () => {
  const item = connected();

  await client.itemRemove({ access_token: item.accessToken });

  expect(await codeOf(client.accountsGet({ access_token: item.accessToken }))).toEqual([400, "ITEM_NOT_FOUND"]);
});

it("a request that breaks the vendor's types is written down", async () => {
  const item = connected();

  await client.transactionsSync({ access_token: item.accessToken, count: 501 });

  expect(fake.violations).toEqual([expect.stringContaining("/transactions/sync")]);
});

it("a restart keeps banks, cursors and keys where a file is named", async () => {
  const stateFile = join(mkdtempSync(join(tmpdir(), "plaid-")), "state.json");
  const before = await startFakePlaid({ stateFile });
  const token = before.world.connect(INSTITUTIONS[0] ?? expect.unreachable()).accessToken;
  const { data: first } = await clientOf(before).transactionsSync({ access_token: token });
  await before.close();

  const after = await startFakePlaid({ stateFile });
  const fresh = after.world.add(after.world.items[0] ?? expect.unreachable(), { amountMinor: "5" });
  const { data: next } = await clientOf(after).transactionsSync({ access_token: token, cursor: first.next_cursor });
  await after.close();

  expect(next.added.map(({ transaction_id }) => transaction_id)).toEqual([fresh.id]);
});

it("the key of a webhook is given by its name, and no other", async () => {
  const kid = await fake.webhooks.rotate();

  const { data } = await client.webhookVerificationKeyGet({ key_id: kid });

  expect(data.key).toMatchObject({ alg: "ES256", crv: "P-256", kid, expired_at: null });
  expect(await codeOf(client.webhookVerificationKeyGet({ key_id: "nobody" }))).toEqual([400, "INVALID_FIELD"]);
  expect(fake.violations).toEqual([]);
});

function faulty() {
  fake.faults.order("/transactions/sync", FAULTS.rateLimited());
  return client.transactionsSync({ access_token: connected().accessToken });
}

async function readAll(accessToken: string, cursor?: string) {
  const found = { added: [] as string[], modified: [] as string[], removed: [] as string[], cursor: cursor ?? "", pages: 0 };
  for (let hasMore = true; hasMore; found.pages += 1) {
    const from = found.cursor === "" ? {} : { cursor: found.cursor };
    const { data } = await client.transactionsSync({ access_token: accessToken, count: 500, ...from });
    found.added.push(...data.added.map(({ transaction_id }) => transaction_id));
    found.modified.push(...data.modified.map(({ transaction_id }) => transaction_id));
    found.removed.push(...data.removed.map(({ transaction_id }) => transaction_id));
    found.cursor = data.next_cursor;
    hasMore = data.has_more;
  }
  return found;
}

async function rest(accessToken: string, cursor: string): Promise<Transaction[]> {
  const { data } = await client.transactionsSync({ access_token: accessToken, cursor });
  return data.has_more ? [...data.added, ...(await rest(accessToken, data.next_cursor))] : data.added;
}
