/** A whole stack of its own, outside of any test run's: Postgres, bridge and Worker over HTTP, each of which can be killed and started again. Leaves nothing behind. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { startBridge } from "../../scripts/local/bridge.ts";
import { ringCron } from "../../scripts/local/cron-tick.ts";
import { randomPassword } from "../../scripts/local/database.ts";
import { type GuardedChild, killGroup } from "../../scripts/local/guarded-child.ts";
import { runMigrations, setWorkerPassword } from "../../scripts/local/migrate.ts";
import { DIST, MIGRATIONS, ROOT } from "../../scripts/local/paths.ts";
import { freePort } from "../../scripts/local/ports.ts";
import { type Postgres, startPostgres, urlOf } from "../../scripts/local/postgres.ts";
import { buildWeb, isWebBuilt } from "../../scripts/local/web-build.ts";
import { startWorker, waitForWorker } from "../../scripts/local/worker.ts";
import { TOKEN_SCOPES } from "../../src/domain/roles.ts";
import { testSettings } from "./settings.ts";

const WORKER_START_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 25;

export interface StackOptions {
  /** true: Postgres as in production, with fsync; a stop and a start of it lose nothing either way. */
  isDurable?: boolean;
  onLine?: (line: string) => void;
}

export interface WorkerOptions {
  /** Beside the tests' own settings. */
  settings?: Record<string, string>;
  /** Replaces the 20 retries of wrangler.toml, so that a message is given up within seconds. */
  retriesMax?: number;
}

/** A company, asked as its service token that may all that a token may, or as one of its people. */
export interface Company {
  tenantId: string;
  credentials: Record<string, string>;
}

export class OwnStack {
  readonly dir: string;
  readonly #options: StackOptions;
  readonly #password = randomPassword();
  readonly #log: string[] = [];
  readonly #abandon = () => this.#killAll();
  #postgres: Postgres | undefined;
  #wsProxy = "";
  #closeBridge: () => Promise<void> = () => Promise.resolve();
  #worker: GuardedChild | undefined;
  #owner: pg.Client | undefined;
  address = "";

  private constructor(options: StackOptions) {
    this.#options = options;
    this.dir = mkdtempSync(path.join(tmpdir(), `stratifi-test-${process.pid}-`));
    process.once("exit", this.#abandon);
  }

  /** Everything up. */
  static async start(options: StackOptions = {}): Promise<OwnStack> {
    if (!isWebBuilt()) buildWeb();
    const stack = new OwnStack(options);
    try {
      await stack.startDatabase();
      await stack.startWorker();
      return stack;
    } catch (error) {
      const log = stack.#log.slice(-40).join("\n");
      await stack.stop();
      throw new Error(`The stack did not start.\n${log}`, { cause: error });
    }
  }

  /** The process group of the Worker's guard; null where it does not run. */
  get workerPid(): number | null {
    return this.#worker?.pid ?? null;
  }

  get log(): readonly string[] {
    return this.#log;
  }

  /** Postgres on its folder, with a bridge in front; the second time with what it held. */
  async startDatabase(): Promise<void> {
    const { isDurable = false } = this.#options;
    this.#postgres = await startPostgres({ dir: path.join(this.dir, "postgres"), password: this.#password, isDurable });
    await runMigrations(this.#postgres.ownerUrl, MIGRATIONS);
    await setWorkerPassword(this.#postgres.ownerUrl, this.#password);
    const bridge = await startBridge({ port: this.#postgres.port });
    this.#wsProxy = bridge.wsProxy;
    this.#closeBridge = bridge.close;
  }

  /** Pulls the plug and leaves it out for a time, then starts the server again behind the same bridge port. */
  async stopDatabaseFor(milliseconds: number): Promise<void> {
    const { isDurable = false } = this.#options;
    await this.#owner?.end().catch(() => undefined);
    this.#owner = undefined;
    const server = this.#postgres;
    if (server === undefined) throw new Error("The database does not run.");
    await server.stop();
    await wait(milliseconds);
    // The bridge forwards to one port: the server comes back on it.
    this.#postgres = await startPostgres({ dir: path.join(this.dir, "postgres"), password: this.#password, isDurable, port: server.port });
  }

  async startWorker({ settings = {}, retriesMax }: WorkerOptions = {}): Promise<void> {
    const postgres = this.#postgres;
    if (postgres === undefined) throw new Error("The database does not run.");
    const url = urlOf({ role: "stratifi_worker", password: this.#password, port: postgres.port });
    const port = await freePort();
    this.address = `http://127.0.0.1:${port}`;
    this.#worker = startWorker({
      port,
      dataDir: this.dir,
      envFiles: [],
      settings: { ...testSettings({ url, adminUrl: "", wsProxy: this.#wsProxy }), ENVIRONMENT: "local", ...settings },
      configFile: this.#configFile(retriesMax),
      onLine: (line) => {
        this.#log.push(line);
        this.#options.onLine?.(line);
      },
    });
    await waitForWorker(this.address, this.#worker, WORKER_START_TIMEOUT_MS);
  }

  /** SIGKILL to the whole process group: wrangler, workerd and their guard, in the middle of whatever they do. */
  async killWorker(): Promise<void> {
    killGroup(this.#worker?.pid);
    await this.#worker?.exited;
    this.#worker = undefined;
  }

  async stop(): Promise<void> {
    process.off("exit", this.#abandon);
    await this.#owner?.end().catch(() => undefined);
    await this.#worker?.stop();
    await this.#closeBridge();
    await this.#postgres?.stop();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }

  async company(name: string): Promise<Company> {
    const token = `sti_${randomBytes(32).toString("base64url")}`;
    const [tenant] = await this.sql("insert into tenants (name, slug) values ($1, $1 || '-' || uuidv7()) returning id", [name]);
    const tenantId = String(tenant?.["id"]);
    await this.sql("insert into api_tokens (tenant_id, name, token_hash, scopes) values ($1, 'Bank', $2, $3)", [
      tenantId,
      createHash("sha256").update(token).digest(),
      [...TOKEN_SCOPES],
    ]);
    return { tenantId, credentials: { authorization: `Bearer ${token}` } };
  }

  /** The company as a fresh admin of it. */
  async adminOf(company: Company): Promise<Company> {
    const [person] = await this.sql("insert into users (email, name) values (uuidv7() || '@demo.test', 'Ada Admin') returning id, email", []);
    await this.sql("insert into memberships (tenant_id, user_id, role) values ($1, $2, 'admin')", [company.tenantId, person?.["id"]]);
    const answer = await fetch(`${this.address}/auth/local`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: this.address },
      body: JSON.stringify({ email: person?.["email"] }),
    });
    const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    if (!answer.ok || cookie === "") throw new Error(`The sign-in answered ${answer.status}: ${await answer.text()}`);
    return { tenantId: company.tenantId, credentials: { cookie, origin: this.address } };
  }

  /** As the database's owner, behind row security. */
  async sql(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    if (this.#owner === undefined) {
      this.#owner = new pg.Client({ connectionString: this.#postgres?.ownerUrl ?? "" });
      // A server that is stopped says goodbye to us too.
      this.#owner.on("error", () => undefined);
      await this.#owner.connect();
    }
    return (await this.#owner.query<Record<string, unknown>>(text, values)).rows;
  }

  /** Asks the API as the company; a body of bytes goes as it is, anything else as JSON. Answers any status. */
  async ask(company: Company, method: string, where: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
    const isBytes = body instanceof Uint8Array;
    const answer = await fetch(this.address + where, {
      method,
      headers: {
        ...company.credentials,
        ...(body === undefined ? {} : { "content-type": isBytes ? "application/octet-stream" : "application/json" }),
      },
      ...(body === undefined ? {} : { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? {} : recordOf(JSON.parse(text)) };
  }

  /** As `ask`, for what must succeed. */
  async ok(company: Company, method: string, where: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await this.ask(company, method, where, body);
    if (answer.status >= 300) throw new Error(`${method} ${where} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Rings the cron as the platform does each minute. */
  async tick(): Promise<void> {
    const problem = await ringCron(this.address);
    if (problem !== null) throw new Error(problem);
  }

  /** What two minutes would do: leases of those who are gone run out, and what stood still has stood long enough for the sweeper. */
  async letTimePass(): Promise<void> {
    await this.sql("update ingestion_jobs set lease_until = now() - interval '1 second' where lease_until is not null");
    await this.sql("update ingestion_jobs set updated_at = now() - interval '1 hour' where status in ('pending', 'running')");
  }

  /** Looks until `look` finds something; throws with the Worker's last words when the time is over. */
  async until<T>(what: string, look: () => Promise<T | null | undefined | false>, timeoutMs = 120_000): Promise<T> {
    const end = performance.now() + timeoutMs;
    while (performance.now() < end) {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
      await wait(LOOK_EVERY_MS);
    }
    throw new Error(`${what}: not within ${timeoutMs / 1000} s.\n${this.#log.slice(-20).join("\n")}`);
  }

  #configFile(retriesMax: number | undefined): string {
    const original = path.join(ROOT, "wrangler.toml");
    if (retriesMax === undefined) return original;
    const text = readFileSync(original, "utf8")
      .replace('"src/index.ts"', JSON.stringify(path.join(ROOT, "src/index.ts")))
      .replace('"./dist"', JSON.stringify(DIST))
      .replaceAll(/max_retries = \d+/g, `max_retries = ${retriesMax}`);
    const file = path.join(this.dir, "wrangler.toml");
    writeFileSync(file, text);
    return file;
  }

  /** A run that is stopped in the middle (Ctrl-C) calls no tear-down. */
  #killAll(): void {
    killGroup(this.#worker?.pid);
    killGroup(this.#postgres?.child.pid);
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : { value };
}
