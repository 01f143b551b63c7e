/** What can be wrong with a page of Plaid, in words for people. Never holds an account's or a transaction's id. */
import type { Problem } from "../../domain/problem.ts";

type Finding = Pick<Problem, "code" | "message"> & Partial<Problem>;

export const UNKNOWN_PAGE: Finding = {
  code: "unknown_page",
  message: "The page is of a kind that this version does not know, so nothing of it was read. Reparse the import with the version that fetched it.",
};

export const NO_ROWS: Finding = {
  code: "unexpected_answer",
  expected: "an array",
  message: "Plaid's answer lacks a list that every answer of this kind has, so it was not read to its end. Fetch again; if it stays, ask Plaid.",
};

export const INVESTMENT: Finding = {
  severity: "info",
  code: "investment_account",
  field: "type",
  message: "The account holds investments, which are not cash. It was left out.",
};

export const UNKNOWN_TYPE: Finding = {
  severity: "warning",
  code: "unknown_account_type",
  field: "type",
  expected: "depository, credit or loan",
  message: "Nobody has said what a positive balance means for an account of this type, so its balance was left out. Its transactions are read.",
};

export const UNOFFICIAL_CURRENCY: Finding = {
  code: "unofficial_currency",
  field: "iso_currency_code",
  expected: "a currency of ISO 4217",
  message:
    "The amount is in a currency that ISO 4217 does not list (a crypto currency, points), so nobody knows its decimals. Nothing of it was booked. Keep such an account by hand.",
};

export const BAD_AMOUNT: Finding = {
  code: "bad_amount",
  field: "amount",
  expected: "a figure with no more decimals than the currency has",
  message: "The amount cannot be read exactly. It was left open, never rounded. Compare the row with the bank and ask Plaid.",
};

export const BAD_BALANCE: Finding = {
  code: "bad_balance",
  expected: "a figure with no more decimals than the currency has",
  message: "The balance cannot be read exactly. It was left out, never rounded.",
};

export const BAD_DATE: Finding = {
  code: "bad_date",
  field: "date",
  expected: "a day as YYYY-MM-DD",
  message: "The row has no readable day, so it cannot be booked. Compare it with the bank and ask Plaid.",
};

export const BAD_STATUS: Finding = {
  code: "bad_status",
  field: "pending",
  expected: "true or false",
  message: "The row does not say whether it is posted or pending. Nothing of it was booked. Compare it with the bank and ask Plaid.",
};

export const ROW_WITHOUT_ID: Finding = {
  code: "row_without_id",
  field: "transaction_id",
  message: "The row names no account or no id of its own, so a later change of it could not be found again. Nothing of it was booked. Ask Plaid.",
};

export const REMOVAL_WITHOUT_ACCOUNT: Finding = {
  code: "removal_without_account",
  field: "account_id",
  message: "Plaid takes a row back without saying of which account, so it stays in the books. Compare the account with the bank.",
};

export const REMOVAL_OF_UNSHARED: Finding = {
  severity: "warning",
  code: "removal_of_unshared",
  field: "account_id",
  message: "Plaid takes a row back of an account that is no longer shared. The row stays in the books; share the account again to have it followed.",
};

export const ACCOUNT_WITHOUT_ID: Finding = {
  code: "account_without_id",
  field: "account_id",
  message: "An account has no id, so that nobody knows whose balance it is. It was left out. Ask Plaid.",
};
