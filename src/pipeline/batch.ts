/** A batch of parsed records on its way into staging: gathered in memory, written with its checkpoint in one transaction. */
import { balanceProblem, normalizeTransaction } from "../domain/normalize.ts";
import type { Problem } from "../domain/problem.ts";
import type { BalanceRecord, EnvelopeCheck, StatementEnd, StatementRecord, StatementStart, TransactionRecord } from "../domain/record.ts";
import type { Checkpoint } from "../formats/format.ts";
import { moveCheckpoint } from "../store/files.ts";
import { holdLease, LeaseLost } from "../store/lease.ts";
import {
  addToJob,
  type BatchScope,
  closeStatements,
  type ExternalAccount,
  insertMappings,
  insertProblems,
  insertStatements,
  type OpenStatement,
  type StagedRow,
  stageBalances,
  stageTransactions,
  unknownAccounts,
} from "../store/staging.ts";
import type { Tx } from "../store/tenant.ts";
import { lastFour, lookupHash, seal } from "../store/vault.ts";
import type { StageWork } from "./stage.ts";

/** 5,000 rows × ~0.5 KB = 2.5 MB a statement: the sweet spot measured between round trips and the driver's comfort. */
export const BATCH_ROWS_MAX = 5_000;

/** A problem row is worth reading up to here; what a hostile file repeats beyond it is counted, not kept. */
const PROBLEMS_A_BATCH_MAX = 2_000;

interface Position {
  offset: number;
  seq: number;
}

/** Records since the last commit. `rows` counts movements, `age` the chunks pushed. */
export class Batch {
  readonly scope: BatchScope;
  position: Position;
  open: OpenStatement | null;
  starts: StatementStart[] = [];
  movements: TransactionRecord[] = [];
  balances: BalanceRecord[] = [];
  ends: StatementEnd[] = [];
  checks: EnvelopeCheck[] = [];
  problems: { statement: number | null; problem: Problem }[] = [];
  age = 0;

  constructor(scope: BatchScope, position: Position, open: OpenStatement | null) {
    this.scope = scope;
    this.position = position;
    this.open = open;
  }

  get rows(): number {
    return this.movements.length;
  }

  add(records: StatementRecord[]): void {
    this.age += 1;
    for (const record of records) {
      if (record.type === "transaction") this.movements.push(record);
      else if (record.type === "balance") this.balances.push(record);
      else if (record.type === "statement") this.starts.push(record);
      else if (record.type === "statement_end") this.ends.push(record);
      else if (record.type === "check") this.checks.push(record);
      else if (record.type === "problem") this.problems.push(record);
      // A removal belongs to an API's delta; no format of files gives one.
      else if (record.type === "removal") throw new Error("A file's format gave a removal.");
    }
  }

  clear(position: Position, open: OpenStatement | null): void {
    this.position = position;
    this.open = open;
    this.starts = [];
    this.movements = [];
    this.balances = [];
    this.ends = [];
    this.checks = [];
    this.problems = [];
    this.age = 0;
  }
}

/** Writes the batch and moves the checkpoint, behind the fence, in one transaction; then the batch is empty again. */
export async function commitBatch(work: StageWork, batch: Batch, checkpoint: Checkpoint<unknown>, done: boolean): Promise<void> {
  const accounts = await externalAccounts(work, batch.starts);
  await sealNewAccounts(work, batch, accounts);
  const next = await work.door.tx(async (tx) => {
    await holdLease(tx, work.lease);
    const open = await writeStatements(tx, batch, accounts);
    const seq = await writeRows(tx, batch, open);
    const moved = await moveCheckpoint(tx, {
      rawId: file(batch),
      from: batch.position,
      to: { offset: checkpoint.byteOffset, state: checkpoint.state, seq },
      done,
    });
    if (!moved) throw new LeaseLost(work.jobId);
    return { position: { offset: checkpoint.byteOffset, seq }, open: newest(open) ?? batch.open };
  });
  batch.clear(next.position, next.open);
}

function file(batch: Batch) {
  // The scope's raw id came from the raw file's own row.
  return batch.scope.rawId as Parameters<typeof moveCheckpoint>[1]["rawId"];
}

type Accounts = Map<string, ExternalAccount>;

const accountKey = (number: string, currency: string | null) => `${number}\u001f${currency ?? ""}`;

async function externalAccounts(work: StageWork, starts: StatementStart[]): Promise<Accounts> {
  const accounts: Accounts = new Map();
  for (const start of starts) {
    const key = accountKey(start.externalAccountId, start.currency);
    if (accounts.has(key)) continue;
    const hash = await lookupHash(work.env, work.tenantId, start.externalAccountId);
    accounts.set(key, { hash, lastFour: lastFour(start.externalAccountId), currency: start.currency, sealed: null });
  }
  return accounts;
}

/** Numbers never seen on this connection are sealed (fresh data key each) before their mapping is written. */
async function sealNewAccounts(work: StageWork, batch: Batch, accounts: Accounts): Promise<void> {
  if (accounts.size === 0) return;
  const unknown = new Set(await work.door.tx((tx) => unknownAccounts(tx, batch.scope.connectionId, [...accounts.values()])));
  for (const start of batch.starts) {
    const account = accounts.get(accountKey(start.externalAccountId, start.currency));
    if (account === undefined || !unknown.has(account) || account.sealed !== null) continue;
    account.sealed = await seal(work.env, { tenantId: work.tenantId, record: `account:${account.hash}` }, start.externalAccountId);
  }
}

async function writeStatements(tx: Tx, batch: Batch, accounts: Accounts): Promise<Map<number, OpenStatement>> {
  const open = new Map<number, OpenStatement>();
  if (batch.open) open.set(batch.open.ordinal, batch.open);
  await insertMappings(
    tx,
    batch.scope,
    [...accounts.values()].filter((account) => account.sealed !== null),
  );
  const starts = batch.starts.map((start) => ({
    start,
    account: known(accounts.get(accountKey(start.externalAccountId, start.currency)), "account"),
  }));
  for (const statement of await insertStatements(tx, batch.scope, starts)) open.set(statement.ordinal, statement);
  return open;
}

async function writeRows(tx: Tx, batch: Batch, open: Map<number, OpenStatement>): Promise<number> {
  const statementOf = (ordinal: number) => known(open.get(ordinal), "statement");
  let seq = batch.position.seq;
  const staged: StagedRow[] = [];
  const problems: { seq: number; statementId: string | null; problem: Problem }[] = [];
  let failed = 0;
  for (const movement of batch.movements) {
    const statement = statementOf(movement.statement);
    // Group status 4 is a test: parsed and proven, never planned.
    if (statement.group_status === 4) continue;
    const row = normalizeTransaction(movement, statement.currency);
    seq += 1;
    if ("message" in row) problems.push({ seq, statementId: statement.id, problem: row.message });
    else staged.push({ seq, statement, row, raw: movement.raw, place: movement.place });
    if ("invalid" in row && row.invalid) failed += 1;
  }
  const balances: Parameters<typeof stageBalances>[2] = [];
  for (const balance of batch.balances) {
    const statement = statementOf(balance.statement);
    if (statement.group_status === 4) continue;
    seq += 1;
    const problem = balanceProblem(balance);
    if (problem === null) balances.push({ seq, statement, balance });
    else problems.push({ seq, statementId: statement.id, problem });
  }
  for (const { statement, problem } of batch.problems.slice(0, PROBLEMS_A_BATCH_MAX)) {
    problems.push({ seq: ++seq, statementId: statement === null ? null : (open.get(statement)?.id ?? null), problem });
  }
  await stageTransactions(tx, batch.scope, staged);
  await stageBalances(tx, batch.scope, balances);
  await insertProblems(tx, batch.scope, problems);
  await closeStatements(tx, batch.scope, batch.ends);
  await addToJob(tx, batch.scope.jobId, { fetched: batch.movements.length, failed, checks: batch.checks });
  return seq;
}

function newest(open: Map<number, OpenStatement>): OpenStatement | undefined {
  return open.get(Math.max(...open.keys()));
}

function known<T>(value: T | undefined, noun: string): T {
  if (value === undefined) throw new Error(`A record names a ${noun} that the file has not begun.`);
  return value;
}
