import { describe, expect, it } from "vitest";
import { addMinor, exponentOf, formatMinor, isCurrency, negateMinor, parseMajor, parseMinor, subtractMinor } from "../../src/domain/money.ts";

describe("money", () => {
  it.each([
    ["+000", "0"],
    ["-000", "0"],
    ["-00012", "-12"],
    ["+000000000208500", "208500"],
    ["1", "1"],
    ["100", "100"],
    ["-7", "-7"],
    ["999999999999999999999", "999999999999999999999"],
  ])("digits %s are %s minor units", (text, minor) => {
    expect(parseMinor(text)).toBe(minor);
  });

  it.each(["", "+", "-", "12.5", "12-", "--1", "1,000", " 1", "1e3", "0x1", "١", "9".repeat(41)])("%j is no amount", (text) => {
    expect(parseMinor(text)).toBeNull();
  });

  it.each([
    ["12.5", "USD", "1250"],
    ["-0.01", "USD", "-1"],
    ["12.50", "JPY", null],
    ["12.00", "JPY", "12"],
    ["1.234", "KWD", "1234"],
    ["1.2345", "KWD", null],
    [".5", "EUR", "50"],
    ["1.2.3", "EUR", null],
    [".", "EUR", null],
  ])("major units %s of %s are %s, and nothing is rounded", (text, currency, minor) => {
    expect(parseMajor(text, currency)).toBe(minor);
  });

  it.each([
    ["-490196", "USD", "-4901.96"],
    ["5", "USD", "0.05"],
    ["-5", "USD", "-0.05"],
    ["1500", "JPY", "1500"],
    ["1500", "KWD", "1.500"],
    ["1500", null, "15.00"],
    ["0", "EUR", "0.00"],
    ["123456789012345678901234", "EUR", "1234567890123456789012.34"],
  ])("%s minor units of %s read %s", (minor, currency, text) => {
    expect(formatMinor(minor, currency)).toBe(text);
  });

  it("currencies without and with three decimals are known, and all others have two", () => {
    expect(["JPY", "KRW", "CLP", "XAF", "XOF", "XPF", "ISK", "VND"].map(exponentOf)).toEqual(Array(8).fill(0));
    expect(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"].map(exponentOf)).toEqual(Array(7).fill(3));
    expect(["EUR", "USD", "GBP", "BRL", "MRU", "QQQ"].map(exponentOf)).toEqual(Array(6).fill(2));
    expect([isCurrency("EUR"), isCurrency("QQQ")]).toEqual([true, false]);
  });

  it("sums beyond a float's precision are exact", () => {
    expect(addMinor("9007199254740993", "1")).toBe("9007199254740994");
    expect(subtractMinor("1", "9007199254740993")).toBe("-9007199254740992");
  });

  it("zero has no negative", () => {
    expect([negateMinor("0"), negateMinor("12"), negateMinor("-12")]).toEqual(["0", "-12", "12"]);
  });
});
