/** A row's money: one signed column, two columns, or an amount with a word beside it; its balance and its fee. Never a guess, never a default of zero. */
import { addMinor, exponentOf, negateMinor } from "../../domain/money.ts";
import type { AmountReading, ColumnRole } from "../../domain/profile.ts";
import type { Minor } from "../../domain/record.ts";
import { AmountCells, figureOf } from "./amount-cell.ts";
import type { ColumnMap } from "./columns.ts";
import { KnownWords } from "./known-words.ts";
import { Row } from "./row.ts";
import { wordsOf } from "./words.ts";

interface Column {
  index: number;
  cells: AmountCells;
  reading: AmountReading;
}

interface Indicator {
  index: number;
  words: KnownWords<"in" | "out">;
}

export class AmountReader {
  /** The last amount as an exact number; NaN where there is none, or it has more than 15 digits. */
  figure = Number.NaN;
  /** Why the last amount could not be read (null: the cell was blank), and in which column. */
  reason: string | null = null;
  reasonIndex = -1;
  balanceReason: string | null = null;
  feeReason: string | null = null;
  /** The currency that the last amount's cell named. */
  currency: string | null = null;
  readonly #amount: Column | null;
  readonly #debit: Column | null;
  readonly #credit: Column | null;
  readonly #balance: Column | null;
  readonly #fee: Column | null;
  readonly #indicator: Indicator | null;
  readonly #scratch = new Row();

  constructor(columns: ColumnMap) {
    const column = (role: ColumnRole): Column | null => {
      const found = columns.find(role);
      return found?.reading.kind === "amount" ? { index: found.index, cells: new AmountCells(found.reading), reading: found.reading } : null;
    };
    this.#amount = column("amount");
    this.#debit = column("debit");
    this.#credit = column("credit");
    this.#balance = column("balance");
    this.#fee = column("fee");
    const indicator = columns.find("indicator");
    this.#indicator = indicator?.reading.kind === "indicator" ? { index: indicator.index, words: knownSigns(indicator.reading) } : null;
  }

  scanners(): Column[] {
    return [this.#amount, this.#debit, this.#credit, this.#balance, this.#fee].filter((column) => column !== null);
  }

  /** Signed minor units; null with `reason` and `reasonIndex` where there is none that can be read. */
  read(row: Row, exponent: number): Minor | null {
    this.reason = null;
    this.currency = null;
    const amount = this.#amount;
    if (amount === null) return this.#noteFigure(this.#readSides(row, exponent));
    this.reasonIndex = amount.index;
    const small = amount.cells.readSmall(row, amount.index, exponent);
    const isSmall = !Number.isNaN(small);
    if (isSmall && this.#indicator === null) {
      this.figure = small;
      return `${small}`;
    }
    const minor = isSmall ? `${small}` : this.#readOddCell(row, exponent, amount);
    return this.#noteFigure(minor === null || this.#indicator === null ? minor : this.#directed(row, minor, this.#indicator));
  }

  #noteFigure(minor: Minor | null): Minor | null {
    this.figure = minor === null ? Number.NaN : figureOf(minor);
    return minor;
  }

  #directed(row: Row, amount: Minor, { index, words }: Indicator): Minor | null {
    const text = row.text(index);
    const direction = words.meaningOf(text);
    if (direction !== null) return direction === "in" ? amount : negateMinor(amount);
    this.reasonIndex = index;
    const isBlank = wordsOfSign(text) === "";
    this.reason = isBlank ? "no word says whether it came in or went out" : "the word does not say whether it came in or went out";
    return null;
  }

  #readSides(row: Row, exponent: number): Minor | null {
    const debit = this.#debit === null ? null : this.#readCell(row, exponent, this.#debit);
    const debitReason = this.reason;
    this.reasonIndex = this.#debit?.index ?? this.#credit?.index ?? -1;
    if (debitReason !== null) return null;
    const credit = this.#credit === null ? null : this.#readCell(row, exponent, this.#credit);
    if (this.reason !== null) {
      this.reasonIndex = this.#credit?.index ?? -1;
      return null;
    }
    if (debit === null || debit === "0") return credit ?? debit;
    if (credit === null || credit === "0") return debit;
    this.reason = "the row has both a debit and a credit";
    return null;
  }

  #readCell(row: Row, exponent: number, column: Column): Minor | null {
    const small = column.cells.readSmall(row, column.index, exponent);
    return Number.isNaN(small) ? this.#readOddCell(row, exponent, column) : `${small}`;
  }

  #readOddCell(row: Row, exponent: number, { index, cells }: Column): Minor | null {
    const amount = cells.readOdd(row, index, exponent);
    this.reason = cells.reason;
    const named = cells.currency;
    if (named === null) return amount;
    this.currency = named;
    if (exponentOf(named) === exponent) return amount;
    const again = cells.read(row, index, exponentOf(named));
    this.reason = cells.reason;
    return again;
  }

  /** As an exact number; null where the row names none, NaN where it has more than 15 digits. */
  readBalance(row: Row, exponent: number): number | null {
    this.balanceReason = null;
    if (this.#balance === null) return null;
    const { cells, index } = this.#balance;
    const small = cells.readSmall(row, index, exponent);
    if (!Number.isNaN(small)) return small;
    const balance = cells.readOdd(row, index, exponent);
    this.balanceReason = cells.reason;
    return balance === null ? null : figureOf(balance);
  }

  /** A fee besides the amount, as it moves the account; null where there is none. */
  readFee(row: Row, exponent: number): Minor | null {
    this.feeReason = null;
    if (this.#fee?.reading.fee !== "separate") return null;
    const fee = this.#fee.cells.read(row, this.#fee.index, exponent);
    this.feeReason = this.#fee.cells.reason;
    return fee;
  }

  /** Anything at all where money should stand. */
  hasFigure(row: Row): boolean {
    return [this.#amount, this.#debit, this.#credit].some((column) => column !== null && /\d/.test(row.text(column.index)));
  }

  /** The last figure among the cells of a line outside the table, as a plain balance; both can be added. */
  readNamed(texts: readonly string[], exponent: number): Minor | null {
    const reading = this.#balance?.reading ?? this.#amount?.reading ?? this.#credit?.reading;
    if (reading === undefined) return null;
    const cells = new AmountCells({ ...reading, plain_is: "in" });
    let found: Minor | null = null;
    for (const text of texts) {
      this.#scratch.clear();
      this.#scratch.addText(text);
      found = cells.read(this.#scratch, 0, exponent) ?? found;
    }
    return found === null ? null : addMinor(found, "0");
  }
}

const knownSigns = (reading: { in: readonly string[]; out: readonly string[] }): KnownWords<"in" | "out"> =>
  new KnownWords(
    [
      ["in", reading.in],
      ["out", reading.out],
    ],
    wordsOfSign,
  );

/** `+` and `-` are words of direction too. */
const wordsOfSign = (text: string): string => (/^\s*[+-]\s*$/.test(text) ? text.trim() : wordsOf(text));
