/** Card numbers in a bank's texts: found however they are printed, and nothing else taken for one. All numbers are the issuers' published test numbers. */
import { describe, expect, it } from "vitest";
import { maskCardNumbers, maskInBankReference } from "../../src/domain/card-number.ts";
import { normalizeTransaction } from "../../src/domain/normalize.ts";
import type { TransactionRecord } from "../../src/domain/record.ts";
import { chanceOf } from "../harness/random.ts";

describe("a card number in a text", () => {
  it.each([
    ["Visa", "4111111111111111", "**** 1111"],
    ["Visa of 13 digits", "4222222222222", "**** 2222"],
    ["Mastercard", "5555555555554444", "**** 4444"],
    ["Mastercard of the 2 series", "2223003122003222", "**** 3222"],
    ["American Express", "378282246310005", "**** 0005"],
    ["Discover", "6011111111111117", "**** 1117"],
    ["Diners Club", "30569309025904", "**** 5904"],
    ["JCB", "3530111333300000", "**** 0000"],
    ["UnionPay of 19 digits", "6205500000000000004", "**** 0004"],
    ["Maestro", "6759649826438453", "**** 8453"],
    ["in groups of four", "4111 1111 1111 1111", "**** 1111"],
    ["with hyphens", "4111-1111-1111-1111", "**** 1111"],
    ["American Express as it is printed", "3782 822463 10005", "**** 0005"],
  ])("of %s becomes its last four digits", (_, number, masked) => {
    expect(maskCardNumbers(number)).toBe(masked);
    expect(maskCardNumbers(`CARD ${number} LONDON`)).toBe(`CARD ${masked} LONDON`);
    expect(maskCardNumbers(`16,475,1000,,,,POS/${number},/`)).toBe(`16,475,1000,,,,POS/${masked},/`);
  });

  it.each([
    ["a day before it", "POS 2026-03-01 4111 1111 1111 1111 LONDON", "POS 2026-03-01 **** 1111 LONDON"],
    ["a time and a shop's number behind it", "4111 1111 1111 1111 12 0831", "**** 1111 12 0831"],
    ["a word of two letters before it", "NO 4111111111111111", "NO **** 1111"],
    ["two of them", "4111111111111111 5555555555554444", "**** 1111 **** 4444"],
    ["a word with a digit at its end before it", "TERMINAL7 4111111111111111", "TERMINAL7 **** 1111"],
    ["the end of a long text", `${"x".repeat(1_013)} 4111111111111111`, `${"x".repeat(1_013)} **** 1111`],
  ])("is found with %s", (_, text, masked) => {
    expect(maskCardNumbers(text)).toBe(masked);
  });

  it("is found wherever in a text it begins", () => {
    for (let before = 0; before < 40; before += 1) {
      const text = `${"-".repeat(before)}|4111-1111-1111-1111|${"-".repeat(before)}`;

      expect(maskCardNumbers(text), String(before)).not.toContain("4111");
    }
  });

  it("is found in any text around it, in any of its groupings (2,000 of a seed)", () => {
    const random = chanceOf(20_260_301);
    const signs = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ.,;/:+0123456789"];
    const noise = (length: number) => Array.from({ length }, () => random.pick(signs)).join("");
    for (let n = 0; n < 2_000; n += 1) {
      const number = ["4111", "1111", "1111", "1111"].join(random.pick(["", " ", "-"]));
      const text = `${noise(random.below(30))}/${number};${noise(random.below(30))}`;

      expect(maskCardNumbers(text), text).toContain("/**** 1111;");
    }
  });

  it("masked once stays as it is", () => {
    const once = maskCardNumbers("A 4111 1111 1111 1111 B 5555555555554444");

    expect(maskCardNumbers(once)).toBe(once);
  });
});

describe("what is no card number", () => {
  it.each([
    ["a wrong check digit", "4111111111111112"],
    ["no issuer's beginning", "1234567812345670"],
    ["an issuer's beginning with another length", "41111111111111111"],
    ["20 digits", "41111111111111111111"],
    ["a part of a longer word", "REF4111111111111111X"],
    ["letters before it", "TX4111111111111111"],
    ["letters behind it", "4111111111111111EUR"],
    ["an IBAN in groups", "DE89 3704 0044 0532 0130 00"],
    ["an IBAN in one", "DE89370400440532013000"],
    ["an IBAN whose groups pass for a card", "XK12 4111 1111 1111 1111"],
    ["an IBAN with a bank's letters", "GB29 NWBK 4111 1111 1111 1111"],
    ["groups as no card has them", "41 11 11 11 11 11 11 11"],
    ["two blanks between", "4111  1111  1111  1111"],
    ["an OFX moment", "20260301120000"],
  ])("stays: %s", (_, text) => {
    expect(maskCardNumbers(text)).toBe(text);
  });

  it("stays where the bank numbers its own references, and is masked where others write in them", () => {
    expect(maskInBankReference("4111111111111111")).toBe("4111111111111111");
    expect(maskInBankReference("CARD 4111111111111111")).toBe("CARD **** 1111");
  });
});

it("a row's texts and its identity hold no card number, and are the same each time", () => {
  const record: TransactionRecord = {
    type: "transaction",
    statement: 0,
    place: { line: 1, lineEnd: 1, byteOffset: 0, byteEnd: 10 },
    postedOn: "2026-03-01",
    valueOn: null,
    amountMinor: "-100",
    sign: "debit",
    currency: "EUR",
    typeCode: "475",
    fundsType: null,
    bankReference: "172629",
    customerReference: "4111-1111-1111-1111",
    description: "POS 5555 5555 5555 4444 SHOP",
    externalTransactionId: null,
    isPending: false,
    raw: "",
  };

  const rows = [normalizeTransaction(record, null), normalizeTransaction(record, null)];

  expect(rows[0]).toEqual(rows[1]);
  expect(JSON.stringify(rows)).not.toMatch(/4111|5555/);
  expect(rows[0]).toMatchObject({ customerReference: "**** 1111", description: "POS **** 4444 SHOP" });
});
