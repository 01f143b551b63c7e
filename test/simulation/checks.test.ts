/** Every promise of the simulation is broken on purpose, once each: a check that cannot fail proves nothing. */
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { History } from "./support/history.ts";
import { liveAndStay } from "./support/history.ts";
import { CHECKS, findViolations } from "./support/invariants.ts";
import { type Lane, openLanes } from "./support/run.ts";

/** Histories with booked, changed and undone rows in plenty; each lane holds one world. */
const SEEDS = [2, 3, 13, 18, 22, 44, 65];

type Name = keyof typeof CHECKS;

/** What is done behind the house's back; $1 are the world's companies. Where a world has no such row, the next one is taken. */
const SABOTAGE: [name: Name, what: string, sql: string][] = [
  [
    "books_are_what_files_and_people_say",
    "a movement is gone",
    `delete from transactions where id = (select t.id from transactions t where t.tenant_id = any($1) and not exists (select from sightings g
      where g.transaction_id = t.id) and not exists (select from transaction_revisions r where r.transaction_id = t.id) limit 1)`,
  ],
  [
    "books_are_what_files_and_people_say",
    "a movement stands there twice",
    `insert into transactions (tenant_id, account_id, connection_id, import_job_id, statement_id, line_start, line_end, byte_start, byte_end, posted_on, amount_minor, currency,
       is_pending, type_code, bank_reference, customer_reference, description, raw_data, identity_key, occurrence)
     select tenant_id, account_id, connection_id, import_job_id, statement_id, line_start, line_end, byte_start, byte_end, posted_on, amount_minor, currency,
       is_pending, type_code, bank_reference, customer_reference, description, raw_data, identity_key, 99 from transactions where tenant_id = any($1) limit 1`,
  ],
  [
    "books_are_what_files_and_people_say",
    "a sighting is lost",
    "delete from transaction_sightings g where tenant_id = any($1) and removed_by_job_id is null and job_id <> (select t.import_job_id from transactions t where t.id = g.transaction_id)",
  ],
  ["books_are_what_files_and_people_say", "a run of sightings is lost", "delete from sighting_runs where tenant_id = any($1)"],
  [
    "books_are_what_files_and_people_say",
    "a reconciliation is lost",
    "update transactions set reconciled = not reconciled where tenant_id = any($1)",
  ],
  [
    "balances_follow_the_statements",
    "the current balance is another one",
    "update accounts set current_balance_minor = current_balance_minor + 1 where tenant_id = any($1) and current_balance_minor is not null",
  ],
  [
    "balances_follow_the_statements",
    "the available balance was overwritten by nothing",
    "update accounts set available_balance_minor = null where tenant_id = any($1) and available_balance_minor is not null",
  ],
  [
    "balances_follow_the_statements",
    "a balance is of an earlier moment",
    "update accounts set current_as_of_at = current_as_of_at - interval '1 day' where tenant_id = any($1) and current_balance_minor is not null",
  ],
  [
    "checkpoints_tile_the_file",
    "the checkpoint stands before the end",
    "update raw_ingestion_data set next_offset = next_offset - 1 where tenant_id = any($1) and parsed_at is not null",
  ],
  ["checkpoints_tile_the_file", "two rows overlap", "update staged_transactions set byte_start = 0 where tenant_id = any($1) and seq > 2"],
  ["staged_rows_are_the_files", "a row was left out", "delete from staged_transactions where tenant_id = any($1) and seq = 1"],
  [
    "staged_rows_are_the_files",
    "an amount was read otherwise",
    "update staged_transactions set amount_minor = amount_minor + 1 where tenant_id = any($1) and seq = 1",
  ],
  ["counters_add_up", "one more was read", "update ingestion_jobs set records_fetched = records_fetched + 1 where tenant_id = any($1)"],
  ["counters_add_up", "one more is invalid", "update ingestion_jobs set records_failed = records_failed + 1 where tenant_id = any($1)"],
  [
    "counters_add_up",
    "one less was matched",
    "update ingestion_jobs set records_processed = records_processed - 1 where tenant_id = any($1) and stage = 'done'",
  ],
  [
    "counters_add_up",
    "nothing is said to be left behind",
    "update ingestion_jobs set status = case status when 'partial' then 'completed' else 'partial' end where tenant_id = any($1) and stage = 'done'",
  ],
  [
    "row_histories_are_legal",
    "a row changed without a revision",
    `update transactions t set amount_minor = amount_minor + 1 where tenant_id = any($1)
       and exists (select from transaction_revisions r where r.tenant_id = t.tenant_id and r.transaction_id = t.id and r.after ? 'amount_minor')`,
  ],
  ["row_histories_are_legal", "a revision is missing", "delete from transaction_revisions where tenant_id = any($1)"],
  [
    "row_histories_are_legal",
    "a person's note changed an amount",
    "update transaction_revisions set after = after || jsonb_build_object('amount_minor', 1), kind = 'edit' where tenant_id = any($1)",
  ],
  [
    "jobs_move_as_the_table_says",
    "a job jumped",
    "update ingestion_jobs set stage = 'fetching', status = 'running' where tenant_id = any($1) and stage = 'done'",
  ],
  ["the_outbox_empties", "a message was never sent", "update outbox set sent_at = null where tenant_id = any($1)"],
  [
    "nothing_is_left_over",
    "an account is still leased",
    `update accounts set lease_job_id = (select j.id from ingestion_jobs j where j.tenant_id = accounts.tenant_id limit 1) where tenant_id = any($1)
       and exists (select from ingestion_jobs j where j.tenant_id = accounts.tenant_id)`,
  ],
  [
    "nothing_is_left_over",
    "a mapped statement was never booked",
    "update statements set imported_at = null where tenant_id = any($1) and imported_at is not null",
  ],
];

let lanes: Lane[] = [];
let close = async () => {};
const worlds: { history: History; sql: pg.Client }[] = [];

beforeAll(async () => {
  ({ lanes, close } = await openLanes(inject("db"), SEEDS.length));
  await Promise.all(
    lanes.map(async ({ database, sql }, index) => {
      const { history, outcome } = await liveAndStay(SEEDS[index] ?? 1, database, sql);
      if (outcome.violations.length > 0) throw new Error(outcome.violations.join("\n"));
      // In the seeds' order, whichever came to its end first: the same world answers at every run.
      worlds[index] = { history, sql };
    }),
  );
}, 60_000);
afterAll(() => close());

/** What the checks find after the statement, which is taken back again; null where no world has such a row. */
async function foundAfter(statement: string): Promise<string[] | null> {
  for (const { history, sql } of worlds) {
    await sql.query("begin");
    try {
      const { rowCount } = await sql.query(statement, [history.companies.map((company) => company.tenantId)]);
      if (rowCount !== null && rowCount > 0) return await findViolations(history);
    } finally {
      await sql.query("rollback");
    }
  }
  return null;
}

const names = (violations: string[]) => violations.map((violation) => violation.split(":")[0]);

describe("a check of the simulation", () => {
  it.each(SABOTAGE)("%s fails where %s", async (name, _what, statement) => {
    const found = await foundAfter(statement);

    expect(found, "no world has such a row").not.toBeNull();
    expect(names(found ?? [])).toContain(name);
  });

  it("finds nothing in the same worlds left alone", async () => {
    const found = await Promise.all(worlds.map(({ history }) => findViolations(history)));

    expect(found.flat()).toEqual([]);
  });

  it("checkpoints_tile_the_file fails where a part of a file was read twice", async () => {
    const [world] = worlds;
    const [rawId, tiles = []] = [...(world?.history.database.checkpoints ?? [])].find(([, own]) => own.length > 0) ?? ["", []];
    world?.history.database.checkpoints.set(rawId, [...tiles.slice(0, 1), ...tiles]);

    const found = world === undefined ? [] : await findViolations(world.history);
    world?.history.database.checkpoints.set(rawId, tiles);

    expect(names(found)).toContain("checkpoints_tile_the_file");
  });

  it("nothing_of_another_tenant_is_visible fails where a table lost its row security", async () => {
    const [world] = worlds;
    await world?.sql.query("alter table accounts disable row level security");

    const found = world === undefined ? [] : await findViolations(world.history);
    await world?.sql.query("alter table accounts enable row level security");

    expect(names(found)).toContain("nothing_of_another_tenant_is_visible");
  });

  it("of every name is broken here", () => {
    const broken = new Set<string>([...SABOTAGE.map(([name]) => name), "nothing_of_another_tenant_is_visible"]);

    expect(Object.keys(CHECKS).filter((name) => !broken.has(name))).toEqual([]);
  });
});
