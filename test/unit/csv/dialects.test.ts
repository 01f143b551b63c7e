/** parse(print(rows)) = rows over random dialects: inference may ask, and is never wrongly certain. All randomness is seeded. */
import { describe, expect, it } from "vitest";
import type { ProfileSettings } from "../../../src/domain/profile.ts";
import { type Chance, chanceOf } from "../../harness/random.ts";
import { infer, movesOf, parseCsv } from "./reading.ts";

interface Dialect {
  delimiter: string;
  decimal: "." | ",";
  thousands: string;
  order: "DMY" | "MDY" | "YMD";
  mark: string;
  isShortYear: boolean;
  sign: "minus" | "trailing" | "parentheses" | "turned";
  encoding: "utf-8" | "utf-8-mark" | "utf-16le" | "windows-1252";
  lineEnd: string;
  hasBalance: boolean;
}

interface Movement {
  day: string;
  minor: number;
  text: string;
}

function dialectFrom(chance: Chance): Dialect {
  const decimal = chance.pick([".", ","] as const);
  return {
    delimiter: chance.pick([",", ";", "\t", "|"]),
    decimal,
    thousands: chance.pick(["", decimal === "." ? "," : ".", " ", "'"]),
    order: chance.pick(["DMY", "MDY", "YMD"] as const),
    mark: chance.pick([".", "/", "-"]),
    isShortYear: chance.percent(25),
    sign: chance.pick(["minus", "trailing", "parentheses", "turned"] as const),
    encoding: chance.pick(["utf-8", "utf-8-mark", "utf-16le", "windows-1252"] as const),
    lineEnd: chance.pick(["\n", "\r\n"]),
    hasBalance: chance.percent(50),
  };
}

function movementsFrom(chance: Chance): Movement[] {
  const early = chance.percent(40);
  return Array.from({ length: 1 + chance.below(12) }, () => ({
    day: `2026-${String(1 + chance.below(12)).padStart(2, "0")}-${String(1 + chance.below(early ? 12 : 28)).padStart(2, "0")}`,
    minor: (1 + chance.below(chance.percent(50) ? 500_000_00 : 900)) * (chance.percent(60) ? -1 : 1),
    text: chance.pick(["Miete März", "Café, Bar", 'a "quoted" word', "plain", "a;b|c", "O'Neil"]),
  }));
}

function printed(movements: readonly Movement[], dialect: Dialect): string {
  let balance = 100_000_00;
  const rows = movements.map(({ day, minor, text }) => {
    balance += minor;
    const cells = [dayText(day, dialect), text, amountText(dialect.sign === "turned" ? -minor : minor, dialect)];
    return dialect.hasBalance ? [...cells, amountText(balance, { ...dialect, sign: "minus" })] : cells;
  });
  const header = ["Date", "Description", "Amount", ...(dialect.hasBalance ? ["Balance"] : [])];
  const line = (cells: string[]) =>
    cells.map((cell) => (new RegExp(`[\\n"${dialect.delimiter}]`).test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(dialect.delimiter);
  return `${[header, ...rows].map(line).join(dialect.lineEnd)}${dialect.lineEnd}`;
}

function dayText(day: string, { order, mark, isShortYear }: Dialect): string {
  const [year = "", month = "", date = ""] = day.split("-");
  const parts = { Y: isShortYear ? year.slice(2) : year, M: month, D: date };
  return [...order].map((part) => parts[part as keyof typeof parts]).join(mark);
}

function amountText(minor: number, { decimal, thousands, sign }: Dialect): string {
  const [whole = "", fraction = ""] = (Math.abs(minor) / 100).toFixed(2).split(".");
  const figure = `${whole.replace(/\B(?=(\d{3})+(?!\d))/g, thousands)}${decimal}${fraction}`;
  if (minor >= 0) return figure;
  if (sign === "trailing") return `${figure}-`;
  return sign === "parentheses" ? `(${figure})` : `-${figure}`;
}

function encoded(text: string, encoding: Dialect["encoding"]): Uint8Array {
  if (encoding === "windows-1252") return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  if (encoding === "utf-16le") return Uint8Array.from([...text].flatMap((letter) => [letter.charCodeAt(0) & 0xff, letter.charCodeAt(0) >> 8]));
  return new TextEncoder().encode(encoding === "utf-8-mark" ? `\ufeff${text}` : text);
}

describe("any dialect", { timeout: 60_000 }, () => {
  it("is read as it was printed, or asked about, and never wrongly certain", () => {
    const counts = { read: 0, asked: 0, likely: 0 };
    for (let seed = 1; seed <= 2_000; seed += 1) {
      const chance = chanceOf(seed);
      const dialect = dialectFrom(chance);
      const movements = movementsFrom(chance);
      const bytes = encoded(printed(movements, dialect), dialect.encoding);
      const reading = infer(bytes);
      const expected = movements.map(({ day, minor }) => [day, `${minor}`]);
      if (reading.questions.length > 0) {
        counts.asked += 1;
        continue;
      }
      const isRight = JSON.stringify(movesOf(parseCsv(bytes, { profile: reading.profile }))) === JSON.stringify(expected);
      if (isRight) {
        counts.read += 1;
        continue;
      }
      // What custom says may be wrong, but it must say that nothing proves it.
      const unsure = reading.inference.some(({ role, confidence }) => (role === "posted_on" || role === "amount") && confidence === "likely");
      expect({ seed, dialect, unsure, inference: reading.inference, text: printed(movements, dialect) }).toMatchObject({ unsure: true });
      counts.likely += 1;
    }

    expect(counts.read).toBeGreaterThan(900);
  });

  it("is read right once its questions are answered", () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const chance = chanceOf(seed * 31);
      const dialect: Dialect = { ...dialectFrom(chance), isShortYear: false };
      const movements = movementsFrom(chance);
      const bytes = encoded(printed(movements, dialect), dialect.encoding);
      const { order, mark, decimal } = dialect;
      const pattern = [...order].map((part) => ({ Y: "YYYY", M: "MM", D: "DD" })[part]).join(mark);
      const thousands = decimal === "." ? "," : ".";
      const amount = {
        kind: "amount",
        decimal,
        thousands: dialect.thousands === " " ? " " : dialect.thousands === "'" ? "'" : thousands,
        unit: "major",
      } as const;
      const answers: ProfileSettings = {
        columns: [
          { name: "Date", reading: { kind: "date", pattern } },
          { name: "Amount", reading: { ...amount, plain_is: dialect.sign === "turned" ? "out" : "in" } },
          { name: "Balance", reading: { ...amount, plain_is: "in" } },
        ],
      };
      const reading = infer(bytes, answers);

      expect(reading.questions).toEqual([]);
      expect(movesOf(parseCsv(bytes, { profile: reading.profile }))).toEqual(movements.map(({ day, minor }) => [day, `${minor}`]));
    }
  });
});
