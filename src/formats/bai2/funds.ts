/** Reads the funds type, a field with fields of its own: when the bank lets the money be used. Its amounts are in no total. */
import { parseMinor } from "../../domain/money.ts";
import type { Day } from "../../domain/record.ts";
import type { Context } from "./context.ts";
import type { FieldSource } from "./fields.ts";
import { readDay, readTime, type Spot } from "./values.ts";

export interface Funds {
  /** One of Z 0 1 2 S V D, what else the file says, or null where it says nothing. */
  type: string | null;
  /** V: the value date. */
  valueOn: Day | null;
}

/** Reads what follows the funds type `text` from `fields`. */
export function readFunds(context: Context, text: string, fields: FieldSource, spot: Spot): Funds {
  const type = text.toUpperCase();
  switch (type) {
    case "":
      return NO_FUNDS;
    case "Z":
    case "0":
    case "1":
    case "2":
      return { type, valueOn: null };
    case "S":
      for (let amount = 0; amount < 3; amount += 1) if (!takeAmount(context, fields, spot)) break;
      return { type, valueOn: null };
    case "V":
      return { type, valueOn: readValueDate(context, fields, spot) };
    case "D":
      readDistribution(context, fields, spot);
      return { type, valueOn: null };
    default:
      badFunds(context, text, spot, "one of 0 1 2 S V D Z");
      return { type: text, valueOn: null };
  }
}

export const NO_FUNDS: Funds = { type: null, valueOn: null };

/** True for what a funds type field may hold; a three-digit number there is the next type code, its comma forgotten. */
export const isFundsType = (text: string): boolean => text === "" || /^[012SVDZsvdz]$/.test(text);

function readValueDate(context: Context, fields: FieldSource, spot: Spot): Day | null {
  const date = fields.next() ?? "";
  const time = fields.peek();
  if (time === "" || (time !== null && TIME_LIKE.test(time))) {
    fields.next();
    readTime(context, time, { ...spot, field: "value_time" });
  } else if (time !== null) badFunds(context, time, spot, "a time or nothing after the value date");
  return date === "" ? null : readDay(context, date, { ...spot, field: "value_date", severity: "warning" });
}

/** Four or six digits, or a colon: what else follows a value date is the next field, the comma of the time forgotten. */
const TIME_LIKE = /^(?:\d{4}|\d{6}|\d{1,2}:[\d:]*)$/;

/** `n` pairs of days and amount; however many are announced, no more are read than the record has. */
function readDistribution(context: Context, fields: FieldSource, spot: Spot): void {
  const announced = fields.peek() ?? "";
  if (!/^\+?\d{1,6}$/.test(announced)) {
    badFunds(context, announced, spot, "the number of distributions");
    return;
  }
  fields.next();
  for (let pair = 0; pair < Number(announced); pair += 1) {
    if (fields.peek() === null) {
      badFunds(context, announced, spot, "as many distributions as announced");
      return;
    }
    if (!takeAmount(context, fields, spot) || !takeAmount(context, fields, spot)) return;
  }
}

/** A sub-amount may be empty or signed; anything else belongs to the next field and stays. */
function takeAmount(context: Context, fields: FieldSource, spot: Spot): boolean {
  const amount = fields.peek();
  if (amount === null) return false;
  if (amount !== "" && parseMinor(amount) === null) {
    badFunds(context, amount, spot, "an amount or nothing");
    return false;
  }
  fields.next();
  return true;
}

function badFunds(context: Context, value: string, spot: Spot, expected: string): void {
  context.warn({
    ...spot,
    code: "bad_funds_type",
    value,
    expected,
    message: `The funds type cannot be read: expected ${expected}, found "${value.slice(0, 40)}". The amount stands; check the fields after it.`,
  });
}
