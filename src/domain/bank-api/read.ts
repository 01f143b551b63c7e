/** A bank's answers to accounts, balances and rows, by the company's own description. Fails closed: what is not certain is a finding, and nothing is booked of it. Pure. */
import type { Severity } from "../problem.ts";
import type { Day, Minor } from "../record.ts";
import { find, textFound } from "./expression.ts";
import type { RowStatus } from "./fields.ts";
import type { AccountsReading, BalancesReading, TransactionsReading } from "./reading.ts";
import { amountIn, currencyIn, dayIn, type ListedRow, rowsAt, signed, textAt } from "./values.ts";

export interface BankAccount {
  id: string;
  name: string | null;
  lastFour: string | null;
  currency: string | null;
  type: string | null;
}

export interface BankBalance {
  account: BankAccount;
  typeCode: "current" | "available";
  amountMinor: Minor;
  currency: string;
  /** The value of the answer that it stands in. */
  item: unknown;
}

export interface BankMovement {
  kind: "movement";
  accountId: string;
  amountMinor: Minor;
  currency: string;
  postedOn: Day;
  valueOn: Day | null;
  description: string;
  externalTransactionId: string | null;
  bankReference: string | null;
  customerReference: string | null;
  typeCode: string;
  isPending: boolean;
  item: unknown;
}

/** A row that the bank calls void: what was booked of it goes. */
export interface BankRemoval {
  kind: "removal";
  accountId: string;
  currency: string;
  externalTransactionId: string;
  item: unknown;
}

export interface Finding {
  severity: Severity;
  code: string;
  field: string | null;
  value: string | null;
  expected: string | null;
  message: string;
  item: unknown;
}

export interface Read<Found> {
  found: Found[];
  findings: Finding[];
}

/** The accounts that an answer lists, without their money; null where the list is not there. */
export function accountsIn(reading: AccountsReading, answer: unknown): BankAccount[] | null {
  return rowsAt(reading.items, answer)?.flatMap(({ item }) => accountIn(reading.map, item) ?? []) ?? null;
}

/** The accounts that an answer lists, with the balances beside them. */
export function readAccounts(reading: AccountsReading, answer: unknown): { accounts: BankAccount[]; balances: BankBalance[]; findings: Finding[] } {
  const rows = rowsAt(reading.items, answer);
  const findings: Finding[] = [];
  if (rows === null) return { accounts: [], balances: [], findings: [missingList(reading.items, answer)] };
  const accounts: BankAccount[] = [];
  const balances: BankBalance[] = [];
  for (const { item } of rows) {
    const account = accountIn(reading.map, item);
    if (account === null) {
      findings.push(finding("missing_account_id", "map.id", item, "An account without an id cannot be asked for. Correct the path of its id."));
      continue;
    }
    accounts.push(account);
    for (const typeCode of ["current", "available"] as const) {
      const field = reading.map[typeCode];
      const text = textAt(field, item);
      if (text === null) continue;
      const balance = balanceOf({ account, typeCode, text, currency: account.currency, unit: reading.unit, item });
      if ("message" in balance) findings.push(balance.code === "bad_balance" ? { ...balance, field: `map.${typeCode}` } : balance);
      else balances.push(balance);
    }
  }
  return { accounts, balances, findings };
}

function accountIn(map: AccountsReading["map"], item: unknown): BankAccount | null {
  const id = textAt(map.id, item);
  if (id === null || id.length > 200) return null;
  const number = textAt(map.lastFour, item)?.replaceAll(/\s/g, "") ?? "";
  return {
    id,
    name: textAt(map.name, item),
    lastFour: number === "" ? null : number.slice(-4),
    currency: currencyIn(textAt(map.currency, item)),
    type: textAt(map.type, item),
  };
}

/** The balances of one account: of each of the two, the first type that is there. */
export function readBalances(reading: BalancesReading, account: BankAccount, answer: unknown): Read<BankBalance> {
  const rows = rowsAt(reading.items, answer);
  if (rows === null) return { found: [], findings: [missingList(reading.items, answer)] };
  const found: BankBalance[] = [];
  const findings: Finding[] = [];
  for (const typeCode of ["current", "available"] as const) {
    for (const row of firstOfTypes(reading, typeCode, rows)) {
      const currency = reading.map.currency === undefined ? account.currency : currencyIn(textAt(reading.map.currency, row.item));
      const balance = balanceOf({ account, typeCode, text: textAt(reading.map.amount, row.item), currency, unit: reading.unit, item: row.item });
      if ("message" in balance) findings.push(balance);
      else found.push(balance);
    }
  }
  return { found, findings };
}

/** An account of several currencies has each type once a currency. */
function firstOfTypes(reading: BalancesReading, typeCode: "current" | "available", rows: readonly ListedRow[]): ListedRow[] {
  const firsts = new Map<string, ListedRow>();
  for (const type of reading[typeCode] ?? []) {
    for (const row of rows) {
      const currency = textAt(reading.map.currency, row.item) ?? "";
      if (textAt(reading.map.type, row.item) === type && !firsts.has(currency)) firsts.set(currency, row);
    }
  }
  return [...firsts.values()];
}

interface BalanceText {
  account: BankAccount;
  typeCode: "current" | "available";
  text: string | null;
  currency: string | null;
  unit: "major" | "minor";
  item: unknown;
}

function balanceOf({ account, typeCode, text, currency, unit, item }: BalanceText): BankBalance | Finding {
  if (currency === null) return finding("unknown_currency", "map.currency", item, "A balance in a currency that is not known is left out.");
  const amountMinor = amountIn(text, { currency, unit });
  if (amountMinor === null) {
    return {
      ...finding("bad_balance", "map.amount", item, `A balance that is no figure of ${currency} is left out.`),
      value: text,
      severity: "warning",
    };
  }
  return { account, typeCode, amountMinor, currency, item };
}

/** The rows of an answer. `accountId`: whose the whole answer is; null where each row says it. */
export function readTransactions(reading: TransactionsReading, accountId: string | null, answer: unknown): Read<BankMovement | BankRemoval> {
  const rows = rowsAt(reading.items, answer);
  if (rows === null) return { found: [], findings: reading.emptyWhenMissing ? [] : [missingList(reading.items, answer)] };
  const found: (BankMovement | BankRemoval)[] = [];
  const findings: Finding[] = [];
  const seen = new Map<string, string>();
  let leftOut = 0;
  for (const row of rows) {
    const read = rowOf({ reading, accountId, row });
    if (read === "left_out") leftOut += 1;
    else if ("message" in read) findings.push(read);
    else if (isReused(read, seen)) {
      const message =
        "The bank gives two different rows of one answer the same id. This one is not booked; correct the path of the id, or ask the bank.";
      findings.push({ ...finding("reused_id", "map.id", row.item, message), value: read.externalTransactionId });
    } else found.push(...withFee(reading, read, findings));
  }
  if (leftOut > 0) {
    const message = `${leftOut} pending or void row${leftOut === 1 ? " has" : "s have"} no id, by which they could be taken back later, and are left out until they are booked.`;
    findings.push({ ...finding("pending_without_id", "map.id", answer, message), severity: "info" });
  }
  return { found, findings };
}

/** A pending row and the booked one that it became may stand in one answer; two amounts of one status cannot be one row. */
function isReused(row: BankMovement | BankRemoval, seen: Map<string, string>): boolean {
  if (row.kind === "removal" || row.externalTransactionId === null) return false;
  const key = `${row.accountId}\u001f${row.externalTransactionId}\u001f${row.isPending}`;
  const content = `${row.amountMinor} ${row.currency} ${row.postedOn}`;
  const earlier = seen.get(key);
  seen.set(key, content);
  return earlier !== undefined && earlier !== content;
}

interface RowToRead {
  reading: TransactionsReading;
  accountId: string | null;
  row: ListedRow;
}

function rowOf({ reading, accountId, row: { item, status: listStatus } }: RowToRead): BankMovement | BankRemoval | Finding | "left_out" {
  const { map } = reading;
  const account = map.account === undefined ? accountId : textAt(map.account, item);
  if (account === null) return finding("missing_account_id", "map.account", item, "The row does not say whose it is, so it is not booked.");
  const status = listStatus ?? statusOf(map.status, item);
  if (typeof status !== "string") return status;
  const currency = currencyIn(textAt(map.currency, item));
  if (currency === null) {
    const message = "The row's currency is missing or not in ISO 4217, so the row is not booked. Correct the path of the currency, or ask the bank.";
    return { ...finding("unknown_currency", "map.currency", item, message), value: textAt(map.currency, item), expected: "a currency of ISO 4217" };
  }
  const externalTransactionId = textAt(map.id, item);
  if (externalTransactionId === null && status !== "posted") return "left_out";
  if (status === "void" && externalTransactionId !== null) return { kind: "removal", accountId: account, currency, externalTransactionId, item };
  const money = moneyOf(reading, { text: textAt(map.amount, item), currency, item });
  if (typeof money !== "string") return money;
  const days = [map.bookedAt, map.occurredAt, map.valueAt].map((field) => textAt(field, item));
  const postedOn = dayIn(days.find((text) => text !== null) ?? null);
  if (postedOn === null) {
    const message = "The row has no day (YYYY-MM-DD, alone or before a time), so it is not booked. Correct the path of its day.";
    return { ...finding("bad_date", "map.bookedAt", item, message), value: days.find((text) => text !== null) ?? null };
  }
  return {
    kind: "movement",
    accountId: account,
    amountMinor: money,
    currency,
    postedOn,
    valueOn: dayIn(textAt(map.valueAt, item)),
    description: descriptionOf(map, item),
    externalTransactionId,
    bankReference: textAt(map.bankReference, item),
    customerReference: textAt(map.customerReference, item),
    typeCode: textAt(map.typeCode, item) ?? "",
    isPending: status === "pending",
    item,
  };
}

function statusOf(status: TransactionsReading["map"]["status"], item: unknown): RowStatus | Finding {
  if (status === undefined) return finding("unmapped_status", "map.status", item, "Nothing says what the row's status is, so it is not booked.");
  if ("const" in status) return status.const;
  const word = textFound(find(status.path, item));
  const known = word === null || !Object.hasOwn(status.values, word) ? undefined : status.values[word];
  if (known !== undefined) return known;
  const seen = word === null ? "The row has no status" : "The row's status is a word that nobody has mapped";
  const message = `${seen}, so it is not booked. Add the word to map.status.values, then fetch again.`;
  return { ...finding("unmapped_status", "map.status", item, message), value: word, expected: Object.keys(status.values).join(", ") };
}

function moneyOf(reading: TransactionsReading, { text, currency, item }: { text: string | null; currency: string; item: unknown }): Minor | Finding {
  const amountMinor = amountIn(text, { currency, unit: reading.unit });
  if (amountMinor === null) {
    const message = `The amount is missing, is no plain figure, or is more precise than ${currency}, so the row is not booked. Nothing is rounded.`;
    return { ...finding("bad_amount", "map.amount", item, message), value: text };
  }
  const money = signed(amountMinor, reading.sign, item);
  return typeof money === "string" ? money : { ...finding("unmapped_sign", "sign", item, `${money.sentence} It is not booked.`), value: money.value };
}

function descriptionOf(map: TransactionsReading["map"], item: unknown): string {
  const description = textAt(map.description, item, { joined: " " }) ?? "";
  const counterparty = textAt(map.counterparty, item, { joined: " " });
  if (counterparty === null || description.toLowerCase().includes(counterparty.toLowerCase())) return description;
  return description === "" ? counterparty : `${description} · ${counterparty}`;
}

/** The row, and its fee as a row of its own. A fee that cannot be read keeps its row back too: half of it would break the balance. */
function withFee(reading: TransactionsReading, row: BankMovement | BankRemoval, findings: Finding[]): (BankMovement | BankRemoval)[] {
  const { fee } = reading;
  if (fee === undefined) return [row];
  const feeId = row.externalTransactionId === null ? null : feeIdOf(row.externalTransactionId);
  if (row.kind === "removal") return feeId === null ? [row] : [row, { ...row, externalTransactionId: feeId }];
  const text = textAt(fee.amount, row.item);
  if (text === null) return [row];
  const currency = fee.currency === undefined ? row.currency : currencyIn(textAt(fee.currency, row.item));
  const money = currency === null ? null : moneyOf(reading, { text, currency, item: row.item });
  if (currency !== row.currency || typeof money !== "string") {
    findings.push({
      ...finding("bad_fee", "fee", row.item, "The row's fee cannot be read, or is in another currency, so neither of them is booked."),
      value: text,
    });
    return [];
  }
  if (money === "0") return [row];
  const description = `${fee.description}: ${row.description}`;
  return [row, { ...row, amountMinor: money, currency, description, externalTransactionId: feeId, typeCode: "fee", valueOn: null }];
}

/** The id of a row's fee, which is a row of its own. */
export const feeIdOf = (id: string): string => `${id}:fee`;

/** A row as far as following it needs: whose, which, and whether it is still pending, with its earliest day; null where that cannot be said. */
export interface NamedRow {
  account: string;
  id: string;
  pendingIn: { currency: string; day: Day | null } | "no" | null;
}

/** The rows of an answer that have an id; no amounts. A row that cannot be booked is named all the same: it is not gone. */
export function namedRows(reading: TransactionsReading, accountId: string | null, answer: unknown): NamedRow[] {
  const { map } = reading;
  return (rowsAt(reading.items, answer) ?? []).flatMap(({ item, status: listStatus }): NamedRow[] => {
    const account = map.account === undefined ? accountId : textAt(map.account, item);
    const id = textAt(map.id, item);
    if (account === null || id === null) return [];
    const status = listStatus ?? statusOf(map.status, item);
    const currency = currencyIn(textAt(map.currency, item));
    if (typeof status !== "string" || currency === null) return [{ account, id, pendingIn: null }];
    if (status !== "pending") return [{ account, id, pendingIn: "no" }];
    const days = [map.bookedAt, map.occurredAt, map.valueAt].flatMap((field) => dayIn(textAt(field, item)) ?? []);
    return [{ account, id, pendingIn: { currency, day: days.toSorted()[0] ?? null } }];
  });
}

function missingList(items: AccountsReading["items"], answer: unknown): Finding {
  const paths = typeof items === "string" ? items : items.map(({ path }) => path).join(", ");
  const message =
    "The answer does not hold the list it should, so nothing of it was read. Correct the path of the rows, or look at what the bank answers.";
  return { ...finding("missing_list", "items", answer, message), expected: paths };
}

const finding = (code: string, field: string, item: unknown, message: string): Finding => ({
  severity: "error",
  code,
  field,
  value: null,
  expected: null,
  message,
  item,
});
