/** The connector of bank APIs and its format against three made-up banks: whatever happens on the way, the books equal the bank's own. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bankApiConnector } from "../../../src/sources/connectors/bank-api.ts";
import { ConnectorFailure } from "../../../src/sources/connectors/connector.ts";
import { DIALECTS, type DialectName, type Fault } from "../../fakes/bank/dialect.ts";
import { type FakeBank, startFakeBank } from "../../fakes/bank/server.ts";
import { BankBooks, sessionOf, sorted } from "./bank-api-books.ts";

let bank: FakeBank;

beforeEach(async () => {
  bank = await startFakeBank();
});
afterEach(async () => {
  await bank.close();
});

const session = (name: DialectName) => sessionOf(bank.connection(name), { now: bank[name].world.now });

async function failureOf(work: Promise<unknown>): Promise<ConnectorFailure> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof ConnectorFailure)) throw new Error(`No ConnectorFailure: ${String(thrown)}`);
  return thrown;
}

describe.each(DIALECTS)("%s", (name) => {
  it("the first sync gives the bank's own books, page by page", async () => {
    const books = new BankBooks();

    await books.sync(session(name));

    expect(books.rows().length).toBeGreaterThan(40);
    expect(books.rows()).toEqual(sorted(bank[name].truth()));
    expect(books.pages.length).toBeGreaterThan(5);
    expect(books.problems).toEqual([]);
    expect(bank.violations()).toEqual([]);
  });

  it("a month of new, booked, void and vanished rows ends in the bank's own books", async () => {
    const books = new BankBooks();
    const seen = new Set<string>();
    await books.sync(session(name));

    for (let day = 0; day < 30; day += 1) {
      bank[name].world.pass(1);
      await books.sync(session(name));
      expect(books.rows(), `day ${day}`).toEqual(sorted(bank[name].truth()));
      for (const { what } of bank[name].world.log) seen.add(what);
    }

    expect([...seen].toSorted()).toEqual(["made", "posted", "vanished", "void"]);
    expect(books.problems).toEqual([]);
    expect(bank.violations()).toEqual([]);
  });

  it("a row that was pending in the very first sync and is not named any more is gone, weeks later", async () => {
    const books = new BankBooks();
    const { world } = bank[name];
    const pending = world.make({ status: "pending" });
    await books.sync(session(name));
    const before = books.rows();
    world.advance({ days: 25 });
    await books.sync(session(name));
    const between = books.rows();

    world.change(pending, "vanished");
    await books.sync(session(name));

    expect(between).toEqual(before);
    expect(books.rows()).toEqual(sorted(bank[name].truth()));
    expect(books.rows().length).toBeLessThan(before.length);
  });

  it("an amount that the bank corrects is corrected", async () => {
    const books = new BankBooks();
    await books.sync(session(name));
    const [movement] = bank[name].world.movements.slice(-1);
    if (movement === undefined) throw new Error("There are no movements.");
    bank[name].world.amend(movement, { amountMinor: movement.amountMinor - 5 });

    await books.sync(session(name));

    expect(books.rows()).toEqual(sorted(bank[name].truth()));
  });

  it("an outage of sixty days is read as exactly the days that were missed", async () => {
    const books = new BankBooks();
    await books.sync(session(name));
    bank[name].world.pass(60);

    await books.sync(session(name));

    expect(books.rows()).toEqual(sorted(bank[name].truth()));
    expect(bank.violations()).toEqual([]);
  });

  it("a lost cursor is a full read, and changes nothing", async () => {
    const books = new BankBooks();
    await books.sync(session(name));
    const before = books.rows();
    books.cursor = null;

    await books.sync(session(name));

    expect(books.rows()).toEqual(before);
  });

  it("a failure at every single request, and going on each time where it stopped", async () => {
    const faults: Fault[] = [{ kind: "status", status: 500 }, { kind: "rate_limited" }, { kind: "cut" }, { kind: "status", status: 503 }];
    const kinds = new Set<string>();
    const books = new BankBooks();
    const flaky = session(name);
    let asked = 0;
    const { fetch } = flaky;
    flaky.fetch = (url, init, limits) => {
      asked += 1;
      const fault = asked % 2 === 1 ? faults[(asked >> 1) % faults.length] : undefined;
      // The path is the next request's own: it is the one that fails.
      if (fault !== undefined) bank[name].fail({ ...fault, path: new URL(String(url)).pathname });
      return fetch(url, init, limits);
    };

    await books.sync(flaky, { failuresMax: 1_000, onFailure: ({ kind }) => kinds.add(kind) });

    expect(books.rows()).toEqual(sorted(bank[name].truth()));
    expect([...kinds].toSorted()).toEqual(["rate_limited", "unavailable"]);
  });

  it("what the bank books while its pages are read is there, then or with the next sync", async () => {
    const books = new BankBooks();
    for (let one = 0; one < 6; one += 1)
      bank[name].fail({ kind: "meanwhile", path: "transactions", happens: (world) => world.make({ status: "posted" }) });
    await books.sync(session(name));

    await books.sync(session(name));

    expect(books.rows()).toEqual(sorted(bank[name].truth()));
  });

  it("nothing moves and nothing is kept by a run that stops half-way", async () => {
    const books = new BankBooks();
    bank[name].fail({ kind: "status", status: 500, path: "transactions", times: 1 });

    const failure = await failureOf(books.sync(session(name)));

    expect(failure).toMatchObject({ kind: "unavailable", requestId: "req-42" });
    expect(books.cursor).toBeNull();
    expect(books.rows()).toEqual([]);
  });

  it.each<[string, Fault, Partial<ConnectorFailure>]>([
    ["Retry-After in seconds", { kind: "rate_limited", headers: { "retry-after": "17" } }, { kind: "rate_limited", retryAfterSeconds: 17 }],
    [
      "Retry-After as a date",
      { kind: "rate_limited", headers: { "retry-after": "Mon, 16 Mar 2026 15:02:00 GMT" } },
      { kind: "rate_limited", retryAfterSeconds: 120 },
    ],
    [
      "the reset that account-information banks name",
      { kind: "rate_limited", headers: { HTTP_X_RATELIMIT_ACCOUNT_SUCCESS_RESET: "3600" } },
      { kind: "rate_limited", retryAfterSeconds: 3_600 },
    ],
    ["429 and nothing more", { kind: "rate_limited" }, { kind: "rate_limited", retryAfterSeconds: null, code: "too_many_requests" }],
    ["an error page with 200", { kind: "html" }, { kind: "malformed", code: "answer_not_json" }],
    ["JSON that ends too early", { kind: "not_json" }, { kind: "malformed", code: "answer_not_json" }],
    ["a body that breaks off", { kind: "cut" }, { kind: "unavailable", code: "no_answer" }],
    ["a permission that is lacking", { kind: "status", status: 403 }, { kind: "refused" }],
    ["an answer without the list", { kind: "changed", change: () => "{}" }, { kind: "malformed", code: "missing_list" }],
    ["a fault of its own", { kind: "status", status: 502, body: "<html>" }, { kind: "unavailable", code: "http_502" }],
  ])("of the list of accounts, %s is said as what it is", async (_what, fault, expected) => {
    bank[name].fail({ ...fault, path: name === "paypal" ? "balances" : "accounts" });

    const failure = await failureOf(new BankBooks().sync(session(name)));

    expect(failure).toMatchObject(expected);
    expect(failure.message).toMatch(/^[A-Z].*\.$/);
    expect(failure.message).not.toContain("127.0.0.1");
  });
});

describe("what every bank may do wrong", () => {
  it("a bank that does not answer in time is unavailable", async () => {
    bank.mercury.fail({ kind: "slow", ms: 400 });
    const slow = session("mercury");
    const { fetch } = slow;
    slow.fetch = (url, init, limits) => fetch(url, init, { ...limits, timeoutMs: 50 });

    expect(await failureOf(new BankBooks().sync(slow))).toMatchObject({ kind: "unavailable", code: "timeout" });
  });

  it("a link to another origin is not followed, and nothing is asked there", async () => {
    const thief = await startFakeBank();
    const change = (answer: string) => answer.replaceAll('"next":{"href":"/', `"next":{"href":"${thief.url}/`);
    bank.berlin.fail({ kind: "changed", path: "/transactions", change });

    const failure = await failureOf(new BankBooks().sync(session("berlin")));

    expect(failure).toMatchObject({ kind: "malformed", code: "link_to_another_origin" });
    expect(thief.berlin.requests).toEqual([]);
    await thief.close();
  });

  it("a next page that is the same again ends the run instead of going on for ever", async () => {
    let first: string | null = null;
    const change = (answer: string) => {
      first ??= answer;
      return first;
    };
    bank.berlin.fail({ kind: "changed", path: "/transactions", times: 50, change });

    const failure = await failureOf(new BankBooks().sync(session("berlin")));

    expect(failure).toMatchObject({ kind: "malformed", code: "repeated_page" });
  });

  it("more pages than allowed are an error, and never a part", async () => {
    const { config, credentials } = bank.connection("mercury");
    const few = sessionOf({ config: { ...config, limits: { ...config.limits, maxPages: 2 } }, credentials }, { now: bank.mercury.world.now });
    const books = new BankBooks();

    const failure = await failureOf(books.sync(few));

    expect(failure).toMatchObject({ kind: "configuration", code: "too_many_pages" });
    expect(books.rows()).toEqual([]);
  });

  it("an answer beyond the allowed bytes is not read", async () => {
    const { config, credentials } = bank.connection("mercury");
    const small = sessionOf({ config: { ...config, limits: { ...config.limits, maxBytes: 1_024 } }, credentials }, { now: bank.mercury.world.now });

    expect(await failureOf(new BankBooks().sync(small))).toMatchObject({ kind: "configuration", code: "too_large" });
  });

  it("a page that the bank no longer knows sends the run back to its beginning", async () => {
    const books = new BankBooks();
    let broken = 0;
    const flaky = session("mercury");
    const { fetch } = flaky;
    flaky.fetch = (url, init, limits) => {
      if (String(url).includes("start_after") && broken === 0) {
        broken += 1;
        bank.mercury.fail({ kind: "status", status: 400 });
      }
      return fetch(url, init, limits);
    };

    await books.sync(flaky, { failuresMax: 1, onFailure: ({ kind }) => expect(kind).toBe("chain_broken") });

    expect(broken).toBe(1);
    expect(books.rows()).toEqual(sorted(bank.mercury.truth()));
  });

  it("a status that nobody has mapped keeps its row back, and no other", async () => {
    const books = new BankBooks();
    bank.mercury.fail({ kind: "changed", path: "transactions", change: (answer) => answer.replace('"status":"sent"', '"status":"heldForReview"') });

    await books.sync(session("mercury"));

    expect(books.problems).toMatchObject([{ severity: "error", code: "unmapped_status", value: "heldForReview" }]);
    expect(books.rows()).toHaveLength(bank.mercury.truth().length - 1);
  });

  it("a row without a currency is kept back, and no other", async () => {
    const books = new BankBooks();
    const change = (answer: string) => answer.replace(/"transactionAmount":\{"currency":"[A-Z]{3}",/, '"transactionAmount":{');
    bank.berlin.fail({ kind: "changed", path: "/transactions", change });

    await books.sync(session("berlin"));

    expect(books.problems).toMatchObject([{ severity: "error", code: "unknown_currency" }]);
    expect(books.rows()).toHaveLength(bank.berlin.truth().length - 1);
  });

  it("a pending row that is there but cannot be read is not taken for gone", async () => {
    const books = new BankBooks();
    const movement = bank.mercury.world.make({ status: "pending" });
    await books.sync(session("mercury"));
    const before = books.rows();

    bank.mercury.fail({
      kind: "changed",
      path: "transactions",
      times: 100,
      change: (answer) => answer.replaceAll('"status":"pending"', '"status":"new"'),
    });
    await books.sync(session("mercury"));
    const between = books.rows();
    bank.mercury.mend();
    bank.mercury.world.change(movement, "vanished");
    await books.sync(session("mercury"));

    expect(between).toEqual(before);
    expect(books.rows()).toEqual(sorted(bank.mercury.truth()));
    expect(books.rows()).toHaveLength(before.length - 1);
  });

  it("a configuration that changes during a run begins the run again", async () => {
    const first = session("berlin");
    const { next } = await bankApiConnector.fetchPages(first, null);
    const { config, credentials } = bank.connection("berlin");
    const other = sessionOf({ config: { ...config, headers: { ...config.headers, "X-Other": "1" } }, credentials }, { now: first.now });

    expect(await failureOf(bankApiConnector.fetchPages(other, next))).toMatchObject({ kind: "chain_broken", code: "configuration_changed" });
  });

  it("20 runs at once of one connection read the same, each by itself", async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const books = new BankBooks();
        await books.sync(session("berlin"));
        return books.rows();
      }),
    );

    for (const rows of all) expect(rows).toEqual(sorted(bank.berlin.truth()));
  });
});

describe("signing in", () => {
  it("a wrong key is refused", async () => {
    const { config } = bank.connection("mercury");
    const wrong = sessionOf({ config, credentials: { api_key: "wrong" } }, { now: bank.mercury.world.now });

    expect(await failureOf(bankApiConnector.test(wrong))).toMatchObject({ kind: "refused", code: "unauthorized" });
  });

  it("a missing credential is named, and nothing is asked", async () => {
    const { config } = bank.connection("mercury");

    const failure = await failureOf(bankApiConnector.test(sessionOf({ config, credentials: {} }, { now: bank.mercury.world.now })));

    expect(failure).toMatchObject({ kind: "refused", code: "credential_missing", message: expect.stringContaining("api_key") });
    expect(bank.mercury.requests).toEqual([]);
  });

  it("an ended consent asks for its owner, and a new one goes on", async () => {
    const books = new BankBooks();
    await books.sync(session("berlin"));
    bank.berlin.endConsent();
    bank.berlin.world.pass(2);

    const failure = await failureOf(books.sync(session("berlin")));
    bank.berlin.giveConsent();
    await books.sync(session("berlin"));

    expect(failure).toMatchObject({ kind: "reauthenticate", code: "CONSENT_EXPIRED" });
    expect(failure.message).not.toContain("bank's own business");
    expect(books.rows()).toEqual(sorted(bank.berlin.truth()));
  });

  it("a bank that gives booked rows another id has each row once", async () => {
    bank.berlin.changesIds = true;
    const books = new BankBooks();
    await books.sync(session("berlin"));
    for (let day = 0; day < 10; day += 1) {
      bank.berlin.world.pass(1);
      await books.sync(session("berlin"));
    }

    expect(books.rows()).toEqual(sorted(bank.berlin.truth()));
  });

  it("one token serves a whole run, and an early end of it is mended once", async () => {
    const books = new BankBooks();
    const whole = session("paypal");
    await books.sync(whole);
    const given = bank.paypal.tokensGiven();
    bank.paypal.revokeTokens();

    await books.sync(whole);

    expect(given).toBe(1);
    expect(bank.paypal.tokensGiven()).toBe(2);
  });

  it("a token near its end is not used any more", async () => {
    const whole = session("paypal");
    await bankApiConnector.test(whole);
    whole.now = new Date(whole.now.getTime() + (32_400 - 59) * 1_000);

    await bankApiConnector.test(whole);

    expect(bank.paypal.tokensGiven()).toBe(2);
  });

  it("a scope that is dropped in silence is an error", async () => {
    bank.paypal.scopes.shift();

    const failure = await failureOf(bankApiConnector.test(session("paypal")));

    expect(failure).toMatchObject({ kind: "refused", code: "scope_missing", message: expect.stringContaining("search/read") });
  });

  it("a refused client is refused", async () => {
    const { config } = bank.connection("paypal");
    const wrong = sessionOf({ config, credentials: { client_id: "fake-client", client_secret: "no" } }, { now: bank.paypal.world.now });

    expect(await failureOf(bankApiConnector.test(wrong))).toMatchObject({ kind: "refused", code: "invalid_client" });
  });

  it("four runs a day are four, and the fifth waits for midnight", async () => {
    const books = new BankBooks();
    for (let run = 0; run < 4; run += 1) await books.sync(session("berlin"));

    const failure = await failureOf(books.sync(session("berlin")));
    bank.berlin.world.advance({ hours: 9 });
    await books.sync(session("berlin"));

    expect(failure).toMatchObject({ kind: "rate_limited", code: "runs_a_day", retryAfterSeconds: 9 * 3_600 });
  });
});

describe("the test of a connection", () => {
  it("names the accounts and what makes two connections the same", async () => {
    const result = await bankApiConnector.test(session("berlin"));
    const again = await bankApiConnector.test(session("berlin"));

    expect(result.accounts).toMatchObject([
      { name: "Hauptkonto", last_four: "2051", currency: "EUR", type: "CACC" },
      { name: "Fremdwährungskonto", last_four: "5030", currency: "USD" },
    ]);
    expect(result.identity).toMatch(/^bank_api:http:\/\/127\.0\.0\.1:\d+:[0-9a-f]{32}$/);
    expect(again.identity).toBe(result.identity);
  });

  it("balances are the bank's own, without its credit lines", async () => {
    for (const name of DIALECTS) {
      const books = new BankBooks();
      await books.sync(session(name));

      for (const account of bank[name].world.accounts) {
        const { current, available } = bank[name].world.balanceOf(account);
        expect(books.balances.get(`${account.id} current`)).toBe(`${current} ${account.currency}`);
        expect(books.balances.get(`${account.id} available`)).toBe(`${available} ${account.currency}`);
      }
    }
  });

  it("no page, no cursor and no failure holds a secret", async () => {
    for (const name of DIALECTS) {
      const books = new BankBooks();
      await books.sync(session(name));
      const kept = JSON.stringify([books.pages, books.cursor]);

      const { credentials } = bank.connection(name);
      for (const secret of [...Object.values(credentials), "fake-token-"]) expect(kept).not.toContain(secret);
    }
  });
});
