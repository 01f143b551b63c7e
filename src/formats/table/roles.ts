/** What each column is for: by what was said, by its name, by what its cells hold. Names alone never make a column of text a date or an amount. */
import { isCurrency } from "../../domain/money.ts";
import { type ColumnRole, type ColumnSetting, isSameColumn, type ProfileSettings } from "../../domain/profile.ts";
import { type AmountFit, fitOf, type WeighedFigures, weighFigures } from "./infer-amount.ts";
import { type DateFit, inferDate } from "./infer-date.ts";
import { Remembered } from "./remembered.ts";
import { type SampleRow, type SampleValue, valuesOf } from "./sample.ts";
import { BOOKED, INTO, NOT_OURS, OUT_OF, PENDING, ROLE_NAMES, VOID, wordsOf } from "./words.ts";

export interface Column {
  index: number;
  name: string;
  words: string;
  values: SampleValue[];
  distinct: number;
  date: DateFit | null;
  amount: AmountFit | null;
  role: ColumnRole | null;
  /** Why it has its role. */
  because: string;
  isGiven: boolean;
  setting: ColumnSetting | null;
}

export interface Table {
  names: readonly string[];
  rows: readonly SampleRow[];
  given: ProfileSettings;
}

export function columnsOf({ names, rows, given }: Table): Column[] {
  return names.map((name, index) => {
    // `transactionDate` and `transaction_date` are the same words.
    const words = wordsOf(name.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2"));
    const setting = given.columns?.find((one) => isSameColumn(one, { name, index })) ?? null;
    const isNamedDate = DATE_NAME.test(words) || setting?.role === "posted_on" || setting?.role === "value_on";
    return {
      index,
      name,
      words,
      ...FITS.find(rows, `${index} ${isNamedDate}`, () => fitsOf(rows, index, isNamedDate)),
      role: setting?.role ?? null,
      because: setting?.role === undefined ? "" : "given",
      isGiven: setting?.role !== undefined,
      setting,
    };
  });
}

/** What a column's cells say by themselves, whatever its settings are. */
type Fits = Pick<Column, "values" | "distinct" | "date" | "amount">;

const FITS = new Remembered<readonly SampleRow[], Fits>();

function fitsOf(rows: readonly SampleRow[], index: number, isNamedDate: boolean): Fits {
  const values = valuesOf(rows, index);
  return {
    values,
    distinct: new Set(values.map(({ text }) => text)).size,
    date: inferDate(values, { isNamed: isNamedDate }),
    amount: amountFitOf(values, null),
  };
}

const WEIGHED = new Remembered<readonly SampleValue[], { figures: WeighedFigures | null }>();

/** As `inferAmount`; the cells are looked at once. */
export const amountFitOf = (values: readonly SampleValue[], exponent: number | null): AmountFit | null =>
  fitOf(WEIGHED.find(values, "", () => ({ figures: weighFigures(values) })).figures, exponent);

const DATE_NAME = /\b(date|datum|fecha|data|tag|day|time|valuta|wertstellung|buchungstag|created|timestamp|posted|on|at)\b|datum|date|tag$/;

/** In this order roles take their columns: what is surest first. */
const ORDER: readonly ColumnRole[] = [
  "value_on",
  "posted_on",
  "balance",
  "debit",
  "credit",
  "indicator",
  "amount",
  "currency",
  "fee",
  "pending",
  "account",
  "external_id",
  "type",
  "reference",
  "account_name",
];

/** Gives every column its role; what is left over is `description` (text, where no column is named so) or `ignored`. */
export function assignRoles(columns: Column[]): void {
  for (const role of ORDER) {
    if (columns.some((column) => column.role === role) || isSettled(columns, role)) continue;
    const ranked = columns
      .filter((column) => column.role === null && fits(column, role))
      .map((column) => ({ column, rank: (ROLE_NAMES[role] ?? []).findIndex((names) => names.test(column.words)) }))
      .filter(({ rank }) => rank !== -1)
      .sort((a, b) => a.rank - b.rank);
    const [best] = ranked;
    if (best !== undefined) give(best.column, role, `its name "${best.column.name}"`);
  }
  keepPairsWhole(columns);
  fillDates(columns);
  fillAmounts(columns);
  fillDescriptions(columns);
  for (const column of columns) column.role ??= "ignored";
}

/** An amount that was given is not looked for in two columns, and the other way round. */
function isSettled(columns: readonly Column[], role: ColumnRole): boolean {
  const has = (...roles: ColumnRole[]): boolean => columns.some((column) => column.isGiven && column.role !== null && roles.includes(column.role));
  if (role === "amount")
    return has("debit", "credit") || (columns.some((one) => one.role === "debit") && columns.some((one) => one.role === "credit"));
  if (role === "debit" || role === "credit") return has("amount");
  return false;
}

function give(column: Column, role: ColumnRole, because: string): void {
  column.role = role;
  column.because = because;
}

function fits(column: Column, role: ColumnRole): boolean {
  const { values, words, date, amount } = column;
  const isForeign = NOT_OURS.test(words);
  const isMoney = amount !== null && date === null && amount.readable > 0;
  switch (role) {
    case "posted_on":
    case "value_on":
      return date !== null;
    case "amount":
      return isMoney && !isForeign;
    case "debit":
    case "credit":
      return (isMoney || values.length === 0) && !isForeign;
    case "balance":
    case "fee":
      return isMoney && !isForeign;
    case "currency":
      return values.length > 0 && !isForeign && values.every(({ text }) => isCurrency(text.toUpperCase()));
    case "indicator":
      return values.length > 0 && values.every(({ text }) => isDirection(text));
    case "pending":
      return values.length > 0 && values.every(({ text }) => stateOf(text) !== null);
    case "external_id":
      return values.length > 0 && column.distinct === values.length && date === null;
    case "account":
      return values.length > 0 && !isForeign && date === null && isFewValued(column);
    default:
      return date === null;
  }
}

export const isDirection = (text: string): boolean => INTO.has(signWords(text)) || OUT_OF.has(signWords(text));

export const signWords = (text: string): string => (/^[+-]$/.test(text) ? text : wordsOf(text));

export function stateOf(text: string): "pending" | "void" | "booked" | null {
  const words = wordsOf(text);
  if (VOID.test(words)) return "void";
  if (PENDING.test(words)) return "pending";
  return BOOKED.test(words) ? "booked" : null;
}

/** A file's own accounts come again and again; other people's rarely do. */
const isFewValued = ({ distinct, values }: Column): boolean => distinct === 1 || distinct <= Math.max(2, values.length / 4);

/** A lone debit or credit column that has figures of both signs is no half of a pair; a lone half beside an amount is not needed. */
function keepPairsWhole(columns: readonly Column[]): void {
  const amount = columns.find((column) => column.role === "amount");
  if (amount === undefined) return;
  for (const column of columns) {
    if ((column.role === "debit" || column.role === "credit") && !column.isGiven) column.role = null;
  }
}

function fillDates(columns: readonly Column[]): void {
  if (columns.some((column) => column.role === "posted_on")) return;
  const value = columns.find((column) => column.role === "value_on" && !column.isGiven);
  const free = columns.filter(
    (column) => column.role === null && column.date !== null && !(column.amount !== null && /^\d+$/.test(column.values[0]?.text ?? "")),
  );
  const [first, second] = free;
  if (first !== undefined) {
    give(first, "posted_on", free.length === 1 ? "the only column of dates" : "the first column of dates");
    if (second !== undefined && value === undefined) give(second, "value_on", "the second column of dates");
  } else if (value !== undefined) give(value, "posted_on", "the only column of dates");
}

/** Unnamed columns of figures: one is the amount; of two, the chain of balances decides later which is which. */
function fillAmounts(columns: readonly Column[]): void {
  if (columns.some(({ role }) => role === "amount" || role === "debit" || role === "credit")) return;
  const free = columns.filter((column) => column.role === null && isFreeMoney(column));
  const marked = free.filter((column) => column.amount?.isBare === false || (column.amount?.turned ?? 0) > 0);
  const pick = marked.length > 0 ? marked : free;
  const [first, second] = pick;
  if (first !== undefined && pick.length <= 2)
    give(first, "amount", pick.length === 1 ? "the only column of figures" : "the first of two columns of figures");
  if (second !== undefined && pick.length === 2 && !columns.some(({ role }) => role === "balance")) {
    give(second, "balance", "the second of two columns of figures");
  }
}

export const isFreeMoney = (column: Column): boolean =>
  column.amount !== null && column.date === null && !NOT_OURS.test(column.words) && column.values.every(({ text }) => text.length <= 24);

function fillDescriptions(columns: readonly Column[]): void {
  const free = (column: Column): boolean => column.role === null;
  const names = ROLE_NAMES.description ?? [];
  if (!columns.some((column) => column.role === "description")) {
    for (const column of columns)
      if (free(column) && column.date === null && names.some((name) => name.test(column.words)))
        give(column, "description", `its name "${column.name}"`);
  }
  if (columns.some((column) => column.role === "description")) return;
  const type = columns.find((column) => column.role === "type" && !column.isGiven);
  const texts = columns.filter((column) => free(column) && column.values.length > 0 && column.date === null && column.amount === null);
  for (const column of texts) give(column, "description", "a column of text");
  if (texts.length === 0 && type !== undefined) give(type, "description", "the only column of text");
}
