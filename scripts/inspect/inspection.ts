/** Gathers a parser's records into the one object that `inspect --json` prints. Never decides what a record means. */
import { createHash } from "node:crypto";
import { type Problem, problem } from "../../src/domain/problem.ts";
import type { Inference, Question, Reading } from "../../src/domain/profile.ts";
import type { ProofCheck, StatementRecord } from "../../src/domain/record.ts";
import type { FormatId, MemberShape } from "../../src/formats/format.ts";

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
  /** Only of formats whose columns are inferred: what each was read as, why, and the profile that says all of it. */
  inference?: Inference[];
  profile?: Reading["profile"];
  signature?: string;
  /** Only of an archive with files whose columns are inferred: the same, once for all files of a shape. */
  members?: InspectedShape[];
  accounts: InspectedAccount[];
  problems: Problem[];
  proof: InspectedProof[];
}

export interface InspectedShape {
  format: FormatId;
  signature: string;
  files: string[];
  inference: Inference[];
  profile: Reading["profile"];
}

export class Inspection {
  readonly #format: FormatId | null;
  readonly fileName: string;
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;
  #sha256: string | null = null;
  #reading: Reading | null = null;
  #shapes: InspectedShape[] = [];
  readonly #accounts: InspectedAccount[] = [];
  /** By the statement's number: several may be open at once. */
  readonly #byOrdinal = new Map<number, InspectedAccount>();
  readonly #problems: Problem[] = [];
  readonly #proof: InspectedProof[] = [];

  constructor({ format, fileName }: { format: FormatId | null; fileName: string }) {
    this.#format = format;
    this.fileName = fileName;
  }

  get hasErrors(): boolean {
    return this.#problems.some((problem) => problem.severity === "error");
  }

  addBytes(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    this.#hash.update(chunk);
  }

  /** What is still open is an error each: nothing is imported while one is. */
  addReading(reading: Reading): void {
    this.#reading = reading;
    this.#problems.push(...reading.questions.map(ambiguous), ...reading.changed.map(changed));
  }

  /** As `addReading`, of each shape in an archive. */
  addShapes(shapes: readonly MemberShape[]): void {
    this.#shapes = shapes.map(({ format, members, reading: { signature, inference, profile } }) => ({
      format,
      signature,
      files: members,
      inference,
      profile,
    }));
    for (const { reading } of shapes) this.#problems.push(...reading.questions.map(ambiguous), ...reading.changed.map(changed));
  }

  add(records: readonly StatementRecord[]): void {
    for (const record of records) this.#addRecord(record);
  }

  toJson(): InspectedFile {
    this.#sha256 ??= this.#hash.digest("hex");
    return {
      format: this.#format,
      file_name: this.fileName,
      size_bytes: this.#sizeBytes,
      sha256: this.#sha256,
      ...(this.#reading === null ? {} : { inference: this.#reading.inference, profile: this.#reading.profile, signature: this.#reading.signature }),
      ...(this.#shapes.length === 0 ? {} : { members: this.#shapes }),
      accounts: this.#accounts,
      problems: this.#problems,
      proof: this.#proof,
    };
  }

  #addRecord(record: StatementRecord): void {
    const account = "statement" in record && record.statement !== null ? this.#byOrdinal.get(record.statement) : undefined;
    switch (record.type) {
      case "statement":
        this.#begin(
          {
            external_account_id: record.externalAccountId,
            currency: record.currency,
            line: record.place.line,
            as_of: record.asOfOn,
            kind: record.kind,
            group_status: record.groupStatus,
            ...(record.member === undefined ? {} : { member: record.member }),
            balances: [],
            transactions: [],
          },
          record.ordinal,
        );
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
        if (account !== undefined) account.as_of = record.asOfOn ?? account.as_of ?? record.covered?.to ?? null;
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

  #begin(account: InspectedAccount, ordinal: number): void {
    this.#accounts.push(account);
    this.#byOrdinal.set(ordinal, account);
  }

  #addProof(externalAccountId: string | null, { check, expected, actual, ok, line, note }: ProofCheck): void {
    this.#proof.push({ external_account_id: externalAccountId, line, check, expected, actual, ok, note });
  }
}

function ambiguous(question: Question): Problem {
  const choices = question.choices.map(({ reading, sample: [first] }) =>
    first === undefined ? reading : `${reading} (${first.value} is ${first.becomes})`,
  );
  return problem({
    code: "ambiguous_column",
    field: question.columns.join(", "),
    expected: question.choices.map(({ reading }) => reading).join(" or "),
    message: `${question.message}${choices.length === 0 ? "" : ` Left: ${choices.join("; ")}.`} Answer it with --profile.`,
  });
}

const changed = (message: string): Problem => problem({ severity: "warning", code: "profile_changed", message });

function assertNever(record: never): never {
  throw new Error(`A record of an unknown type: ${JSON.stringify(record)}`);
}
