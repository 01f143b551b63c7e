/** Tries a bank's description against an answer that somebody pasted, before anything is saved. Asks nobody, keeps nothing. */
import type { Severity } from "../problem.ts";
import { type BankApiConfig, bankApiConfigSchema } from "./config.ts";
import { parseExact } from "./exact-json.ts";
import {
  type BankAccount,
  type BankBalance,
  type BankMovement,
  type BankRemoval,
  type Finding,
  readAccounts,
  readBalances,
  readTransactions,
} from "./read.ts";
import { rowsAt } from "./values.ts";

export const SAMPLE_KINDS = ["accounts", "balances", "transactions"] as const;
export type SampleKind = (typeof SAMPLE_KINDS)[number];

export interface CheckedRow {
  account_id: string | null;
  /** Signed, positive is into the account; null for what is taken out of the books. */
  amount_minor: string | null;
  currency: string | null;
  posted_on: string | null;
  value_on: string | null;
  description: string;
  external_transaction_id: string | null;
  status: "posted" | "pending" | "void";
}

export interface CheckedConfig {
  /** What the answer was taken for; null where it is none of the three. */
  kind: SampleKind | null;
  accounts: { id: string; name: string | null; last_four: string | null; currency: string | null; type: string | null }[];
  balances: { account_id: string; type_code: string; amount_minor: string; currency: string }[];
  rows: CheckedRow[];
  problems: { severity: Severity; code: string; field: string | null; value: string | null; expected: string | null; message: string }[];
}

/** 1 MB: an answer is pasted by hand. */
export const SAMPLE_CHARS_MAX = 1_000_000;
/** 200 of each: a page shows no more. */
const SHOWN_MAX = 200;

/** `config` as it was typed, `sampleAnswer` as the bank gave it. Without `kind` it is what fits first: rows, balances, accounts. Never throws. */
export function checkConfig(config: unknown, sampleAnswer: string, kind?: SampleKind): CheckedConfig {
  const checked: CheckedConfig = { kind: null, accounts: [], balances: [], rows: [], problems: [] };
  const parsed = bankApiConfigSchema.safeParse(config);
  for (const issue of parsed.error?.issues.slice(0, SHOWN_MAX) ?? []) {
    checked.problems.push(problemOf({ code: "invalid_config", field: issue.path.join("."), message: issue.message }));
  }
  const answer = sampleAnswer.length > SAMPLE_CHARS_MAX ? undefined : parseExact(sampleAnswer);
  if (answer === undefined) checked.problems.push(problemOf({ code: "sample_not_json", field: null, message: NOT_JSON }));
  if (!parsed.success || answer === undefined) return checked;

  checked.kind = kind ?? kindOf(parsed.data, answer);
  if (checked.kind === null) checked.problems.push(problemOf({ code: "missing_list", field: "items", message: NO_LIST }));
  else READERS[checked.kind](parsed.data, answer, checked);
  return checked;
}

const NOT_JSON = "The sample is no JSON of at most 1 MB. Paste the body of an answer as the bank gave it.";
const NO_LIST = "None of the lists that the configuration names is in the sample. Correct the paths of the rows, or paste another answer.";

function kindOf(config: BankApiConfig, answer: unknown): SampleKind | null {
  if (rowsAt(config.transactions.items, answer) !== null) return "transactions";
  if (config.balances !== undefined && rowsAt(config.balances.items, answer) !== null) return "balances";
  return rowsAt(config.accounts.items, answer) === null ? null : "accounts";
}

/** Whose a sample is where it does not say so itself. */
const SAMPLE_ACCOUNT: BankAccount = { id: "sample", name: null, lastFour: null, currency: null, type: null };

const READERS: Record<SampleKind, (config: BankApiConfig, answer: unknown, checked: CheckedConfig) => void> = {
  accounts(config, answer, checked) {
    const { accounts, balances, findings } = readAccounts(config.accounts, answer);
    checked.accounts = accounts
      .slice(0, SHOWN_MAX)
      .map(({ id, name, lastFour, currency, type }) => ({ id, name, last_four: lastFour, currency, type }));
    checked.balances = balances.slice(0, SHOWN_MAX).map(balanceOf);
    checked.problems.push(...findings.slice(0, SHOWN_MAX).map(problemOf));
  },
  balances(config, answer, checked) {
    if (config.balances === undefined) return;
    const { found, findings } = readBalances(config.balances, SAMPLE_ACCOUNT, answer);
    checked.balances = found.slice(0, SHOWN_MAX).map(balanceOf);
    checked.problems.push(...findings.slice(0, SHOWN_MAX).map(problemOf));
  },
  transactions(config, answer, checked) {
    const { found, findings } = readTransactions(config.transactions, SAMPLE_ACCOUNT.id, answer);
    checked.rows = found.slice(0, SHOWN_MAX).map(rowOf);
    checked.problems.push(...findings.slice(0, SHOWN_MAX).map(problemOf));
  },
};

const balanceOf = ({ account, typeCode, amountMinor, currency }: BankBalance): CheckedConfig["balances"][number] => ({
  account_id: account.id,
  type_code: typeCode,
  amount_minor: amountMinor,
  currency,
});

function rowOf(row: BankMovement | BankRemoval): CheckedRow {
  const movement = row.kind === "movement" ? row : null;
  return {
    account_id: row.accountId === SAMPLE_ACCOUNT.id ? null : row.accountId,
    amount_minor: movement?.amountMinor ?? null,
    currency: row.currency,
    posted_on: movement?.postedOn ?? null,
    value_on: movement?.valueOn ?? null,
    description: movement?.description ?? "",
    external_transaction_id: row.externalTransactionId,
    status: movement === null ? "void" : movement.isPending ? "pending" : "posted",
  };
}

const problemOf = (finding: Pick<Finding, "code" | "field" | "message"> & Partial<Finding>): CheckedConfig["problems"][number] => ({
  severity: finding.severity ?? "error",
  code: finding.code,
  field: finding.field,
  value: finding.value?.slice(0, 200) ?? null,
  expected: finding.expected ?? null,
  message: finding.message,
});
