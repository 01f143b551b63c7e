/** Gathers a page's records: each account's statement with its sums, rows with their places in the stored bytes. Decides no sign and no amount. */
import { addMinor, negateMinor } from "../../domain/money.ts";
import type { PageHead } from "../../domain/page.ts";
import { type Problem, problem } from "../../domain/problem.ts";
import type { BalanceRecord, Day, Place, StatementRecord, StatementStart, TransactionRecord } from "../../domain/record.ts";
import type { JsonNode } from "./json-node.ts";

/** 4,000 characters, as every format keeps of a record (domain/record.ts). */
const RAW_CHARS_MAX = 4_000;

export interface AccountOfPage {
  id: string;
  name: string | null;
  lastFour: string | null;
  currency: string | null;
}

/** A movement as a reader knows it; what it leaves out is empty. `amountMinor` is signed, positive is into the account. */
export type MovementOfPage = Pick<TransactionRecord, "amountMinor" | "postedOn" | "description" | "externalTransactionId" | "isPending"> &
  Partial<Pick<TransactionRecord, "currency" | "valueOn" | "typeCode" | "bankReference" | "customerReference" | "replacesExternalId">>;

interface OpenStatement {
  start: StatementStart;
  firstOn: Day | null;
  lastOn: Day | null;
  creditsMinor: string;
  debitsMinor: string;
  count: number;
}

export class PageWriter {
  readonly #body: string;
  readonly #head: PageHead;
  readonly #headBytes: number;
  readonly #records: StatementRecord[] = [];
  readonly #statements = new Map<string, OpenStatement>();
  /** How far places were counted: characters of the body, with their bytes and lines. */
  #counted = { at: 0, bytes: 0, line: 2 };

  constructor(headLine: string, body: string, head: PageHead) {
    this.#body = body;
    this.#head = head;
    this.#headBytes = utf8Bytes(headLine);
  }

  /** The ordinal of the account's statement in this page, begun at its first mention. One account in two currencies is two statements. */
  statement(account: AccountOfPage): number {
    const key = `${account.id}\u001f${account.currency ?? ""}`;
    const open = this.#statements.get(key) ?? this.#begin(key, account);
    return open.start.ordinal;
  }

  /** A balance at the moment the page was fetched, or at the instant `asOfAt` that the provider names. `amountMinor` null: the provider does not know it. */
  balance(
    statement: number,
    balance: { typeCode: string; amountMinor: string | null; currency: string | null; asOfAt?: string },
    node: JsonNode,
  ): void {
    const asOfAt = balance.asOfAt ?? this.#head.fetched_at;
    const record: BalanceRecord = {
      type: "balance",
      statement,
      typeCode: balance.typeCode,
      level: "status",
      sign: null,
      amountMinor: balance.amountMinor,
      currency: balance.currency,
      asOfOn: asOfAt.slice(0, 10),
      asOfTime: null,
      asOfAt,
      itemCount: null,
      fundsType: null,
      line: this.placeOf(node).line,
    };
    this.#records.push(record);
  }

  transaction(statement: number, movement: MovementOfPage, node: JsonNode): void {
    const open = this.#byOrdinal(statement);
    const { amountMinor, postedOn } = movement;
    open.count += 1;
    if (amountMinor?.startsWith("-")) open.debitsMinor = addMinor(open.debitsMinor, negateMinor(amountMinor));
    else if (amountMinor !== null) open.creditsMinor = addMinor(open.creditsMinor, amountMinor);
    if (postedOn !== null) {
      if (open.firstOn === null || postedOn < open.firstOn) open.firstOn = postedOn;
      if (open.lastOn === null || postedOn > open.lastOn) open.lastOn = postedOn;
    }
    this.#records.push({
      type: "transaction",
      statement,
      amountMinor,
      currency: movement.currency ?? open.start.currency,
      postedOn,
      valueOn: movement.valueOn ?? null,
      typeCode: movement.typeCode ?? "",
      sign: amountMinor === null ? null : amountMinor.startsWith("-") ? "debit" : "credit",
      fundsType: null,
      bankReference: movement.bankReference ?? null,
      customerReference: movement.customerReference ?? null,
      description: movement.description,
      externalTransactionId: movement.externalTransactionId,
      ...(movement.replacesExternalId === undefined ? {} : { replacesExternalId: movement.replacesExternalId }),
      isPending: movement.isPending,
      raw: node.source.slice(0, RAW_CHARS_MAX),
      place: this.placeOf(node),
    });
  }

  /** The source says that a movement it gave earlier is gone. */
  removal(statement: number, externalTransactionId: string, node: JsonNode): void {
    this.#records.push({ type: "removal", statement, externalTransactionId, line: this.placeOf(node).line });
  }

  /** `statement` null: of the whole page. `node`: where it stands. */
  problem(statement: number | null, draft: Parameters<typeof problem>[0], node: JsonNode | null): Problem {
    const found = problem({ ...draft, line: draft.line ?? (node === null ? 2 : this.placeOf(node).line) });
    this.#records.push({ type: "problem", statement, problem: found });
    return found;
  }

  /** Everything, with each statement's end; to be called once. */
  finish(): StatementRecord[] {
    const last = this.#lastPlace();
    for (const open of this.#statements.values()) {
      this.#records.push({
        type: "statement_end",
        statement: open.start.ordinal,
        lineEnd: last.line,
        byteEnd: last.bytes,
        asOfOn: open.start.asOfOn ?? this.#head.fetched_at.slice(0, 10),
        ...(open.firstOn === null || open.lastOn === null ? {} : { covered: { from: open.firstOn, to: open.lastOn } }),
        // A page of changes says nothing about what was there before: there is nothing to prove.
        proof: [],
        openingMinor: null,
        closingMinor: null,
        creditsMinor: open.creditsMinor,
        debitsMinor: open.debitsMinor,
        transactionCount: open.count,
      });
    }
    return this.#records;
  }

  /** Lines count from 1, bytes from 0, in the stored page with its head. Cheapest in document order. */
  placeOf(node: JsonNode): Place {
    const from = this.#count(node.from);
    const start = { line: from.line, byteOffset: from.bytes };
    const to = this.#count(node.to);
    return { line: start.line, lineEnd: to.line, byteOffset: start.byteOffset, byteEnd: to.bytes };
  }

  #begin(key: string, account: AccountOfPage): OpenStatement {
    const asOfOn = this.#head.fetched_at.slice(0, 10);
    const start: StatementStart = {
      type: "statement",
      ordinal: this.#statements.size,
      externalAccountId: account.id,
      currency: account.currency,
      asOfOn,
      asOfTime: null,
      coveredFrom: null,
      coveredTo: null,
      kind: "delta",
      groupStatus: null,
      provider: { accountName: account.name, lastFour: account.lastFour },
      place: { line: 2, lineEnd: 2, byteOffset: this.#headBytes, byteEnd: this.#headBytes },
    };
    const open: OpenStatement = { start, firstOn: null, lastOn: null, creditsMinor: "0", debitsMinor: "0", count: 0 };
    this.#statements.set(key, open);
    this.#records.push(start);
    return open;
  }

  #byOrdinal(ordinal: number): OpenStatement {
    for (const open of this.#statements.values()) if (open.start.ordinal === ordinal) return open;
    throw new Error(`A movement names statement ${ordinal}, which the page has not begun.`);
  }

  #lastPlace(): { line: number; bytes: number } {
    return this.#count(this.#body.length);
  }

  #count(at: number): { line: number; bytes: number } {
    if (at < this.#counted.at) this.#counted = { at: 0, bytes: 0, line: 2 };
    const passed = this.#body.slice(this.#counted.at, at);
    this.#counted = { at, bytes: this.#counted.bytes + utf8Bytes(passed), line: this.#counted.line + (passed.split("\n").length - 1) };
    return { line: this.#counted.line, bytes: this.#headBytes + this.#counted.bytes };
  }
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // Each half of a surrogate pair counts two of its four bytes.
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3;
  }
  return bytes;
}
