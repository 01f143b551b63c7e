/** `npm run dev`: the whole system on this machine with one command. Needs no account and no network; leaves nothing running. */
import { existsSync } from "node:fs";
import path from "node:path";
import { startCronTick } from "./local/cron-tick.ts";
import { type Database, randomPassword, startDatabase } from "./local/database.ts";
import { connectDemo } from "./local/demo-connections.ts";
import { type DevVars, ensureDevVars } from "./local/dev-vars.ts";
import { type GuardedChild, guardPids, stopAllGuarded } from "./local/guarded-child.ts";
import { keepSecret } from "./local/keep-secret.ts";
import { watchLifeline } from "./local/lifeline.ts";
import { DATA, ROOT } from "./local/paths.ts";
import { portFrom, refuseBusyPort } from "./local/ports.ts";
import { explain } from "./local/refusal.ts";
import { forgetStack, recordStack, takeOver } from "./local/stack-record.ts";
import { type StandIns, startStandIns } from "./local/stand-ins.ts";
import { isWebBuilt, watchWeb } from "./local/web-build.ts";
import { startWorker, waitForWorker } from "./local/worker.ts";
import { DEMO_PEOPLE, seedDemo } from "./seed.ts";

const DEV_VARS = path.join(ROOT, ".dev.vars");
/** A warm start takes 4 s; a slow, busy machine gets ten times that before it is told that something is wrong. */
const WORKER_START_TIMEOUT_MS = 45_000;

const startedAt = performance.now();
let isStopping = false;

process.on("SIGINT", () => void stop(0, "Stopping."));
process.on("SIGTERM", () => void stop(0, "Stopping."));
process.on("SIGHUP", () => void stop(0, "Stopping: the terminal has gone."));
watchLifeline(() => void stop(0, "Stopping: the command that started this has gone."));

try {
  await startStack();
} catch (error) {
  if (!isStopping) await stop(1, explain(error));
}

async function startStack(): Promise<void> {
  const port = portFrom(process.env["PORT"], 8787);
  const address = `http://127.0.0.1:${port}`;
  await takeOver(DATA);
  await refuseBusyPort(port);

  const { vars, isNew } = ensureDevVars(DEV_VARS);
  if (isNew) say("secrets", "made in .dev.vars, for this machine only");
  const [database, outside] = await Promise.all([startData(vars, address), startStandIns(port, address, DATA), startWeb(address)]);
  say("outside", "stand-ins for Plaid, Stripe and three banks, with a month of movements");
  await startApp({ port, address, database, outside });

  const cron = startCronTick(address, (problem) => say("cron", problem));
  process.on("exit", cron.stop);
  welcome(address, outside);
  await connectDemoCompany(address, outside);
}

/** Behind the welcome: it takes some seconds, and nobody has to wait for it. */
async function connectDemoCompany(address: string, outside: StandIns): Promise<void> {
  try {
    const count = await connectDemo(address, outside.connections);
    if (count > 0) say("outside", `the demo company has ${count} connections that fetch`);
  } catch (error) {
    if (!isStopping) say("outside", `the demo company could not be connected: ${explain(error)}`);
  }
}

async function startData(vars: DevVars, address: string): Promise<Database> {
  const dir = path.join(DATA, "postgres");
  say("database", existsSync(dir) ? "starting Postgres on the data in .data/" : "making a Postgres in .data/");
  const password = keepSecret(path.join(DATA, "postgres-password"), randomPassword);
  const database = await startDatabase({ dir, password, isDurable: true });
  recordStack(DATA, { address, pids: guardPids() });
  endWith(database.child, "Postgres has ended by itself; see .data/postgres.");
  await seedDemo({ ownerUrl: database.ownerUrl, serviceToken: vars.DEMO_SERVICE_TOKEN });
  say("database", `ready: ${database.migrations} migrations, demo tenant`);
  return database;
}

async function startWeb(address: string): Promise<void> {
  say("web", "building the dashboard");
  await new Promise<void>((resolve, reject) => {
    const build = watchWeb({ onBuilt: resolve, onLine: (line) => say("web", line) });
    void build.exited.then((code) => reject(new Error(`vite build ended with ${code}.`)));
    endWith(build, "The dashboard's build has ended by itself.");
  });
  recordStack(DATA, { address, pids: guardPids() });
  if (!isWebBuilt()) throw new Error("vite has built no dist/index.html.");
  say("web", "ready, built again at each change");
}

interface App {
  port: number;
  address: string;
  database: Database;
  outside: StandIns;
}

async function startApp({ port, address, database, outside }: App): Promise<void> {
  say("worker", "starting with R2, queues and cron");
  const worker = startWorker({
    port,
    dataDir: DATA,
    envFiles: [DEV_VARS],
    settings: { ...outside.settings, DATABASE_URL: database.workerUrl, DB_WS_PROXY: database.wsProxy },
    onLine: (line) => {
      if (!isStopping) say("worker", line);
    },
  });
  recordStack(DATA, { address, pids: guardPids() });
  await waitForWorker(address, worker, WORKER_START_TIMEOUT_MS);
  endWith(worker, "The Worker has ended by itself.");
}

function welcome(address: string, outside: StandIns): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const people = DEMO_PEOPLE.map((person) => `    ${person.email.padEnd(18)} ${person.may}`).join("\n");
  process.stdout.write(`
  Stratifi is ready after ${seconds} s:  ${address}

  Sign in there as one of the demo tenant's people; no password, on this machine only:
${people}

  Outside:   ${outside.plaid.url}  a bank at Plaid: press "New transactions at the bank"
             ${outside.stripe.url}  Stripe's stand-in    ${outside.bank.url}  three banks' own APIs
  Programs:  Authorization: Bearer <DEMO_SERVICE_TOKEN, in .dev.vars>
  Stop:      Ctrl-C. What you did is kept in .data/; delete that folder to begin anew.

`);
}

/** A part that ends by itself takes the whole stack with it: half a stack misleads. */
function endWith(child: GuardedChild, reason: string): void {
  void child.exited.then(() => stop(1, reason));
}

async function stop(code: number, reason: string): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  say("dev", reason);
  await stopAllGuarded();
  forgetStack(DATA);
  process.exit(code);
}

function say(part: string, message: string): void {
  process.stdout.write(`${part.padStart(9)}  ${message}\n`);
}
