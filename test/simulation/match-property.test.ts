/** Random histories of two banks' statements: the set-based sweeps must find exactly what the pure matcher finds, and what they plan must fit the books. */
import { expect, inject, it } from "vitest";
import { REASONS } from "../../src/domain/reasons.ts";
import { Books, type RowSpec, type StatementSpec } from "../harness/books.ts";
import { oraclePlan, sweptPlan } from "../harness/oracle.ts";
import { type Chance, chanceOf } from "../harness/random.ts";

/** Set MATCH_SEED to repeat one history, MATCH_HISTORIES to live through more. */
const repeated = process.env["MATCH_SEED"];
const HISTORIES = Number(process.env["MATCH_HISTORIES"] ?? "70");
const SEEDS = repeated === undefined ? Array.from({ length: HISTORIES }, (_, index) => index + 1) : [Number(repeated)];
const DAYS = ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-09"];
/** Every reason that there is must come up somewhere, or the histories prove less than they seem to. */
const seen = new Set<string>();
/** A reparse is not among the histories: test/worker/reparse.test.ts has its reasons. */
const OF_A_REPARSE = new Set(["reads_otherwise", "not_in_new_reading"]);
/** Histories are tenants of their own, so that several can be lived through at once; a match mostly waits for round trips. */
const AT_ONCE = 6;

it("the sweeps and the pure matcher agree on every row of random histories", { timeout: 600_000 }, async () => {
  const waiting = [...SEEDS];
  const live = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) await liveThrough(seed);
  };

  await Promise.all(Array.from({ length: AT_ONCE }, live));

  expect(waiting).toEqual([]);
  if (repeated === undefined) expect(Object.keys(REASONS).filter((code) => !seen.has(code) && !OF_A_REPARSE.has(code))).toEqual([]);
});

async function liveThrough(seed: number): Promise<void> {
  const books = await Books.open(inject("db"));
  try {
    await deliver(books, seed);
  } finally {
    await books.close();
  }
}

async function deliver(books: Books, seed: number): Promise<void> {
  const chance = chanceOf(seed);
  const accounts = [await books.account(), await books.account()];
  const connections = [await books.connection("bai2"), await books.connection(chance.percent(50) ? "bai2" : "file")];
  for (const connection of connections) for (const account of accounts) if (chance.percent(80)) await books.map(connection, account);
  const person = await books.user("Ada");
  const sent: StatementSpec[] = [];
  for (let step = 0; step < 4; step++) {
    const statements = Array.from({ length: 1 + chance.below(4) }, () =>
      sent.length > 0 && chance.percent(30) ? resent(chance, sent) : randomStatement(chance, accounts),
    );
    sent.push(...statements);
    const jobId = chance.percent(30)
      ? await books.job(chance.pick(connections), syncedStatements(chance, accounts), { sync: chance.percent(60) ? "changes" : "whole" })
      : await books.job(chance.pick(connections), statements, { keyed: chance.percent(80) });

    // Every other history is swept in slices of a few rows, as only very large jobs are.
    await books.match(jobId, seed % 2 === 0 ? 3 : undefined);

    const swept = await sweptPlan(books, jobId);
    expect(swept, `seed ${seed}, step ${step}: repeat with MATCH_SEED=${seed}`).toEqual(await oraclePlan(books, jobId));
    for (const line of swept) seen.add(line.split(" ").find((word) => word in REASONS) ?? "");
    if (chance.percent(15)) continue;
    await books.applyPlan(jobId, chance.percent(50) ? "link" : "import");
    await disturb(books, chance, person);
  }
}

/** People delete and reconcile between the deliveries. */
async function disturb(books: Books, chance: Chance, person: string): Promise<void> {
  for (const row of await books.transactions()) {
    const fate = chance.below(100);
    if (fate < 6) await books.deleteByPerson(row.id, person);
    else if (fate < 12) await books.reconcile(row.id);
  }
}

/** Banks send statements again: whole, shortened, corrected, deleted, or an interim one as the final. */
function resent(chance: Chance, sent: StatementSpec[]): StatementSpec {
  const { kind = "final", ...statement } = chance.pick(sent);
  const rows = chance.percent(40) ? statement.rows.filter(() => chance.percent(70)) : statement.rows;
  const groupStatus = chance.percent(25) && statement.asOfOn ? chance.pick([2, 3] as const) : (statement.groupStatus ?? null);
  return { ...statement, groupStatus, kind: kind === "interim" && chance.percent(50) ? "final" : kind, rows };
}

function randomStatement(chance: Chance, accounts: string[]): StatementSpec {
  const day = chance.pick(DAYS);
  const kind = chance.pick(["final", "final", "final", "interim", "interim", "delta"] as const);
  const isRange = kind === "final" && chance.percent(15);
  const rows = Array.from({ length: chance.below(6) }, () => randomRow(chance, isRange || chance.percent(10) ? chance.pick(DAYS) : day));
  return {
    account: accounts[chance.percent(75) ? 0 : 1] ?? "",
    kind,
    groupStatus: isRange || kind === "delta" ? null : chance.pick([1, 1, 1, 1, 1, 2, 3, 3, null]),
    asOfOn: kind === "delta" || isRange ? null : day,
    ...(isRange ? { coveredFrom: DAYS[0] ?? null, coveredTo: DAYS[2] ?? null } : {}),
    rows,
  };
}

/** Few amounts, texts, references and ids, so that everything meets everything. */
function randomRow(chance: Chance, on: string): RowSpec {
  return {
    amount: chance.pick([1_000n, 1_000n, 2_500n, -700n]),
    on,
    text: chance.pick(["WIRE", "WIRE", "PAYROLL", "CARD 12"]),
    bankReference: chance.pick([null, null, "", "REF-0001", "REF-0002", "000000000"]),
    customerReference: chance.pick([null, null, null, "REF-0001", "INV-77"]),
    ...(chance.percent(20) ? { externalId: chance.pick(["a", "b", "c", "d"]) } : {}),
    ...(chance.percent(5) ? { invalid: true } : {}),
  };
}

/** The pages of a sync: each movement under an id of its own, changed, booked under another id, and taken back. */
function syncedStatements(chance: Chance, accounts: string[]): StatementSpec[] {
  const id = () => chance.pick(["a", "b", "c", "d", "e", "f"]);
  return Array.from({ length: 1 + chance.below(3) }, () => ({
    account: accounts[chance.percent(75) ? 0 : 1] ?? "",
    kind: "delta" as const,
    rows: Array.from({ length: chance.below(4) }, () => ({
      ...randomRow(chance, chance.pick(DAYS)),
      externalId: chance.percent(90) ? id() : null,
      pending: chance.percent(40),
      ...(chance.percent(30) ? { replaces: id() } : {}),
    })),
    removals: chance.percent(50) ? [id()] : [],
  }));
}
