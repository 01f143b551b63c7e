/** A format's record becomes a row that can be booked, or says why it cannot. Pure; never guesses an amount, a day or a currency, never lets a card number through. */
import { maskCardNumbers, maskInBankReference } from "./card-number.ts";
import { identityText } from "./identity.ts";
import { type Problem, problem } from "./problem.ts";
import type { BalanceRecord, Day, Minor, TransactionRecord } from "./record.ts";

/** What a `bigint` column holds. 9,223,372,036,854,775,807 minor units are 92 quadrillion dollars: more is a misread file. */
const MINOR_MAX = 9_223_372_036_854_775_807n;
/** 4,000 characters: ten times the longest wire text seen (310); the raw file keeps the rest. */
const TEXT_CHARS_MAX = 4_000;

export interface NormalizedRow {
  postedOn: Day | null;
  valueOn: Day | null;
  amountMinor: Minor | null;
  currency: string | null;
  typeCode: string;
  bankReference: string | null;
  customerReference: string | null;
  description: string;
  externalTransactionId: string | null;
  isPending: boolean;
  identityText: string;
  invalid: { code: string; reason: string } | null;
}

/** A row for the plan; or, for a message that moves no money (BAI2 890), a note to be kept with the problems. */
export function normalizeTransaction(record: TransactionRecord, currency: string | null): NormalizedRow | { message: Problem } {
  if (record.sign === null && record.typeCode === "890") return { message: messageOnly(record) };
  const description = maskCardNumbers(printable(record.description)).slice(0, TEXT_CHARS_MAX);
  const row = {
    postedOn: record.postedOn,
    valueOn: record.valueOn,
    amountMinor: record.amountMinor,
    currency: record.currency ?? currency,
    typeCode: record.typeCode,
    bankReference: referenceOrNull(record.bankReference, maskInBankReference),
    customerReference: referenceOrNull(record.customerReference, maskCardNumbers),
    description,
    externalTransactionId: record.externalTransactionId,
    isPending: record.isPending,
  };
  return {
    ...row,
    identityText: identityText({
      currency: row.currency ?? "",
      amountMinor: row.amountMinor ?? "",
      postedOn: row.postedOn ?? "",
      typeCode: row.typeCode,
      bankReference: row.bankReference,
      customerReference: row.customerReference,
      text: description,
    }),
    invalid: whyInvalid(record),
  };
}

/** A balance that no column holds is not booked; it says so instead. Null where it fits. */
export function balanceProblem(balance: BalanceRecord): Problem | null {
  if (balance.amountMinor === null || fits(balance.amountMinor)) return null;
  return problem({
    code: "amount_too_large",
    line: balance.line,
    record: "03",
    field: "amount",
    value: balance.amountMinor,
    expected: `at most ${MINOR_MAX} minor units`,
    message: `The balance of type code ${balance.typeCode} has more digits than any account holds. It was left out; check the file.`,
  });
}

function fits(amountMinor: Minor): boolean {
  const amount = BigInt(amountMinor);
  return amount <= MINOR_MAX && amount >= -MINOR_MAX;
}

function whyInvalid(record: TransactionRecord): NormalizedRow["invalid"] {
  if (record.amountMinor === null) {
    return { code: "amount_missing", reason: "The bank gave no amount for this row, so nothing can be booked. Ask the bank, or skip it." };
  }
  if (record.sign === null) {
    return {
      code: "sign_unknown",
      reason: `Type code ${record.typeCode} does not say whether money came in or went out. Ask the bank what it means, or skip the row.`,
    };
  }
  if (record.postedOn === null) {
    return {
      code: "date_missing",
      reason: "The statement has no readable date, so the row has no day to be booked on. Ask the bank for a corrected file.",
    };
  }
  if (!fits(record.amountMinor)) {
    return {
      code: "amount_too_large",
      reason: `The amount has more digits than any account holds (${MINOR_MAX} minor units at most). Check the file.`,
    };
  }
  return null;
}

function messageOnly(record: TransactionRecord): Problem {
  return problem({
    severity: "info",
    code: "message_only",
    line: record.place.line,
    record: "16",
    field: "text",
    value: record.description,
    message: "A message of the bank (type code 890): no money moved, so nothing is booked. Read it; nothing else needs doing.",
  });
}

/** Postgres text cannot hold NUL; other control characters have no meaning in a statement. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is taken out.
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, " ");
}

function referenceOrNull(text: string | null, mask: (text: string) => string): string | null {
  return text === null ? null : mask(printable(text)).slice(0, TEXT_CHARS_MAX);
}
