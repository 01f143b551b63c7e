/** Lines around a table: which name its account, which a balance, and which only look so. */
import { describe, expect, it } from "vitest";
import { accountIn, balanceIn, balanceNamedIn } from "../../../src/formats/table/preamble.ts";

const IBAN = "DE02120300000000202051";

describe("a line above a table names the account", () => {
  it.each([
    [["Kontonummer:", "DE02 1203 0000 0000 2020 51 / Girokonto"], IBAN],
    [["IBAN", IBAN], IBAN],
    [["IBAN: DE02120300000000202051"], IBAN],
    [["Konto IBAN", "de02120300000000202051"], IBAN],
    [["IBAN GB82 WEST 1234 5698 7654 32"], "GB82WEST12345698765432"],
    [["Account number", "1234"], "1234"],
    [["Account Number:", "00123456"], "00123456"],
    [["Account: 12-345-678"], "12345678"],
    [["Konto", "Girokonto 4711081500"], "4711081500"],
    [["Numéro de compte", "", "12345678901"], "12345678901"],
    [["Rekeningnummer: NL91 ABNA 0417 1643 00"], "NL91ABNA0417164300"],
  ])("%j", (cells, number) => {
    expect(accountIn(cells)?.number).toBe(number);
  });

  it.each([
    [["Kontostand:", "1.234,56"]],
    [["Kontonummer:", "DE03120300000000202051"]],
    [["Account number", "**** 1234"]],
    [["Account number", "XXXX12345678"]],
    [["Account", "Everyday account 2026"]],
    [["Account", "01.03.2026"]],
    [["Accounts", "12345678"]],
    [["Accounting period", "202603"]],
    [["Konto", "1111111111 und 2222222222"]],
    [["Zeitraum", "01.03.2026 - 31.03.2026"]],
    [["Kontonummer"]],
    [[""]],
  ])("%j names none", (cells) => {
    expect(accountIn(cells)).toBeNull();
  });
});

describe("a line around a table names a balance", () => {
  it.each([
    [["Opening balance", "1,000.00"], "opening", null],
    [["Opening balance: 1,000.00"], "opening", null],
    [["Opening Balance 1,000.00"], "opening", null],
    [["Balance brought forward", "", "1.00"], "opening", null],
    [["Anfangssaldo", "01.03.2026", "1.000,00"], "opening", "01.03.2026"],
    [["Alter Kontostand", "1.000,00"], "opening", null],
    [["Solde initial", "1 000,00"], "opening", null],
    [["Closing balance", "3,000.00"], "closing", null],
    [["Endsaldo per 31.03.2026", "3.000,00"], "closing", "31.03.2026"],
    [["Neuer Kontostand", "3.000,00 EUR"], "closing", null],
    [["Saldo finale", "3.000,00"], "closing", null],
    [["Kontostand vom 31.03.2026:", "3.000,00 EUR"], "other", "31.03.2026"],
    [["Kontostand am 31.03.2026: 3.000,00 EUR"], "other", "31.03.2026"],
    [["Saldo", "3.000,00"], "other", null],
    [["Balance as of 2026-03-31", "3000.00"], "other", "2026-03-31"],
  ])("%j", (cells, which, date) => {
    const found = balanceIn(cells);

    expect(found).toMatchObject({ which, date });
    expect(found?.values.some((text) => /\d/.test(text) && text !== date)).toBe(true);
  });

  it.each([
    [["Opening hours", "9-17"]],
    [["Start date", "01.03.2026"]],
    [["Previous page", "1"]],
    [["Total", "2,000.00"]],
    [["Saldo der Umsätze", "2.000,00"]],
    [["Balance sheet", "1"]],
    [["Kontonummer", "12345678"]],
  ])("%j names none", (cells) => {
    expect(balanceIn(cells)).toBeNull();
  });

  it("so does a row of the table, by any of its texts", () => {
    expect(balanceNamedIn(["01/03/2026", "BALANCE BROUGHT FORWARD", ""])).toBe("opening");
    expect(balanceNamedIn(["31/03/2026", "Closing Balance", ""])).toBe("closing");
    expect(balanceNamedIn(["31/03/2026", "Payment of closing costs", "5.00"])).toBeNull();
  });
});
