/** Postgres, bridge and the benchmarks' Worker for one run, in a folder of its own. Durable as in production: a commit waits for the disk. */
import path from "node:path";
import pg from "pg";
import * as z from "zod";
import { type Database, randomPassword, startDatabase } from "../local/database.ts";
import { randomKey, writeEnvFile } from "../local/dev-vars.ts";
import { type GuardedChild, startGuarded } from "../local/guarded-child.ts";
import { runMigrations } from "../local/migrate.ts";
import { MIGRATIONS, ROOT } from "../local/paths.ts";
import { freePort } from "../local/ports.ts";
import { QUIET, waitForWorker } from "../local/worker.ts";

const objectSchema = z.object({ key: z.string(), etag: z.string(), sizeBytes: z.number() });
/** A file in storage, as the Worker names it. */
export type StoredFile = z.infer<typeof objectSchema>;
const countSchema = z.object({ count: z.number() });
const depositedSchema = z.object({ jobId: z.string(), duplicate: z.boolean() });

export interface BenchWorker {
  put: (key: string, bytes: Buffer) => Promise<StoredFile>;
  /** Opens one of the Worker's doors; milliseconds from question to answer. */
  time: (door: string, question: Record<string, unknown>) => Promise<{ ms: number; count: number }>;
  deposit: (to: { tenantId: string; connectionId: string }, bytes: Buffer) => Promise<{ ms: number; jobId: string; duplicate: boolean }>;
}

export interface Stack {
  worker: BenchWorker;
  /** As the owner, who stands above row security. */
  ownerUrl: string;
  /** As the superuser: checkpoints, loading without triggers. */
  superUrl: string;
  workerUrl: string;
  wsProxy: string;
  /** The base64 key of the lookup hash. */
  lookupKey: string;
  /** A second, migrated database in the same server: `{ ownerUrl, superUrl, workerUrl }` of it. */
  newDatabase: (name: string) => Promise<{ ownerUrl: string; superUrl: string; workerUrl: string }>;
  stop: () => Promise<void>;
}

export async function startStack(folder: string): Promise<Stack> {
  const password = randomPassword();
  const database = await startDatabase({ dir: path.join(folder, "postgres"), password, isDurable: true });
  const superUrl = database.ownerUrl.replace("stratifi_owner:", "postgres:");
  const lookupKey = randomKey();
  try {
    await settle(superUrl);
    const { address, child } = await startBenchWorker(folder, database, lookupKey);
    const stop = async () => {
      await child.stop();
      await database.stop();
    };
    const { ownerUrl, workerUrl, wsProxy } = database;
    return {
      worker: workerAt(address),
      ownerUrl,
      superUrl,
      workerUrl,
      wsProxy,
      lookupKey,
      stop,
      newDatabase: (name) => makeDatabase({ ownerUrl, superUrl, workerUrl }, name),
    };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

/** Checkpoints fall between the runs and not into one of them by chance. */
async function settle(superUrl: string): Promise<void> {
  await withClient(superUrl, async (client) => {
    await client.query("alter system set max_wal_size = '8GB'");
    await client.query("alter system set checkpoint_timeout = '60min'");
    await client.query("alter system set maintenance_work_mem = '512MB'");
    await client.query("select pg_reload_conf()");
  });
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

type Urls = Record<"ownerUrl" | "superUrl" | "workerUrl", string>;

async function makeDatabase(urls: Urls, name: string): Promise<Urls> {
  const rename = (url: string) => url.replace(/\/\w+$/, `/${name}`);
  await withClient(urls.ownerUrl, (client) => client.query(`create database ${name}`));
  await runMigrations(rename(urls.ownerUrl), MIGRATIONS);
  return { ownerUrl: rename(urls.ownerUrl), superUrl: rename(urls.superUrl), workerUrl: rename(urls.workerUrl) };
}

async function startBenchWorker(folder: string, database: Database, lookupKey: string): Promise<{ address: string; child: GuardedChild }> {
  const settingsFile = path.join(folder, "worker.env");
  writeEnvFile(settingsFile, {
    ENVIRONMENT: "local",
    SESSION_KEY: randomKey(),
    VAULT_KEYS: JSON.stringify({ k1: randomKey() }),
    VAULT_KEY_ID: "k1",
    LOOKUP_KEY: lookupKey,
    DATABASE_URL: database.workerUrl,
    DB_WS_PROXY: database.wsProxy,
  });
  const port = await freePort();
  const lines: string[] = [];
  const child = startGuarded({
    name: "bench worker",
    command: process.execPath,
    args: [
      path.join(ROOT, "node_modules/wrangler/bin/wrangler.js"),
      "dev",
      ...[
        "--cwd",
        ROOT,
        "--config",
        path.join(ROOT, "scripts/bench/wrangler.toml"),
        "--ip",
        "127.0.0.1",
        "--port",
        String(port),
        "--inspector-port",
        "0",
      ],
      ...["--persist-to", path.join(folder, "wrangler"), "--show-interactive-dev-session=false", "--log-level", "log", "--env-file", settingsFile],
    ],
    env: QUIET,
    stops: "group",
    onLine: (line) => lines.push(line),
  });
  const address = `http://127.0.0.1:${port}`;
  try {
    await waitForWorker(address, child, 60_000);
  } catch (error) {
    await child.stop();
    throw new Error(`The benchmarks' Worker did not start.\n${lines.join("\n")}`, { cause: error });
  }
  return { address, child };
}

function workerAt(address: string): BenchWorker {
  const ask = async (where: string, init: RequestInit): Promise<unknown> => {
    // A connection of its own: one that the other side gives up while the database is made ready would fail the next question.
    const answer = await fetch(`${address}/${where}`, { ...init, headers: { connection: "close" } });
    if (!answer.ok) throw new Error(`The Worker answered ${answer.status} at ${where}: ${(await answer.text()).slice(0, 2000)}`);
    return answer.json();
  };
  return {
    put: async (key, bytes) => objectSchema.parse(await ask(key, { method: "PUT", body: new Uint8Array(bytes) })),
    time: async (door, question) => {
      const startedAt = performance.now();
      const answer = await ask(door, { method: "POST", body: JSON.stringify(question) });
      return { ms: performance.now() - startedAt, ...countSchema.parse(answer) };
    },
    deposit: async ({ tenantId, connectionId }, bytes) => {
      const startedAt = performance.now();
      const answer = await ask(`deposit?tenant=${tenantId}&connection=${connectionId}`, { method: "POST", body: new Uint8Array(bytes) });
      return { ms: performance.now() - startedAt, ...depositedSchema.parse(answer) };
    },
  };
}
