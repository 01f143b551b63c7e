/** What the made-up banks answer, against the vendors' own schemas, where those lie beside the checkout; and that a breach of them is seen. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { SchemaCheck } from "../../fakes/bank/dialect.ts";
import { type FakeBank, startFakeBank } from "../../fakes/bank/server.ts";
import { BankBooks, sessionOf } from "./bank-api-books.ts";

const SPECS = join(import.meta.dirname, "../../../../shared/api/specs");

/** Operation → its schema's name in the vendor's document. */
const VENDORS = {
  paypal: { file: "paypal-reporting.subset.yml", schemas: { transactions: "search_response", balances: "balances_response" } },
  berlin: {
    file: "berlingroup-ais-1.3.11.subset.yml",
    schemas: { accounts: "accountList", balances: "readAccountBalanceResponse-200", transactions: "transactionsResponse-200_json" },
  },
} as const;

function checkOf(vendor: keyof typeof VENDORS): SchemaCheck {
  const { file, schemas } = VENDORS[vendor];
  const document: unknown = parse(readFileSync(join(SPECS, file), "utf8"));
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false });
  ajv.addSchema({ $id: "vendor", ...(typeof document === "object" ? document : {}) });
  return (operation, answer) => {
    const name = new Map<string, string>(Object.entries(schemas)).get(operation);
    if (name === undefined) return [];
    const validate = ajv.getSchema(`vendor#/components/schemas/${name}`);
    if (validate === undefined) return [`there is no schema ${name}`];
    return validate(answer) === true ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

describe.each(["paypal", "berlin"] as const)("%s", (name) => {
  const isThere = existsSync(join(SPECS, VENDORS[name].file));
  let bank: FakeBank;

  beforeEach(async () => {
    bank = await startFakeBank();
  });
  afterEach(async () => {
    await bank.close();
  });

  it.runIf(isThere)("answers as the vendor's schema says, in every state", async () => {
    const checked: string[] = [];
    const check = checkOf(name);
    bank[name].checkBy((operation, answer) => {
      checked.push(operation);
      return check(operation, answer);
    });
    const books = new BankBooks();
    for (let day = 0; day < 3; day += 1) {
      await books.sync(sessionOf(bank.connection(name), { now: bank[name].world.now }));
      bank[name].world.pass(1);
    }

    expect(new Set(checked)).toEqual(new Set([...Object.keys(VENDORS[name].schemas), ...(name === "paypal" ? ["token"] : [])]));
    expect(bank.violations()).toEqual([]);
  });

  it.runIf(isThere)("a breach would be seen", () => {
    const check = checkOf(name);

    expect(check("balances", { balances: [{ balanceAmount: { amount: 1 }, total_balance: 1 }] })).not.toEqual([]);
  });
});
