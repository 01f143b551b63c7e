/** Runs seeds, a few histories at once, each lane on a database of its own so that no history meets another's messages. */
import pg from "pg";
import { runMigrations } from "../../../scripts/local/migrate.ts";
import { MIGRATIONS } from "../../../scripts/local/paths.ts";
import { dropDatabase } from "../../harness/drop-database.ts";
import { SimulatedDatabase, takeOverDriver } from "./door.ts";
import { liveThrough, type Outcome } from "./history.ts";
import type { Mutant } from "./mutants.ts";
import { installPlatform } from "./platform.ts";
import { currentWorker } from "./workers.ts";

/** The server to run on: its addresses as the Worker's role and as the owner. */
export interface Server {
  url: string;
  adminUrl: string;
}

export interface Lane {
  database: SimulatedDatabase;
  sql: pg.Client;
}

/** Fresh databases on the server, one a lane; `close` drops them. */
export async function openLanes(server: Server, count: number): Promise<{ lanes: Lane[]; close: () => Promise<void> }> {
  installPlatform();
  takeOverDriver();
  quieten();
  const names = Array.from({ length: count }, (_, index) => `simulation_${process.pid}_${Date.now()}_${index}`);
  const owner = new pg.Client(server.adminUrl);
  await owner.connect();
  for (const [index, name] of names.entries()) {
    await dropDatabase(owner, name);
    await owner.query(`create database ${name}${index === 0 ? "" : ` template ${names[0]}`}`);
    if (index === 0) await runMigrations(onDatabase(server.adminUrl, name), MIGRATIONS);
  }
  const lanes = await Promise.all(names.map((name) => openLane(server, name)));
  const close = async () => {
    for (const lane of lanes) await Promise.all([lane.sql.end(), lane.database.connection.end()]);
    for (const name of names) await dropDatabase(owner, name);
    await owner.end();
  };
  return { lanes, close };
}

async function openLane(server: Server, name: string): Promise<Lane> {
  const sql = new pg.Client(onDatabase(server.adminUrl, name));
  const database = new SimulatedDatabase(onDatabase(server.url, name));
  await Promise.all([sql.connect(), database.connection.connect()]);
  return { sql, database };
}

const onDatabase = (url: string, name: string) => url.replace(/\/\w+$/, `/${name}`);

/** Lives through the seeds, as many at once as there are lanes; `done` hears of each, and may stop the rest by returning true. */
export async function runSeeds(
  lanes: Lane[],
  seeds: number[],
  mutant: (() => Mutant) | null,
  done: (outcome: Outcome, mutant: Mutant | null) => boolean,
): Promise<void> {
  const waiting = [...seeds];
  let isStopped = false;
  const live = async (lane: Lane) => {
    for (let seed = waiting.shift(); seed !== undefined && !isStopped; seed = waiting.shift()) {
      const bent = mutant?.() ?? null;
      if (done(await liveThrough(seed, lane.database, lane.sql, bent), bent)) isStopped = true;
    }
  };
  await Promise.all(lanes.map(live));
}

/** How to see a failing seed again, and what came last in it. */
export function report(outcome: Outcome, linesMax = 40): string {
  return [
    `seed ${outcome.seed}: replay it with npm run simulate -- --seed ${outcome.seed}`,
    ...outcome.violations.map((violation) => `  ${violation}`),
    "  and before that:",
    ...outcome.trace.slice(-linesMax).map((line) => `    ${line}`),
  ].join("\n");
}

let isQuiet = false;

/** What simulated workers log is noise, and their clocks are their own. */
function quieten(): void {
  if (isQuiet) return;
  isQuiet = true;
  for (const level of ["info", "warn", "error"] as const) {
    // biome-ignore lint/suspicious/noConsole: what the house logs goes through the console, and here it is caught.
    const write = console[level].bind(console);
    console[level] = (...words: unknown[]) => {
      const worker = currentWorker();
      if (worker === null) write(...words);
      else worker.onLog(words);
    };
  }
  const realNow = Date.now.bind(Date);
  Date.now = () => realNow() + (currentWorker()?.skewMs ?? 0);
  const realRandom = Math.random.bind(Math);
  Math.random = () => (currentWorker()?.random ?? realRandom)();
}
