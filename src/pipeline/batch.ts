/** A batch of parsed records on its way into staging: gathered in memory, written with its checkpoint in one transaction. */
import { balanceProblem, normalizeTransaction } from "../domain/normalize.ts";
import type { Problem } from "../domain/problem.ts";
import type {
  BalanceRecord,
  EnvelopeCheck,
  RemovalRecord,
  StatementEnd,
  StatementRecord,
  StatementStart,
  TransactionRecord,
} from "../domain/record.ts";
import type { Checkpoint } from "../formats/format.ts";
import { moveCheckpoint } from "../store/files.ts";
import { LeaseLost } from "../store/lease.ts";
import type { StageWork } from "../store/stage.ts";
import { type BatchRows, stageBatch } from "../store/stage-batch.ts";
import { StagedWire } from "../store/staged-wire.ts";
import { type BatchScope, type ExternalAccount, insertMappings, unknownAccounts } from "../store/staging.ts";
import { lastFour, lookupHash, normalizeAccountNumber, seal } from "../store/vault.ts";

/**
 * 8,000 rows of 0.5 KB, or 4 MiB on the wire where they are longer: the sweet spot measured between round trips and memory. The driver copies what it sends four times, and
 * the next batch grows beside it: below 30 MB of an isolate's 128.
 */
const BATCH_ROWS_MAX = 8_000;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;

/** 4 MiB of the file: a long one without rows still moves its checkpoint. */
const BATCH_READ_BYTES_MAX = 4 * 1024 * 1024;

/** A problem row is worth reading up to here; what a hostile file repeats beyond it is counted, not kept. */
const PROBLEMS_A_BATCH_MAX = 2_000;

export interface Position {
  offset: number;
  seq: number;
}

/** What rows need to know of the statement they stand in, before it has an id. */
interface StatementFacts {
  currency: string | null;
  groupStatus: number | null;
}

/** Records between two commits. Rows are made ready as they come, while the batch before still lands. */
export class Batch {
  starts: StatementStart[] = [];
  readonly wire: StagedWire;
  /** Notes that messages leave, each with its place among the movements, from 1. */
  messages: { place: number; statement: number; problem: Problem }[] = [];
  balances: BalanceRecord[] = [];
  ends: StatementEnd[] = [];
  checks: EnvelopeCheck[] = [];
  problems: { statement: number | null; problem: Problem }[] = [];
  removals: RemovalRecord[] = [];
  /** Ids that movements had before they were booked, each with the movement's place. */
  replacements: { place: number; externalTransactionId: string }[] = [];
  /** Movements with a place of their own: rows and messages. */
  movements = 0;
  fetched = 0;
  failed = 0;
  #readBytes = 0;
  /** Statements by ordinal: those begun here, and those that were open before. */
  readonly #facts = new Map<number, StatementFacts>();

  /** The buffer of the batch before. */
  #lent: StagedWire["buffer"] | undefined;

  constructor(open: Iterable<StatementFacts & { ordinal: number }>, buffer?: StagedWire["buffer"]) {
    this.wire = new StagedWire(buffer);
    for (const statement of open) this.#facts.set(statement.ordinal, statement);
  }

  /**
   * The next one, in which statements that have not ended go on, and what comes behind the newest one's end. This one is committed, so that the one before it
   * has landed: its buffer is free.
   */
  next(): Batch {
    const open = [...stillOpen(this.#facts, this.ends)].map(([ordinal, facts]) => ({ ordinal, ...facts }));
    const next = new Batch(open, this.#lent);
    next.#lent = this.wire.buffer;
    return next;
  }

  get isFull(): boolean {
    return this.fetched >= BATCH_ROWS_MAX || this.wire.sizeBytes >= BATCH_BYTES_MAX || this.#readBytes >= BATCH_READ_BYTES_MAX;
  }

  /** What a chunk of so many bytes gave. */
  add(records: StatementRecord[], chunkBytes: number): void {
    this.#readBytes += chunkBytes;
    for (const record of records) {
      if (record.type === "transaction") this.#addMovement(record);
      else if (record.type === "balance") this.balances.push(record);
      else if (record.type === "statement") {
        this.starts.push(record);
        this.#facts.set(record.ordinal, record);
      } else if (record.type === "statement_end") this.ends.push(record);
      else if (record.type === "check") this.checks.push(record);
      else if (record.type === "problem") this.problems.push(record);
      else if (record.type === "removal") this.removals.push(record);
    }
  }

  /** Group status 4 is a test: parsed and proven, never planned. */
  isTest(statement: number): boolean {
    return known(this.#facts.get(statement), "statement").groupStatus === 4;
  }

  #addMovement(record: TransactionRecord): void {
    this.fetched += 1;
    if (this.isTest(record.statement)) return;
    const row = normalizeTransaction(record, known(this.#facts.get(record.statement), "statement").currency);
    this.movements += 1;
    if ("message" in row) this.messages.push({ place: this.movements, statement: record.statement, problem: row.message });
    else this.wire.add({ place: this.movements, row, record });
    if ("invalid" in row && row.invalid) this.failed += 1;
    const { replacesExternalId } = record;
    if (replacesExternalId !== undefined) this.replacements.push({ place: this.movements, externalTransactionId: replacesExternalId });
  }
}

/**
 * Commits batches one after the other, each behind the fence and with its checkpoint in one transaction. One batch lands while the next is read: what a
 * commit throws is thrown by the next call, and `settled` has to be awaited before the connection is used for anything else.
 */
export class Landing {
  readonly #work: StageWork;
  readonly #scope: BatchScope;
  #position: Position;
  #flight: Promise<void> = Promise.resolve();
  /** Accounts met in this file, by number and currency; a mapping exists for each once its batch has landed. */
  readonly #accounts: Accounts = new Map();

  constructor(start: { work: StageWork; scope: BatchScope; position: Position }) {
    this.#work = start.work;
    this.#scope = start.scope;
    this.#position = start.position;
  }

  /** Waits for the batch before, then sets this one on its way: until its rows are sent, so that the database works while the next ones are read. */
  async commit(batch: Batch, checkpoint: Checkpoint<unknown>, done: boolean): Promise<void> {
    await this.#flight;
    const { promise: sent, resolve: onSent } = Promise.withResolvers<void>();
    this.#flight = this.#land({ batch, checkpoint, done, onSent });
    // It is thrown by whoever awaits it next; until then nobody is to call it unhandled.
    await Promise.race([sent, this.#flight.catch(() => undefined)]);
    // The driver sends within this turn of the event loop; reading, which hardly ever waits, would come before it.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  settled(): Promise<void> {
    return this.#flight;
  }

  async #land({ batch, checkpoint, done, onSent }: Flight): Promise<void> {
    const work = this.#work;
    const scope = this.#scope;
    const added = await addAccounts(work, scope, batch.starts, this.#accounts);
    await sealNewAccounts(work, scope, batch.starts, added);
    const { rows, lastSeq } = numbered(batch, this.#position.seq, (start) => known(this.#accounts.get(keyOf(scope, start)), "account"));
    const position = { offset: checkpoint.byteOffset, seq: lastSeq };
    await work.door.tx(async (tx) => {
      await insertMappings(
        tx,
        scope,
        [...added.values()].filter((account) => account.isNew),
      );
      const staged = stageBatch(tx, work.lease, scope, rows);
      onSent();
      await staged;
      const moved = await moveCheckpoint(tx, { rawId: file(scope), from: this.#position, to: { ...position, state: checkpoint.state }, done });
      if (!moved) throw new LeaseLost(work.jobId);
    });
    this.#position = position;
  }
}

interface Flight {
  batch: Batch;
  checkpoint: Checkpoint<unknown>;
  done: boolean;
  /** Called once the rows are on their way to the database. */
  onSent: () => void;
}

function file(scope: BatchScope) {
  // The scope's raw id came from the raw file's own row.
  return scope.rawId as Parameters<typeof moveCheckpoint>[1]["rawId"];
}

type Accounts = Map<string, ExternalAccount>;

/** The account that a statement names; of a file that names none, the file's own. */
function numberOf({ fileAccount }: BatchScope, { externalAccountId, member }: StatementStart): string {
  if (externalAccountId !== null) return externalAccountId;
  return member === undefined || fileAccount.isOfConnection ? fileAccount.number : `${fileAccount.number}/${member}`;
}

/** What a file that names no account is called. */
const nameOf = ({ fileAccount }: BatchScope, { member }: StatementStart): string =>
  member === undefined || fileAccount.isOfConnection ? fileAccount.fileName : `${fileAccount.fileName}: ${member}`;

const keyOf = (scope: BatchScope, start: StatementStart): string => `${numberOf(scope, start)}\u001f${start.currency ?? ""}`;

/** The accounts of `starts` that were not met before in this file; `accounts` knows them from now on. */
async function addAccounts(work: StageWork, scope: BatchScope, starts: StatementStart[], accounts: Accounts): Promise<Accounts> {
  const added: Accounts = new Map();
  for (const start of starts) {
    const number = numberOf(scope, start);
    const key = keyOf(scope, start);
    if (accounts.has(key)) continue;
    const hash = start.provider === undefined ? await lookupHash(work.env, work.tenantId, number) : number;
    const ofFile = start.externalAccountId === null ? nameOf(scope, start) : null;
    const shown = start.provider === undefined ? (ofFile === null ? lastFour(number) : "") : (start.provider.lastFour ?? "");
    const ofProvider = start.provider === undefined ? null : { accountName: start.provider.accountName };
    const identified = scope.identified.get(normalizeAccountNumber(number)) ?? null;
    const account = { hash, lastFour: shown, currency: start.currency, sealed: null, ofFile, ofProvider, identified, isNew: false };
    accounts.set(key, account);
    added.set(key, account);
  }
  return added;
}

/** Numbers never seen on this connection are sealed (fresh data key each) before their mapping is written. */
async function sealNewAccounts(work: StageWork, scope: BatchScope, starts: StatementStart[], added: Accounts): Promise<void> {
  if (added.size === 0) return;
  const unknown = new Set(await work.door.tx((tx) => unknownAccounts(tx, scope.connectionId, [...added.values()])));
  for (const start of starts) {
    const account = added.get(keyOf(scope, start));
    if (account === undefined || !unknown.has(account) || account.isNew) continue;
    account.isNew = true;
    // Where no number was given there is none to keep, and none by which another connection's account could be found.
    if (account.ofFile !== null || account.ofProvider !== null) continue;
    account.sealed = await seal(work.env, { tenantId: work.tenantId, record: `account:${account.hash}` }, numberOf(scope, start));
  }
}

/** The rows in the file's order, each with its number after `from`: movements, balances, problems. */
function numbered(batch: Batch, from: number, accountOf: (start: StatementStart) => ExternalAccount): { rows: BatchRows; lastSeq: number } {
  const problems: BatchRows["problems"] = batch.messages.map(({ place, ...message }) => ({ seq: from + place, ...message }));
  const balances: BatchRows["balances"] = [];
  let seq = from + batch.movements;
  for (const balance of batch.balances) {
    if (batch.isTest(balance.statement)) continue;
    seq += 1;
    const problem = balanceProblem(balance);
    if (problem === null) balances.push({ seq, balance });
    else problems.push({ seq, statement: balance.statement, problem });
  }
  for (const { statement, problem } of batch.problems.slice(0, PROBLEMS_A_BATCH_MAX)) problems.push({ seq: ++seq, statement, problem });
  const removals = batch.removals.map((removal) => ({ seq: ++seq, removal }));
  const replacements = batch.replacements.map(({ place, externalTransactionId }) => ({ seq: from + place, externalTransactionId }));
  const starts = batch.starts.map((start) => ({ start, account: accountOf(start) }));
  const { ends, wire, fetched, failed, checks } = batch;
  return { rows: { starts, ends, wire, from, balances, problems, removals, replacements, fetched, failed, checks }, lastSeq: seq };
}

/** The statements that have not ended, as those of a CSV with several accounts, and the newest in any case. */
function stillOpen<T>(statements: ReadonlyMap<number, T>, ends: readonly StatementEnd[]): Map<number, T> {
  const ended = new Set(ends.map((end) => end.statement));
  const newest = [...statements.keys()].reduce((last, ordinal) => Math.max(last, ordinal), -1);
  return new Map([...statements].filter(([ordinal]) => ordinal === newest || !ended.has(ordinal)));
}

function known<T>(value: T | undefined, noun: string): T {
  if (value === undefined) throw new Error(`A record names a ${noun} that the file has not begun.`);
  return value;
}
