/** Gathers a parser's records into the one object that `inspect --json` prints. Never decides what a record means. */
import { createHash } from "node:crypto";
import type { Problem } from "../../src/domain/problem.ts";
import type { ProofCheck, StatementRecord } from "../../src/domain/record.ts";
import type { FormatId } from "../../src/formats/format.ts";

export interface InspectedBalance {
  type_code: string;
  amount_minor: string | null;
  currency: string | null;
  as_of: string | null;
  item_count: number | null;
  funds_type: string | null;
}

export interface InspectedTransaction {
  amount_minor: string | null;
  currency: string | null;
  posted_on: string | null;
  value_on: string | null;
  type_code: string;
  funds_type: string | null;
  bank_reference: string | null;
  customer_reference: string | null;
  description: string;
  external_transaction_id: string | null;
  is_pending: boolean;
  line: number;
}

export interface InspectedAccount {
  external_account_id: string | null;
  currency: string | null;
  line: number;
  as_of: string | null;
  kind: string;
  group_status: number | null;
  /** Of an archive: the file in it. */
  member?: string;
  balances: InspectedBalance[];
  transactions: InspectedTransaction[];
}

export interface InspectedProof {
  external_account_id: string | null;
  line: number | null;
  check: string;
  expected: string | null;
  actual: string | null;
  ok: boolean | null;
  note: string | null;
}

export interface InspectedFile {
  format: FormatId | null;
  file_name: string;
  size_bytes: number;
  sha256: string;
  accounts: InspectedAccount[];
  problems: Problem[];
  proof: InspectedProof[];
}

export class Inspection {
  readonly #format: FormatId | null;
  readonly #fileName: string;
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;
  #sha256: string | null = null;
  readonly #accounts: InspectedAccount[] = [];
  readonly #problems: Problem[] = [];
  readonly #proof: InspectedProof[] = [];

  constructor({ format, fileName }: { format: FormatId | null; fileName: string }) {
    this.#format = format;
    this.#fileName = fileName;
  }

  get hasErrors(): boolean {
    return this.#problems.some((problem) => problem.severity === "error");
  }

  addBytes(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    this.#hash.update(chunk);
  }

  add(records: readonly StatementRecord[]): void {
    for (const record of records) this.#addRecord(record);
  }

  toJson(): InspectedFile {
    this.#sha256 ??= this.#hash.digest("hex");
    return {
      format: this.#format,
      file_name: this.#fileName,
      size_bytes: this.#sizeBytes,
      sha256: this.#sha256,
      accounts: this.#accounts,
      problems: this.#problems,
      proof: this.#proof,
    };
  }

  #addRecord(record: StatementRecord): void {
    const account = this.#accounts.at(-1);
    switch (record.type) {
      case "statement":
        this.#accounts.push({
          external_account_id: record.externalAccountId,
          currency: record.currency,
          line: record.place.line,
          as_of: record.asOfOn,
          kind: record.kind,
          group_status: record.groupStatus,
          ...(record.member === undefined ? {} : { member: record.member }),
          balances: [],
          transactions: [],
        });
        return;
      case "balance":
        account?.balances.push({
          type_code: record.typeCode,
          amount_minor: record.amountMinor,
          currency: record.currency,
          as_of: record.asOfOn,
          item_count: record.itemCount,
          funds_type: record.fundsType,
        });
        return;
      case "transaction":
        account?.transactions.push({
          amount_minor: record.amountMinor,
          currency: record.currency,
          posted_on: record.postedOn,
          value_on: record.valueOn,
          type_code: record.typeCode,
          funds_type: record.fundsType,
          bank_reference: record.bankReference,
          customer_reference: record.customerReference,
          description: record.description,
          external_transaction_id: record.externalTransactionId,
          is_pending: record.isPending,
          line: record.place.line,
        });
        return;
      case "statement_end":
        if (account !== undefined && record.asOfOn !== undefined) account.as_of = record.asOfOn;
        for (const check of record.proof) this.#addProof(account?.external_account_id ?? null, check);
        return;
      case "check":
        this.#addProof(null, record.check);
        return;
      case "problem":
        this.#problems.push(record.problem);
        return;
      case "removal":
        return;
      default:
        assertNever(record);
    }
  }

  #addProof(externalAccountId: string | null, { check, expected, actual, ok, line, note }: ProofCheck): void {
    this.#proof.push({ external_account_id: externalAccountId, line, check, expected, actual, ok, note });
  }
}

function assertNever(record: never): never {
  throw new Error(`A record of an unknown type: ${JSON.stringify(record)}`);
}
