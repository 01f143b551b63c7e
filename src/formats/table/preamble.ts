/** What lines around a table say: whose account it is, what its balances are. Pure words and figures; decides nothing about the table itself. */
import { looksLikeDate } from "./infer-date.ts";
import { wordsOf } from "./words.ts";

export interface NamedAccount {
  number: string;
  isIban: boolean;
}

const ACCOUNT =
  /^(?:(?:iban|konto(?: iban)?|konto ?nummer|konto nr|kto|kto nr|girokonto|geschaftskonto|auftragskonto|mein konto|account|account number|account no|account nr|account num|account iban|acct|acct no|acct number|bank account(?: number)?|your account(?: number)?|from account|compte|numero de compte|no de compte|cuenta|numero de cuenta|no de cuenta|conto|numero conto|numero di conto|rekening|rekening ?nummer|numer rachunku|rachunek|kontonummer iban|iban nummer|iban number)|(?:konto|account|rekening|compte|cuenta|conto)(?: number| nummer| no| nr)? iban)$/;

/** The account that a line names beside a word for it: an IBAN whose check digits are right, or the bank's own number. Null: it names none. */
export function accountIn(cells: readonly string[]): NamedAccount | null {
  const line = labelled(cells);
  if (line === null || !ACCOUNT.test(wordsOf(line.label))) return null;
  for (const value of line.values) {
    const iban = ibanIn(value);
    if (iban !== null) return { number: iban, isIban: true };
    const number = numberIn(value);
    if (number !== null) return { number, isIban: false };
  }
  return null;
}

/** Groups of four are put together; the check digits tell it from other words. */
function ibanIn(text: string): string | null {
  const found = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b/.exec(text.toUpperCase());
  if (found === null) return null;
  const whole = found[0].replaceAll(" ", "");
  // A name may stand behind it: the longest beginning that is right is the number.
  for (let length = Math.min(34, whole.length); length >= 15; length -= 1) if (isIban(whole.slice(0, length))) return whole.slice(0, length);
  return null;
}

/** ISO 7064, MOD 97-10. */
function isIban(text: string): boolean {
  let rest = 0;
  for (const character of `${text.slice(4)}${text.slice(0, 4)}`) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Digits in groups as banks print them; with a name beside them at least six, so that no branch or year is taken. Masked numbers are none. */
function numberIn(text: string): string | null {
  const whole = /^\s*(\d(?:[ \-./]?\d){3,33})\s*$/.exec(text)?.[1];
  if (whole !== undefined) return looksLikeDate(whole) ? null : whole.replace(/[ \-./]/g, "");
  const [only, ...more] = text.match(/(?<![\p{L}\d*•])\d{6,34}(?![\p{L}\d*•])/gu) ?? [];
  return only === undefined || more.length > 0 || /[*•]|x{2,}/i.test(text) ? null : only;
}

export interface NamedFigures {
  /** `other`: a balance of some day, which the words do not call the first or last. */
  which: "opening" | "closing" | "other";
  /** Cells that may hold the figure, dates left out. */
  values: string[];
  /** The day as it is written, or null. */
  date: string | null;
}

const OPENING =
  /^(?:(?:opening|beginning|starting|start|previous|initial)(?: ledger| account)? balance|balance (?:brought|carried) forward from|balance brought forward|balance b f|anfangs(?:saldo|bestand|kontostand)|(?:alter|vorheriger) (?:kontostand|saldo)|saldovortrag|start ?saldo|begin ?saldo|solde (?:initial|precedent|d ouverture)|saldo (?:inicial|anterior|iniziale|precedente|poczatkowe))\b/;
const CLOSING =
  /^(?:(?:closing|ending|final|new)(?: ledger| account)? balance|balance carried forward|balance c f|end(?:saldo|bestand|kontostand)|schluss(?:saldo|bestand)|(?:neuer|aktueller) (?:kontostand|saldo)|eind ?saldo|solde (?:final|de cloture)|nouveau solde|saldo (?:final|finale|koncowe))\b/;
const OTHER =
  /^(?:kontostand|saldo|balance|account balance|ledger balance|current balance|solde|saldo contable|saldo contabile)(?: (?:vom|am|per|zum|of|on|as of|as at|at|au|le|al|a|del|op|na))?(?: \d.*)?$/;

/** A balance that a line around the table names; null where it is about something else. */
export function balanceIn(cells: readonly string[]): NamedFigures | null {
  const line = labelled(cells);
  if (line === null) return null;
  const words = wordsOf(line.label);
  const which = OPENING.test(words) ? "opening" : CLOSING.test(words) ? "closing" : OTHER.test(words) ? "other" : null;
  if (which === null) return null;
  const date = [line.label, ...line.values].map((text) => DATE.exec(text)?.[0] ?? null).find((text) => text !== null) ?? null;
  return { which, values: line.values.filter((text) => !looksLikeDate(text)), date };
}

/** A row of the table whose text is a balance's name: it moves no money. */
export function balanceNamedIn(cells: readonly string[]): "opening" | "closing" | null {
  for (const cell of cells) {
    const words = wordsOf(cell);
    if (OPENING.test(words)) return "opening";
    if (CLOSING.test(words)) return "closing";
  }
  return null;
}

const DATE = /\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2}))\b/;

/** `Kontonummer:;123`, `Kontonummer: 123`, `Opening balance 1,000.00`: the words, and what stands behind them. */
function labelled(cells: readonly string[]): { label: string; values: string[] } | null {
  const texts = cells.map((cell) => cell.trim()).filter((text) => text !== "");
  const [first, ...rest] = texts;
  if (first === undefined) return null;
  const colon = /^([^:]{2,60}):\s*(\S.*)$/.exec(first);
  if (colon?.[1] !== undefined && colon[2] !== undefined) return { label: colon[1], values: [colon[2], ...rest] };
  if (rest.length > 0) return { label: first, values: rest };
  const behind = BEHIND.exec(first);
  if (behind?.[1] === undefined || behind[2] === undefined) return null;
  return { label: behind[1], values: [behind[2]] };
}

/** Words, then an IBAN or a figure. */
const BEHIND =
  /^(\p{L}[\p{L} .]*?(?: (?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}))?)\s+([A-Z]{2}\d{2}[A-Z0-9 ]+|[-+(]?\d[\d.,'\u00a0 ]*\)?-?(?:\s*\p{L}{3}|\s*€)?)$/u;
