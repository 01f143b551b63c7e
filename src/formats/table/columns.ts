/** A profile's columns by their roles, ready to read cells. Never decides what a column is. */
import type { ColumnRole, Profile, ProfileColumn } from "../../domain/profile.ts";
import type { Day } from "../../domain/record.ts";
import { DateCells } from "./date-cell.ts";
import type { Row } from "./row.ts";
import { wordsOf } from "./words.ts";

class DateColumn {
  readonly pattern: string;
  readonly #index: number;
  readonly #cells: DateCells;

  constructor(index: number, pattern: string) {
    this.#index = index;
    this.pattern = pattern;
    this.#cells = new DateCells({ kind: "date", pattern });
  }

  get isBlank(): boolean {
    return this.#cells.isBlank;
  }

  read(row: Row): Day | null {
    return this.#cells.read(row, this.#index);
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
  readonly #pending: { index: number; pending: ReadonlySet<string>; void: ReadonlySet<string> } | null;

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
    const pending = this.find("pending");
    this.#pending =
      pending?.reading.kind === "pending"
        ? { index: pending.index, pending: new Set(pending.reading.pending.map(wordsOf)), void: new Set(pending.reading.void.map(wordsOf)) }
        : null;
  }

  find(role: ColumnRole): ProfileColumn | undefined {
    return this.#profile.columns.find((column) => column.role === role);
  }

  indexOf(role: ColumnRole): number {
    return this.find(role)?.index ?? -1;
  }

  /** Null where there is no such column. */
  currencyText(row: Row): string | null {
    return this.currencyIndex === -1 ? null : row.text(this.currencyIndex).trim();
  }

  account(row: Row): string {
    return this.#account === -1 ? "" : row.text(this.#account).trim();
  }

  reference(row: Row): string | null {
    return this.#reference === -1 ? null : row.text(this.#reference).trim();
  }

  externalId(row: Row): string | null {
    if (this.#externalId === -1) return null;
    const text = row.text(this.#externalId).trim();
    return text === "" ? null : text;
  }

  typeCode(row: Row): string {
    return this.#type === -1 ? "" : row.text(this.#type).trim().slice(0, TYPE_CHARS_MAX);
  }

  state(row: Row): "booked" | "pending" | "void" {
    const found = this.#pending;
    if (found === null) return "booked";
    const word = wordsOf(row.text(found.index));
    if (found.void.has(word)) return "void";
    return found.pending.has(word) ? "pending" : "booked";
  }

  /** The description's columns in file order, blank ones left out, the same text once. */
  description(row: Row): string {
    const [only] = this.#descriptions;
    if (only === undefined) return "";
    if (this.#descriptions.length === 1) return row.text(only).trim();
    const parts: string[] = [];
    for (const index of this.#descriptions) {
      const text = row.text(index).trim();
      if (text !== "" && !parts.includes(text)) parts.push(text);
    }
    return parts.join("\n");
  }
}

/** 100 characters: the longest kind of movement seen has 40. */
const TYPE_CHARS_MAX = 100;

const dateColumn = (column: ProfileColumn | undefined): DateColumn | null =>
  column?.reading.kind === "date" ? new DateColumn(column.index, column.reading.pattern) : null;
