/** Expressions that companies write: what they find, and that none can hang or swell. */
import { describe, expect, it } from "vitest";
import { parseExact } from "../../../src/domain/bank-api/exact-json.ts";
import { find, readExpression } from "../../../src/domain/bank-api/expression.ts";

describe("figures of an answer", () => {
  it("stay as they are printed, however long or exact", () => {
    const answer = parseExact('{"a": 0.1000000000000000055, "id": 12345678901234567890, "n": [1.50, -2e3]}');

    expect(find("a", answer)).toBe("0.1000000000000000055");
    expect(find("id", answer)).toBe("12345678901234567890");
    expect(find("n", answer)).toEqual(["1.50", "-2e3"]);
  });

  it.each(["{", "", "[1,]", "[".repeat(40) + "]".repeat(40)])("are none in %s", (text) => {
    expect(parseExact(text)).toBeUndefined();
  });
});

it.each<[string, unknown]>([
  ["a.b", "x"],
  ["a.b.c", null],
  ["list[1].n", "2"],
  ["list[?n == '2'].n | [0]", "2"],
  ["join(' ', [a.b, a.c])", "x y"],
  ["join(' ', missing)", null],
  ["not_null(missing, a.c)", "y"],
  ['"a-b".c', "d"],
  ["toString", null],
  ["__proto__", null],
  ["constructor.name", null],
])("%s finds %j", (expression, expected) => {
  const answer = parseExact('{"a": {"b": "x", "c": "y"}, "list": [{"n": 1}, {"n": 2}], "a-b": {"c": "d"}}');

  expect(find(expression, answer)).toEqual(expected);
});

it.each([
  ["doubling", "[@,@] | [@,@] | [@,@] | [@,@]", "one list or object"],
  ["a list of nine", "[a,b,c,d,e,f,g,h,i]", "at most 8"],
  ["text without end", `join('', [${"a,".repeat(60)}a])`, "at most 8"],
  ["a function that swells", "to_string(@)", "not among those"],
  ["depth", `${"(".repeat(40)}a${")".repeat(40)}.b || ${"!".repeat(60)}a`, "deep"],
  ["length", `a.${"b".repeat(400)}`, "at most 300 characters"],
  ["no expression", "a..b", "no JMESPath"],
])("%s is refused", (_what, expression, said) => {
  expect(readExpression(expression)).toContain(said);
  expect(find(expression, { a: "1" })).toBeNull();
});

it("no allowed expression takes long or grows beyond what it is given", () => {
  const row = '{"a": {"b": ["x", "y", {"c": [1, 2, 3]}]}, "d": "text"}';
  const answer = parseExact(`{"rows": [${Array.from({ length: 5_000 }, () => row).join(",")}]}`);
  const started = performance.now();

  for (const expression of [
    "rows[].a.b[].c[]",
    "rows[*].[a.b, d, d, d, d, d, d, d]",
    "rows[?contains(d, 'x')].a",
    "sort_by(rows, &d)[-1].d",
    "values(@)[][]",
    "map(&a.b[2].c, rows)",
  ]) {
    expect(typeof readExpression(expression), expression).toBe("function");
    expect(JSON.stringify(find(expression, answer) ?? null).length).toBeLessThan(8 * 5_000 * row.length);
  }

  expect(performance.now() - started).toBeLessThan(5_000);
});
