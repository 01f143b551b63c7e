/** Rows of a table, read by a complete profile, become records: one statement an account and currency. Never infers; what it cannot read it names. */
import { exponentOf, isCurrency } from "../../domain/money.ts";
import { type Problem, problem } from "../../domain/problem.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Day, Minor, StatementRecord, TransactionRecord } from "../../domain/record.ts";
import { AmountReader } from "./amounts.ts";
import { ColumnMap } from "./columns.ts";
import { balanceNamedIn } from "./preamble.ts";
import type { Row } from "./row.ts";
import { addMovement, endStatement, openStatement, type StatementState } from "./statement.ts";
import { accountOf, noteAccount, noteBalance, noteNamed, type Surroundings, startOfSurroundings } from "./surroundings.ts";
import { CLOSING, OPENING, wordsOf } from "./words.ts";

/** 1,000 accounts in one file: more is an account column that holds something else. */
export const ACCOUNTS_MAX = 1_000;
/** As in BAI2: more than a person reads. */
export const PROBLEMS_MAX = 10_000;
const RAW_CHARS_MAX = 4_000;

export interface TableState {
  statements: StatementState[];
  /** The statement of the last movement: problems behind it stand in it. */
  current: number | null;
  problemCount: number;
  movements: number;
  isRefused: boolean;
  around: Surroundings;
  notes: string[];
}

export const startOfTable = (): TableState => ({
  statements: [],
  current: null,
  problemCount: 0,
  movements: 0,
  isRefused: false,
  around: startOfSurroundings(),
  notes: [],
});

export class TableReader {
  readonly state: TableState;
  readonly #profile: Profile;
  readonly #columns: ColumnMap;
  readonly #amounts: AmountReader;
  readonly #summaryWords: ReadonlySet<string>;
  readonly #hasAccounts: boolean;
  #statement: StatementState | null = null;
  #account = "";
  #currency: string | null = null;
  /** Undefined until the first row. */
  #currencyText: string | null | undefined = undefined;
  #exponent = 2;
  #out: StatementRecord[] = [];

  constructor(profile: Profile, state: TableState) {
    this.state = state;
    this.#profile = profile;
    this.#columns = new ColumnMap(profile);
    this.#amounts = new AmountReader(this.#columns);
    this.#statement = state.statements.find(({ ordinal }) => ordinal === state.current) ?? null;
    this.#account = this.#statement?.number ?? "";
    this.#hasAccounts = profile.columns.some(({ role }) => role === "account" || role === "account_name");
    this.#summaryWords = new Set(profile.summary_words.map(wordsOf));
  }

  takeOut(): StatementRecord[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  /** The next row of the file, also those before the table. */
  row(row: Row): void {
    if (this.state.isRefused) return;
    if (row.number < this.#profile.first_row) {
      if (row.number !== this.#profile.header_row) this.#noteAround(row);
      return;
    }
    if (isBlank(row)) return;
    const columns = this.#columns;
    const postedOn = columns.postedOn?.read(row) ?? null;
    if (postedOn === null && !this.#isMovement(row)) return;
    this.#movement(row, postedOn);
  }

  /** A row without a readable day: a movement all the same where it has a figure and is no summary. */
  #isMovement(row: Row): boolean {
    const begins = firstText(row);
    const [word = ""] = wordsOf(begins).split(" ");
    const isSummary = this.#summaryWords.has(word) || OPENING.test(wordsOf(begins)) || CLOSING.test(wordsOf(begins));
    if (!isSummary && this.#amounts.hasFigure(row)) return true;
    this.#noteAround(row);
    if (isSummary) this.#noteOnce("summary_row", row, "info", "A summary line: it is no movement, and nothing is booked for it.");
    else {
      this.report({
        code: "row_not_read",
        severity: "warning",
        line: row.line,
        record: `row ${row.number}`,
        expected: "a date and an amount",
        message: `Row ${row.number} has neither a date nor an amount where the table has them, so that it was left out. Compare it with the file.`,
      });
    }
    return false;
  }

  #movement(row: Row, postedOn: Day | null): void {
    const columns = this.#columns;
    if (row.isMalformed) this.#warnQuotes(row);
    if (columns.state(row) === "void") {
      this.#noteOnce(
        "void_row",
        row,
        "info",
        "The bank marks this row as declined or reversed before booking: no money moved, so nothing is booked.",
      );
      return;
    }
    const hasCurrency = this.#readCurrency(row);
    const amountMinor = hasCurrency ? this.#amounts.read(row, this.#exponent) : null;
    const currency = this.#amounts.currency ?? this.#currency;
    if (amountMinor === null && hasCurrency && this.#isBalance(row)) return;
    const statement = this.#statementOf(row, currency);
    if (statement === null) return;
    if (postedOn === null) this.#reportDate(row);
    if (amountMinor === null && hasCurrency) this.#reportAmount(row);
    const isPending = columns.state(row) === "pending";
    const balance = this.#amounts.readBalance(row, this.#exponent);
    if (this.#amounts.balanceReason !== null)
      this.#reportCell(row, columns.balanceIndex, "balance_unreadable", this.#amounts.balanceReason, "warning");
    const record = this.#record(row, { statement, postedOn, amountMinor, currency, isPending });
    this.#out.push(record);
    this.state.movements += 1;
    const fee = this.#amounts.readFee(row, this.#exponent);
    if (fee !== null && fee !== "0")
      this.#out.push({
        ...record,
        amountMinor: fee,
        sign: signOf(fee),
        description: `${record.description} (fee)`.trim(),
        typeCode: "FEE",
        externalTransactionId: null,
      });
    if (this.#amounts.feeReason !== null) this.#reportCell(row, columns.feeIndex, "amount_unreadable", this.#amounts.feeReason, "error");
    addMovement(statement, { row, postedOn, amountMinor, fee, balance, isPending, hasBalances: columns.balanceIndex !== -1 });
  }

  #record(
    row: Row,
    {
      statement,
      postedOn,
      amountMinor,
      currency,
      isPending,
    }: { statement: StatementState; postedOn: Day | null; amountMinor: Minor | null; currency: string | null; isPending: boolean },
  ): TransactionRecord {
    const columns = this.#columns;
    return {
      type: "transaction",
      statement: statement.ordinal,
      amountMinor,
      currency,
      postedOn,
      valueOn: columns.valueOn?.read(row) ?? null,
      typeCode: columns.typeCode(row),
      sign: signOf(amountMinor),
      fundsType: null,
      bankReference: columns.reference(row),
      customerReference: null,
      description: columns.description(row),
      externalTransactionId: columns.externalId(row),
      isPending,
      raw: row.raw(RAW_CHARS_MAX),
      place: { line: row.line, lineEnd: row.lineEnd, byteOffset: row.byteOffset, byteEnd: row.byteEnd },
    };
  }

  /** False where the row names a currency that is none: without its decimals no figure can be read. */
  #readCurrency(row: Row): boolean {
    const text = this.#columns.currencyText(row);
    if (text === this.#currencyText) return true;
    this.#currencyText = text;
    const code = text === null || text === "" ? this.#profile.currency : text.toUpperCase();
    const isKnown = code === null || isCurrency(code);
    this.#currency = isKnown ? code : null;
    this.#exponent = exponentOf(this.#currency);
    if (!isKnown) {
      this.#currencyText = undefined;
      this.#reportCell(row, this.#columns.currencyIndex, "currency_unknown", "it is no currency of ISO 4217", "error");
    }
    return isKnown;
  }

  #statementOf(row: Row, currency: string | null): StatementState | null {
    const account = this.#columns.account(row);
    const current = this.#statement;
    if (current !== null && current.currency === currency && this.#account === account) return current;
    const number = account === "" ? (this.#hasAccounts ? null : accountOf(this.state.around)) : account;
    let found = this.state.statements.find((one) => one.number === number && one.currency === currency);
    if (found === undefined) {
      if (this.state.statements.length >= ACCOUNTS_MAX) return this.#refuseAccounts(row);
      found = openStatement(this.state.statements.length, { number, currency, line: row.line });
      this.state.statements.push(found);
      this.#out.push({
        type: "statement",
        ordinal: found.ordinal,
        externalAccountId: number,
        currency,
        asOfOn: null,
        asOfTime: null,
        coveredFrom: null,
        coveredTo: null,
        kind: "final",
        groupStatus: null,
        place: { line: row.line, lineEnd: row.lineEnd, byteOffset: row.byteOffset, byteEnd: row.byteEnd },
      });
    }
    this.#statement = found;
    this.state.current = found.ordinal;
    this.#account = account;
    return found;
  }

  #refuseAccounts(row: Row): null {
    this.state.isRefused = true;
    this.report({
      code: "too_many_accounts",
      line: row.line,
      expected: `at most ${ACCOUNTS_MAX} accounts`,
      message: `The account column names more than ${ACCOUNTS_MAX} accounts: it probably holds something else. Nothing after this row was read; choose another account column.`,
    });
    return null;
  }

  /** Lines around the table that name its account, or a balance. */
  #noteAround(row: Row): void {
    const { around } = this.state;
    const cells = row.cells();
    if (this.state.statements.length === 0) noteAccount(around, cells);
    const read = (texts: readonly string[]): Minor | null => this.#amounts.readNamed(texts, exponentOf(this.#profile.currency));
    noteBalance(around, this.#profile, { cells, number: row.line, read });
  }

  /** A row of the table that only names a balance (`Balance brought forward`): no money moved. */
  #isBalance(row: Row): boolean {
    if (this.#amounts.reason !== null || this.#columns.balanceIndex === -1) return false;
    const which = balanceNamedIn(row.cells());
    const minor = which === null ? null : this.#amounts.readBalance(row, this.#exponent);
    if (which === null || minor === null) return false;
    const date = this.#columns.postedIndex === -1 ? null : row.text(this.#columns.postedIndex).trim();
    noteNamed(this.state.around, this.#profile, { named: { which, date }, minor, line: row.line });
    this.#noteOnce("summary_row", row, "info", "A summary line: it is no movement, and nothing is booked for it.");
    return true;
  }

  end(last: { line: number; byteOffset: number }): void {
    for (const statement of this.state.statements) this.#out.push(...endStatement(statement, this.state, last));
    if (this.state.movements === 0 && !this.state.isRefused) {
      this.report({
        code: "no_movements",
        severity: this.state.problemCount > 0 ? "error" : "warning",
        message: "The file has no row with a movement. If it should have some, check that the columns were understood.",
      });
    }
  }

  report(draft: Pick<Problem, "code" | "message"> & Partial<Problem>): void {
    this.state.problemCount += 1;
    if (this.state.problemCount > PROBLEMS_MAX) return;
    const found = this.state.problemCount === PROBLEMS_MAX ? TOO_MANY(draft.line ?? null) : problem(draft);
    this.#out.push({ type: "problem", statement: this.#statement?.ordinal ?? null, problem: found });
  }

  #noteOnce(code: string, row: Row, severity: "info" | "warning", message: string): void {
    this.report({ code, severity, line: row.line, record: `row ${row.number}`, message });
  }

  #warnQuotes(row: Row): void {
    const message = `Row ${row.number} has a quote in the midst of a cell, so that its cells may be cut wrongly. Compare it with the bank's own display.`;
    this.#noteOnce("malformed_quotes", row, "warning", message);
  }

  #reportDate(row: Row): void {
    const { postedOn, postedIndex } = this.#columns;
    if (postedOn?.isBlank ?? true) this.#reportCell(row, postedIndex, "date_missing", "the cell is empty", "error");
    else this.#reportCell(row, postedIndex, "date_unreadable", `it is no day written as ${postedOn?.pattern ?? ""}`, "error");
  }

  #reportAmount(row: Row): void {
    const { reason, reasonIndex } = this.#amounts;
    if (reason === null) this.#reportCell(row, reasonIndex, "amount_missing", "the cell is empty", "error");
    else this.#reportCell(row, reasonIndex, reason.includes("decimals") ? "amount_too_precise" : "amount_unreadable", reason, "error");
  }

  /** Row, column, value and reason: all that a person needs to mend it. */
  #reportCell(row: Row, index: number, code: string, reason: string, severity: "error" | "warning"): void {
    const name = this.#profile.columns.find((column) => column.index === index)?.name ?? null;
    const value = index === -1 ? null : row.text(index).trim();
    this.report({
      code,
      severity,
      line: row.line,
      record: `row ${row.number}`,
      field: name,
      value,
      message: `Row ${row.number}, column "${name ?? "?"}": ${value === "" || value === null ? "" : `"${value.slice(0, 80)}" cannot be read: `}${reason}. Mend the file or the column's setting.`,
    });
  }
}

const TOO_MANY = (line: number | null): Problem =>
  problem({
    code: "too_many_problems",
    line,
    message: `The file has more than ${PROBLEMS_MAX} problems; those after this row are not listed. Check that its columns were understood.`,
  });

const signOf = (minor: Minor | null): "credit" | "debit" | null => (minor === null ? null : minor.startsWith("-") ? "debit" : "credit");

function isBlank(row: Row): boolean {
  for (let index = 0; index < row.count; index += 1) {
    if ((row.ends[index] ?? 0) > (row.starts[index] ?? 0) && BLANK.exec(row.text(index)) === null) return false;
  }
  return true;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and the end-of-file mark 0x1A are blanks here.
const BLANK = /^[\s\u0000\u001a]*$/;

function firstText(row: Row): string {
  for (let index = 0; index < row.count; index += 1) {
    const text = row.text(index).trim();
    if (text !== "") return text;
  }
  return "";
}
