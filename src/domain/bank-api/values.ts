/** Single values out of a bank's answer: texts, days, amounts, currencies. Says what does not fit; never guesses and never rounds. */
import { isDay } from "../date.ts";
import { isCurrency, negateMinor, parseMajor, parseMinor, plainDecimal } from "../money.ts";
import type { Day, Minor } from "../record.ts";
import { find, listFound, textFound } from "./expression.ts";
import type { Field, Items, RowStatus, SignRule, Transform } from "./fields.ts";

/** 2,000 characters: what a description keeps; a bank's longest has some 500. */
const TEXT_CHARS_MAX = 2_000;

/** What a field holds, trimmed; null where there is nothing. `joined`: several paths are one text, as a description is. */
export function textAt(field: Field | undefined, item: unknown, { joined = null }: { joined?: string | null } = {}): string | null {
  if (field === undefined) return null;
  if (typeof field === "object" && "const" in field) return field.const;
  const settings = typeof field === "string" || Array.isArray(field) ? { path: field } : field;
  const paths = [settings.path].flat();
  const found = paths.map((path) => textFound(find(path, item))?.trim() ?? "").filter((text) => text !== "");
  const between = settings.join ?? joined;
  const text = between === null ? found[0] : [...new Set(found)].join(between);
  if (text === undefined || text === "") return null;
  const changed = (settings.transforms ?? []).reduce(change, text);
  return changed.slice(0, TEXT_CHARS_MAX);
}

function change(text: string, transform: Transform): string {
  if (transform === "trim") return text.trim();
  if (transform === "dateOnly") return dayIn(text) ?? text;
  if (transform === "abs") return text.replace(/^[+-]/, "");
  return text.startsWith("-") ? text.slice(1) : `-${text.replace(/^\+/, "")}`;
}

/** The day that is printed, of a day or of an instant in whatever zone; null for anything else. */
export function dayIn(text: string | null): Day | null {
  const match = /^(\d{4}-\d{2}-\d{2})(?:$|[Tt ]\d{2}:?\d{2})/.exec(text ?? "");
  const day = match?.[1] ?? "";
  return isDay(day) ? day : null;
}

/** An ISO 4217 code of money that can be owned; null for any other word (`XXX`, which stands for several, is none). */
export function currencyIn(text: string | null): string | null {
  const code = text?.toUpperCase() ?? "";
  return isCurrency(code) && !/^X(XX|TS|BA|BB|BC|BD|UA|SU)$/.test(code) ? code : null;
}

/** Exact minor units; null where it is no plain figure, or is more precise than the currency. */
export function amountIn(text: string | null, { currency, unit }: { currency: string; unit: "major" | "minor" }): Minor | null {
  if (text === null) return null;
  const plain = plainDecimal(text) ?? text;
  return unit === "minor" ? parseMinor(plain) : parseMajor(plain, currency);
}

/** Positive is into the account; a sentence where the direction is not certain. */
export function signed(amountMinor: Minor, rule: SignRule, item: unknown): Minor | { sentence: string; value: string | null } {
  if (rule.rule === "negative_is_out") return amountMinor;
  if (rule.rule === "positive_is_out") return negateMinor(amountMinor);
  const word = textFound(find(rule.path, item));
  const isCredit = [rule.credit].flat().some((known) => known === word);
  const isDebit = [rule.debit].flat().some((known) => known === word);
  if (isCredit === isDebit) return { value: word, sentence: "No word says whether the money came in or went out, or one that nobody has mapped." };
  if (amountMinor.startsWith("-"))
    return { value: word, sentence: "The amount has a minus beside a word for its direction, so that the direction is not certain." };
  return isCredit ? amountMinor : negateMinor(amountMinor);
}

export interface ListedRow {
  item: unknown;
  /** What every row of its list is; null where the row says it itself. */
  status: RowStatus | null;
}

/** The rows of an answer in its order; null where none of the lists is there. */
export function rowsAt(items: Items, answer: unknown): ListedRow[] | null {
  const lists = typeof items === "string" ? [{ path: items, status: undefined }] : items;
  let isThere = false;
  const rows: ListedRow[] = [];
  for (const { path, status } of lists) {
    const list = listFound(find(path, answer));
    if (list === null) continue;
    isThere = true;
    for (const item of list) rows.push({ item, status: status ?? null });
  }
  return isThere ? rows : null;
}
