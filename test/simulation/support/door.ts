/**
 * The seam: the driver's own `Client`, taken over for the simulation. What the house asks of the database goes through one real connection to a real
 * Postgres, one transaction at a time; faults strike between, before and after. No file of src/ knows of it.
 */
import { Client } from "@neondatabase/serverless";
import pg from "pg";
import type { Mutant } from "./mutants.ts";
import type { Weather } from "./weather.ts";
import { currentWorker, Killed, type Worker } from "./workers.ts";

/** A part of a file that was read and committed: bytes and rows, `from` inclusive, `to` exclusive. */
export interface Tile {
  bytes: { from: number; to: number };
  rows: { from: number; to: number };
}

/** One small world's database: the connection that its workers share in turn. */
export class SimulatedDatabase {
  readonly connection: pg.Client;
  weather: Weather | null = null;
  mutant: Mutant | null = null;
  /** While true nobody gets through. */
  isAway = false;
  /** Statements that took ten thousand rows at a time in the code and two in this small world. */
  slices = 0;
  /** Writes of workers that had lost their job's lease. */
  readonly breaches = new Set<string>();
  /** The moves of each raw file's checkpoint that were committed, by the file's id. */
  readonly checkpoints = new Map<string, Tile[]>();

  constructor(url: string) {
    this.connection = new pg.Client(url);
  }

  /** The rows that a statement takes at the most: the code's ten thousand are this world's two or three. */
  readonly rowsPerSlice = 2;
}

/** The statement that moves a checkpoint. */
const CHECKPOINT = /^update "raw_ingestion_data" set .*"next_offset" = /;

/** Which database a worker's questions go to. */
const homes = new WeakMap<Worker, SimulatedDatabase>();

export function settle(worker: Worker, database: SimulatedDatabase): Worker {
  homes.set(worker, database);
  return worker;
}

interface Line {
  worker: Worker;
  database: SimulatedDatabase;
  isBroken: boolean;
  isInTransaction: boolean;
  /** How its last transaction began: with the tenant set. */
  opening: string;
  /** What a mutant puts off until after the commit. */
  putOff: { text: string; values: unknown[] }[];
  /** Moves of checkpoints in the transaction that is open. */
  tiles: { rawId: string; tile: Tile }[];
}

const lines = new WeakMap<object, Line>();

/** What the driver throws for a socket that is gone. */
const lost = () => new Error("Connection terminated unexpectedly (simulated)");

/** Takes the driver over in this process. Outside of a simulated worker it refuses to work, so that nothing real is reached by mistake. */
export function takeOverDriver(): void {
  const methods = {
    async connect(this: object): Promise<void> {
      const line = lineOf(this);
      line.worker.check();
      if (line.database.isAway || line.database.weather?.strikes("connect_refused")) throw lost();
    },
    query(this: object, query: string | pg.QueryConfig, values?: unknown[]): Promise<unknown> {
      return ask(lineOf(this), query, values);
    },
    async end(this: object): Promise<void> {
      await breakOff(lineOf(this));
    },
  };
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(Client.prototype, name, { value, configurable: true });
}

function lineOf(client: object): Line {
  const known = lines.get(client);
  if (known !== undefined) return known;
  const worker = currentWorker();
  const database = worker === null ? undefined : homes.get(worker);
  if (worker === null || database === undefined) throw new Error("The driver is taken over; only simulated workers reach a database here.");
  const line = { worker, database, isBroken: false, isInTransaction: false, opening: "", putOff: [], tiles: [] };
  lines.set(client, line);
  return line;
}

async function ask(line: Line, query: string | pg.QueryConfig, values: unknown[] | undefined): Promise<unknown> {
  const text = typeof query === "string" ? query : query.text;
  if (/^\s*begin/.test(text)) return begin(line, text);
  if (line.isBroken) throw lost();
  if (text === "rollback") {
    await breakTransaction(line);
    return { rows: [] };
  }
  await strike(line, "inside");
  if (text === "commit") return commit(line);
  return run(line, query, values);
}

async function begin(line: Line, text: string): Promise<unknown> {
  await line.worker.turn();
  if (line.isBroken) throw lost();
  await strike(line, "before");
  line.isInTransaction = true;
  line.tiles = [];
  line.opening = text;
  return line.database.connection.query(text);
}

async function commit(line: Line): Promise<unknown> {
  const { weather } = line.database;
  if (weather?.strikes("killed_before_commit")) await killInside(line);
  const result = await line.database.connection.query("commit");
  line.isInTransaction = false;
  line.worker.commits += 1;
  const { checkpoints } = line.database;
  for (const { rawId, tile } of line.tiles.splice(0)) checkpoints.set(rawId, [...(checkpoints.get(rawId) ?? []), tile]);
  if (weather?.strikes("killed_after_commit")) await killInside(line);
  await catchUp(line);
  if (weather?.strikes("answer_lost_after_commit")) {
    line.isBroken = true;
    throw lost();
  }
  if (weather?.strikes("time_budget_spent")) line.worker.skewMs += 70_000;
  return result;
}

/** What a mutant put off goes in a transaction of its own, as its tenant; killed in between, it never goes. */
async function catchUp(line: Line): Promise<void> {
  if (line.putOff.length > 0 && line.database.weather?.strikes("killed_between_commits")) await killInside(line);
  for (const { text, values } of line.putOff.splice(0)) {
    await line.database.connection.query(line.opening);
    await line.database.connection.query({ text, values });
    await line.database.connection.query("commit");
  }
}

async function run(line: Line, query: string | pg.QueryConfig, values: unknown[] | undefined): Promise<unknown> {
  const { connection, mutant } = line.database;
  if (typeof query === "string") return connection.query(query, values);
  if (/"ingestion_jobs" set|insert into "ingestion_jobs"|plan_version/.test(query.text)) line.worker.hasTouchedJobs = true;
  const scaled = scale(line.database, query.text, values ?? []);
  const text = mutant?.rewrite?.(query.text);
  if (text === null) {
    if (CHECKPOINT.test(query.text)) watchCheckpoint(line, query.text, scaled);
    line.putOff.push({ text: query.text, values: scaled });
    // As if one row had been changed.
    return { rows: [["1"]], rowCount: 1 };
  }
  const result = await connection.query<Record<string, unknown>>({ ...query, text: text ?? query.text }, scaled).catch((error: unknown) => {
    line.worker.onLog([`Postgres refuses: ${error instanceof Error ? error.message : "?"}: ${query.text.slice(0, 80)}`]);
    throw error;
  });
  if (CHECKPOINT.test(query.text) && result.rowCount === 1) watchCheckpoint(line, query.text, scaled);
  if (/^\s*update ingestion_jobs set lease_until = now\(\)/.test(query.text)) watchFence(line, scaled, result.rows);
  return result;
}

/** A checkpoint that moves: from where to where, as the statement's own values say. */
function watchCheckpoint(line: Line, text: string, values: unknown[]): void {
  const [set = "", where = ""] = text.split(" where ");
  const valueIn = (part: string, column: string) => values[Number(new RegExp(`"${column}" = \\$(\\d+)`).exec(part)?.[1]) - 1];
  const moved = (column: string) => ({ from: Number(valueIn(where, column)), to: Number(valueIn(set, column)) });
  line.tiles.push({ rawId: String(valueIn(where, "id")), tile: { bytes: moved("next_offset"), rows: moved("parse_seq") } });
}

/** Whoever renews a lease of another epoch than his own has lost it, and is about to write all the same. */
function watchFence(line: Line, values: unknown[], rows: Record<string, unknown>[]): void {
  const epoch = values.at(-1);
  for (const row of rows) {
    if (Number(row["lease_epoch"]) !== Number(epoch)) line.database.breaches.add(`${line.worker.name} lost its lease (${epoch}) and wrote on`);
  }
}

/** The slices of an import and of an undo. */
const isSlice = (value: unknown): boolean => value === 25_000 || value === 10_000;

/** A statement that takes a slice of rows at a time takes two here, so that small files come in several slices. */
function scale(database: SimulatedDatabase, text: string, values: unknown[]): unknown[] {
  if (!text.includes("limit $") || !values.some(isSlice)) return values;
  database.slices += 1;
  return values.map((value) => (isSlice(value) ? database.rowsPerSlice : value));
}

async function strike(line: Line, when: "before" | "inside"): Promise<void> {
  const { weather } = line.database;
  line.worker.check();
  if (line.database.isAway || weather?.strikes("connection_lost")) {
    await breakOff(line);
    throw lost();
  }
  if (weather?.strikes(when === "before" ? "killed_before_transaction" : "killed_inside_transaction")) await killInside(line);
}

async function killInside(line: Line): Promise<never> {
  line.worker.kill();
  await breakOff(line);
  throw new Killed();
}

async function breakOff(line: Line): Promise<void> {
  line.isBroken = true;
  await breakTransaction(line);
}

/** What Postgres does when its client is gone. */
async function breakTransaction(line: Line): Promise<void> {
  if (!line.isInTransaction) return;
  line.isInTransaction = false;
  line.putOff = [];
  await line.database.connection.query("rollback");
}
