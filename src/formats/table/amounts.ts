/** A row's money: one signed column, two columns, or an amount with a word beside it; its balance and its fee. Never a guess, never a default of zero. */
import { addMinor, exponentOf, negateMinor } from "../../domain/money.ts";
import type { AmountReading, ColumnRole } from "../../domain/profile.ts";
import type { Minor } from "../../domain/record.ts";
import { AmountCells } from "./amount-cell.ts";
import type { ColumnMap } from "./columns.ts";
import { Row } from "./row.ts";
import { wordsOf } from "./words.ts";

interface Column {
  index: number;
  cells: AmountCells;
  reading: AmountReading;
}

export class AmountReader {
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
  readonly #indicator: { index: number; into: ReadonlySet<string>; out: ReadonlySet<string> } | null;
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
    this.#indicator =
      indicator?.reading.kind === "indicator"
        ? { index: indicator.index, into: new Set(indicator.reading.in.map(wordsOfSign)), out: new Set(indicator.reading.out.map(wordsOfSign)) }
        : null;
  }

  /** Signed minor units; null with `reason` and `reasonIndex` where there is none that can be read. */
  read(row: Row, exponent: number): Minor | null {
    this.reason = null;
    this.currency = null;
    if (this.#amount !== null) return this.#readSigned(row, exponent, this.#amount);
    return this.#readSides(row, exponent);
  }

  #readSigned(row: Row, exponent: number, { index, cells }: Column): Minor | null {
    this.reasonIndex = index;
    const amount = this.#readCell(row, exponent, { index, cells });
    if (amount === null || this.#indicator === null) return amount;
    const word = wordsOfSign(row.text(this.#indicator.index));
    if (this.#indicator.into.has(word)) return amount;
    if (this.#indicator.out.has(word)) return negateMinor(amount);
    this.reasonIndex = this.#indicator.index;
    this.reason = word === "" ? "no word says whether it came in or went out" : "the word does not say whether it came in or went out";
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

  #readCell(row: Row, exponent: number, { index, cells }: Pick<Column, "index" | "cells">): Minor | null {
    const amount = cells.read(row, index, exponent);
    this.reason = cells.reason;
    const named = cells.currency;
    if (named === null) return amount;
    this.currency = named;
    if (exponentOf(named) === exponent) return amount;
    const again = cells.read(row, index, exponentOf(named));
    this.reason = cells.reason;
    return again;
  }

  readBalance(row: Row, exponent: number): Minor | null {
    this.balanceReason = null;
    if (this.#balance === null) return null;
    const balance = this.#balance.cells.read(row, this.#balance.index, exponent);
    this.balanceReason = this.#balance.cells.reason;
    return balance;
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

/** `+` and `-` are words of direction too. */
const wordsOfSign = (text: string): string => (/^\s*[+-]\s*$/.test(text) ? text.trim() : wordsOf(text));
