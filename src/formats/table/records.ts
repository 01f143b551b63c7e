/** Rows of a table, read by a complete profile, become records: one statement an account and currency. Never infers; what it cannot read it names. */
import { addMinor, exponentOf, isCurrency } from "../../domain/money.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Day, Minor, StatementRecord, TransactionRecord } from "../../domain/record.ts";
import { figureOf } from "./amount-cell.ts";
import { AmountReader } from "./amounts.ts";
import { addToChain } from "./chain.ts";
import { ColumnMap } from "./columns.ts";
import { TableFindings } from "./findings.ts";
import { balanceNamedIn } from "./preamble.ts";
import type { Row } from "./row.ts";
import type { CellScanner } from "./scanner.ts";
import type { TableState } from "./state.ts";
import { countFee, countMovement, endStatement, openStatement, type StatementState } from "./statement.ts";
import { accountOf, noteAccount, noteBalance, noteNamed } from "./surroundings.ts";
import { CLOSING, OPENING, wordsOf } from "./words.ts";

/** 1,000 accounts in one file: more is an account column that holds something else. */
export const ACCOUNTS_MAX = 1_000;
const RAW_CHARS_MAX = 4_000;

export class TableReader {
  readonly state: TableState;
  readonly #profile: Profile;
  readonly #columns: ColumnMap;
  readonly #amounts: AmountReader;
  readonly #findings: TableFindings;
  readonly #summaryWords: ReadonlySet<string>;
  readonly #hasAccounts: boolean;
  #statement: StatementState | null = null;
  #account = "";
  #currency: string | null = null;
  /** Undefined until the first row. */
  #currencyText: string | null | undefined = undefined;
  #exponent = 2;

  constructor(profile: Profile, state: TableState) {
    this.state = state;
    this.#profile = profile;
    this.#columns = new ColumnMap(profile);
    this.#amounts = new AmountReader(this.#columns);
    this.#findings = new TableFindings(profile, state);
    this.#hasAccounts = profile.columns.some(({ role }) => role === "account" || role === "account_name");
    this.#summaryWords = new Set(profile.summary_words.map(wordsOf));
    const current = state.statements.find(({ ordinal }) => ordinal === state.current);
    if (current !== undefined) this.#goTo(current, current.number ?? "");
  }

  /** By column: what reads its cells where they stand, for the format that cuts the rows. */
  scanners(): (CellScanner | null)[] {
    const found = [...this.#columns.scanners(), ...this.#amounts.scanners()];
    const scanners: (CellScanner | null)[] = Array.from({ length: Math.max(0, ...found.map(({ index }) => index + 1)) }, () => null);
    for (const { index, cells } of found) scanners[index] = cells;
    return scanners;
  }

  takeOut(): StatementRecord[] {
    return this.#findings.takeOut();
  }

  report(draft: Pick<Problem, "code" | "message"> & Partial<Problem>): void {
    this.#findings.report(draft);
  }

  /** The next row of the file, also those before the table. */
  row(row: Row): void {
    if (this.state.isRefused) return;
    if (row.number < this.#profile.first_row) {
      if (row.number !== this.#profile.header_row) this.#noteAround(row);
      return;
    }
    const postedOn = this.#columns.postedOn?.read(row) ?? null;
    if (postedOn === null && (row.isBlank() || !this.#isMovement(row))) return;
    this.#movement(row, postedOn);
  }

  /** A row without a readable day: a movement all the same where it has a figure and is no summary. */
  #isMovement(row: Row): boolean {
    const begins = wordsOf(row.firstText());
    const [word = ""] = begins.split(" ");
    const isSummary = this.#summaryWords.has(word) || OPENING.test(begins) || CLOSING.test(begins);
    if (!isSummary && this.#amounts.hasFigure(row)) return true;
    this.#noteAround(row);
    if (isSummary) this.#findings.noteSummary(row);
    else this.#findings.warnUnread(row);
    return false;
  }

  #movement(row: Row, postedOn: Day | null): void {
    const columns = this.#columns;
    const amounts = this.#amounts;
    if (row.isMalformed) this.#findings.warnQuotes(row);
    const standing = columns.state(row);
    if (standing === "void") {
      this.#findings.noteVoid(row);
      return;
    }
    const hasCurrency = this.#readCurrency(row);
    const amountMinor = hasCurrency ? amounts.read(row, this.#exponent) : null;
    const currency = hasCurrency ? (amounts.currency ?? this.#currency) : this.#currency;
    if (amountMinor === null && hasCurrency && this.#isBalance(row)) return;
    const statement = this.#statementOf(row, currency);
    if (statement === null) return;
    if (postedOn === null) this.#reportDate(row);
    if (amountMinor === null && hasCurrency) this.#reportAmount(row);
    const balance = amounts.readBalance(row, this.#exponent);
    if (amounts.balanceReason !== null)
      this.#findings.reportCell(row, columns.balanceIndex, "balance_unreadable", { reason: amounts.balanceReason, severity: "warning" });
    const isPending = standing === "pending";
    const record: TransactionRecord = {
      type: "transaction",
      statement: statement.ordinal,
      amountMinor,
      currency,
      postedOn,
      valueOn: columns.valueOn === null ? null : columns.valueOn.read(row),
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
    this.#findings.out.push(record);
    this.state.movements += 1;
    const figure = amountMinor === null ? Number.NaN : amounts.figure;
    countMovement(statement, record, figure);
    const moved = columns.feeIndex === -1 ? figure : this.#fee(row, statement, record, figure);
    // What is pending and names no balance has not moved it yet.
    if (columns.balanceIndex !== -1 && !(isPending && balance === null)) addToChain(statement.chain, moved, balance, row);
  }

  /** A fee besides the amount becomes a movement of its own; answers what the row moves in all, as an exact number. */
  #fee(row: Row, statement: StatementState, record: TransactionRecord, figure: number): number {
    const amounts = this.#amounts;
    const fee = amounts.readFee(row, this.#exponent);
    if (fee !== null && fee !== "0") {
      const description = `${record.description} (fee)`.trim();
      this.#findings.out.push({ ...record, amountMinor: fee, sign: signOf(fee), description, typeCode: "FEE", externalTransactionId: null });
      countFee(statement, fee);
    }
    if (amounts.feeReason !== null) this.#findings.reportCell(row, this.#columns.feeIndex, "amount_unreadable", { reason: amounts.feeReason });
    return fee === null || fee === "0" || record.amountMinor === null ? figure : figureOf(addMinor(record.amountMinor, fee));
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
      this.#findings.reportCell(row, this.#columns.currencyIndex, "currency_unknown", { reason: "it is no currency of ISO 4217" });
    }
    return isKnown;
  }

  #statementOf(row: Row, currency: string | null): StatementState | null {
    const account = this.#columns.account(row);
    const current = this.#statement;
    if (current !== null && current.currency === currency && this.#account === account) return current;
    const { statements, around } = this.state;
    const number = account === "" ? (this.#hasAccounts ? null : accountOf(around)) : account;
    let found = statements.find((one) => one.number === number && one.currency === currency);
    if (found === undefined) {
      if (statements.length >= ACCOUNTS_MAX) return this.#refuseAccounts(row);
      found = openStatement(statements.length, { number, currency, line: row.line });
      statements.push(found);
      this.#findings.out.push({
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
    this.#goTo(found, account);
    return found;
  }

  #goTo(statement: StatementState, account: string): void {
    this.#statement = statement;
    this.#account = account;
    this.state.current = statement.ordinal;
    this.#findings.statement = statement.ordinal;
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
    const figure = which === null ? null : this.#amounts.readBalance(row, this.#exponent);
    if (which === null || figure === null || Number.isNaN(figure)) return false;
    const date = this.#columns.postedIndex === -1 ? null : row.text(this.#columns.postedIndex).trim();
    noteNamed(this.state.around, this.#profile, { named: { which, date }, minor: `${figure}`, line: row.line });
    this.#findings.noteSummary(row);
    return true;
  }

  end(last: { line: number; byteOffset: number }): void {
    for (const statement of this.state.statements) this.#findings.out.push(...endStatement(statement, this.state, last));
    if (this.state.movements === 0 && !this.state.isRefused) {
      this.report({
        code: "no_movements",
        severity: this.state.problemCount > 0 ? "error" : "warning",
        message: "The file has no row with a movement. If it should have some, check that the columns were understood.",
      });
    }
  }

  #reportDate(row: Row): void {
    const { postedOn, postedIndex } = this.#columns;
    if (postedOn?.isBlank ?? true) this.#findings.reportCell(row, postedIndex, "date_missing", { reason: "the cell is empty" });
    else this.#findings.reportCell(row, postedIndex, "date_unreadable", { reason: `it is no day written as ${postedOn?.pattern ?? ""}` });
  }

  #reportAmount(row: Row): void {
    const { reason, reasonIndex } = this.#amounts;
    if (reason === null) this.#findings.reportCell(row, reasonIndex, "amount_missing", { reason: "the cell is empty" });
    else this.#findings.reportCell(row, reasonIndex, reason.includes("decimals") ? "amount_too_precise" : "amount_unreadable", { reason });
  }
}

const MINUS = 0x2d;
const signOf = (minor: Minor | null): "credit" | "debit" | null => (minor === null ? null : minor.charCodeAt(0) === MINUS ? "debit" : "credit");
