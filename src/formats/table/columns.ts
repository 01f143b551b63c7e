/** A profile's columns by their roles, ready to read cells. Never decides what a column is. */
import type { ColumnRole, Profile, ProfileColumn } from "../../domain/profile.ts";
import type { Day } from "../../domain/record.ts";
import { DateCells } from "./date-cell.ts";
import { KnownWords } from "./known-words.ts";
import type { Row } from "./row.ts";
import { wordsOf } from "./words.ts";

class DateColumn {
  readonly index: number;
  readonly pattern: string;
  readonly cells: DateCells;

  constructor(index: number, pattern: string) {
    this.index = index;
    this.pattern = pattern;
    this.cells = new DateCells({ kind: "date", pattern });
  }

  get isBlank(): boolean {
    return this.cells.isBlank;
  }

  read(row: Row): Day | null {
    return this.cells.read(row, this.index);
  }
}

export class ColumnMap {
  readonly postedOn: DateColumn | null;
  readonly valueOn: DateColumn | null;
  readonly postedIndex: number;
  readonly currencyIndex: number;
  readonly balanceIndex: number;
  readonly feeIndex: number;
  readonly #profile: Profile;
  readonly #account: number;
  readonly #reference: number;
  readonly #externalId: number;
  readonly #type: number;
  readonly #descriptions: readonly number[];
  /** Where there is but one: its index. */
  readonly #onlyDescription: number | null;
  readonly #pendingIndex: number;
  readonly #pending: KnownWords<"pending" | "void"> | null;

  constructor(profile: Profile) {
    this.#profile = profile;
    this.postedOn = dateColumn(this.find("posted_on"));
    this.valueOn = dateColumn(this.find("value_on"));
    this.postedIndex = this.indexOf("posted_on");
    this.currencyIndex = this.indexOf("currency");
    this.balanceIndex = this.indexOf("balance");
    this.feeIndex = this.indexOf("fee");
    this.#account = this.indexOf("account") === -1 ? this.indexOf("account_name") : this.indexOf("account");
    this.#reference = this.indexOf("reference");
    this.#externalId = this.indexOf("external_id");
    this.#type = this.indexOf("type");
    this.#descriptions = profile.columns.filter((column) => column.role === "description").map((column) => column.index);
    this.#onlyDescription = this.#descriptions.length === 1 ? (this.#descriptions[0] ?? null) : null;
    const pending = this.find("pending");
    this.#pendingIndex = pending?.index ?? -1;
    this.#pending = pending?.reading.kind === "pending" ? knownStates(pending.reading) : null;
  }

  find(role: ColumnRole): ProfileColumn | undefined {
    return this.#profile.columns.find((column) => column.role === role);
  }

  indexOf(role: ColumnRole): number {
    return this.find(role)?.index ?? -1;
  }

  scanners(): DateColumn[] {
    return [this.postedOn, this.valueOn].filter((column) => column !== null).filter(({ cells }) => cells.isNumeric);
  }

  /** Null where there is no such column. */
  currencyText(row: Row): string | null {
    return this.currencyIndex === -1 ? null : row.trimmed(this.currencyIndex);
  }

  account(row: Row): string {
    return this.#account === -1 ? "" : row.trimmed(this.#account);
  }

  reference(row: Row): string | null {
    return this.#reference === -1 ? null : row.trimmed(this.#reference);
  }

  externalId(row: Row): string | null {
    if (this.#externalId === -1) return null;
    const text = row.trimmed(this.#externalId);
    return text === "" ? null : text;
  }

  typeCode(row: Row): string {
    return this.#type === -1 ? "" : row.trimmed(this.#type).slice(0, TYPE_CHARS_MAX);
  }

  state(row: Row): "booked" | "pending" | "void" {
    return this.#pending?.meaningOf(row.text(this.#pendingIndex)) ?? "booked";
  }

  /** The description's columns in file order, blank ones left out, the same text once. */
  description(row: Row): string {
    if (this.#onlyDescription !== null) return row.trimmed(this.#onlyDescription);
    const parts: string[] = [];
    for (const index of this.#descriptions) {
      const text = row.trimmed(index);
      if (text !== "" && !parts.includes(text)) parts.push(text);
    }
    return parts.join("\n");
  }
}

const knownStates = (reading: { pending: readonly string[]; void: readonly string[] }): KnownWords<"pending" | "void"> =>
  new KnownWords(
    [
      ["void", reading.void],
      ["pending", reading.pending],
    ],
    wordsOf,
  );

/** 100 characters: the longest kind of movement seen has 40. */
const TYPE_CHARS_MAX = 100;

const dateColumn = (column: ProfileColumn | undefined): DateColumn | null =>
  column?.reading.kind === "date" ? new DateColumn(column.index, column.reading.pattern) : null;
