/** The only door to the database. A unit of work opens a connection, begins, sets its tenant locally, works, commits and closes, within a deadline. */
import { Client, neonConfig } from "@neondatabase/serverless";
import type { sql } from "drizzle-orm";
import { drizzle, type NeonDatabase } from "drizzle-orm/neon-serverless";
import type { TenantId } from "../domain/ids.ts";
import { Refusal, Unavailable } from "../domain/refusal.ts";
import type { Env } from "../env.ts";
import * as schema from "./schema.ts";

/** A transaction of one tenant: drizzle over the one open connection. */
export type Tx = NeonDatabase<typeof schema>;

/** 25 s: below the platform's 30 s of grace at a runtime update, above the slowest set-based statement of a batch. */
export const TRANSACTION_DEADLINE_MS = 25_000;

export type DatabaseEnv = Pick<Env, "DATABASE_URL" | "DB_WS_PROXY">;

/** One open connection of one tenant, for work of several transactions in a row (a consumer's chunks). */
export interface TenantDoor {
  /** Runs `work` in one transaction; rolls back when it throws. Throws Unavailable past the deadline. */
  tx<T>(work: (tx: Tx) => Promise<T>, deadlineMs?: number): Promise<T>;
}

/** One transaction of one tenant on a connection of its own. */
export function withTenant<T>(env: DatabaseEnv, tenantId: TenantId, work: (tx: Tx) => Promise<T>): Promise<T> {
  return withTenantDoor(env, tenantId, (door) => door.tx(work));
}

/** Several transactions of one tenant on one connection, closed at the end whatever happens. */
export function withTenantDoor<T>(env: DatabaseEnv, tenantId: TenantId, work: (door: TenantDoor) => Promise<T>): Promise<T> {
  return withConnection(env, (connection) => work({ tx: (inner, deadlineMs) => transact(connection, tenantId, inner, deadlineMs) }));
}

/** The few questions that cross tenants: only the definer functions of the migrations answer here, and they return ids. */
export function acrossTenants<T>(env: DatabaseEnv, work: (tx: Tx) => Promise<T>): Promise<T> {
  return withConnection(env, (connection) => transact(connection, null, work));
}

/** First whose it is, then the work as that tenant, on one connection; null where it is nobody's. */
export function withFoundTenant<F extends { tenantId: TenantId }, T>(
  env: DatabaseEnv,
  find: (tx: Tx) => Promise<F | null>,
  work: (tx: Tx, found: F) => Promise<T>,
): Promise<T | null> {
  return withConnection(env, async (connection) => {
    const found = await transact(connection, null, find);
    return found === null ? null : transact(connection, found.tenantId, (tx) => work(tx, found));
  });
}

/** As `withFoundTenant`, where it may be several tenants' or one's several times: a transaction each, on one connection. */
export function withEachFound<F extends { tenantId: TenantId }>(
  env: DatabaseEnv,
  find: (tx: Tx) => Promise<readonly F[]>,
  work: (tx: Tx, found: F) => Promise<void>,
): Promise<void> {
  return withConnection(env, async (connection) => {
    for (const found of await transact(connection, null, find)) await transact(connection, found.tenantId, (tx) => work(tx, found));
  });
}

/** `work` once for each tenant that `find` names, in its order, each in a transaction of its own on one connection. */
export function withEachTenant<T>(env: DatabaseEnv, find: (tx: Tx) => Promise<readonly TenantId[]>, work: (tx: Tx) => Promise<T>): Promise<T[]> {
  return withConnection(env, async (connection) => {
    const done: T[] = [];
    for (const tenantId of await transact(connection, null, find)) done.push(await transact(connection, tenantId, work));
    return done;
  });
}

interface Connection {
  client: Client;
  /** Made once a connection: reading the schema for it takes longer than a round trip. */
  tx: Tx;
}

async function withConnection<T>(env: DatabaseEnv, work: (connection: Connection) => Promise<T>): Promise<T> {
  useBridge(env);
  const client = new Client(env.DATABASE_URL);
  // The driver reports its own closing as an error; real ones reach the query that waits.
  client.on("error", () => undefined);
  try {
    await within(client.connect(), 10_000);
  } catch (error) {
    throw new Unavailable("database", { cause: error });
  }
  try {
    return await work({ client, tx: drizzle({ client, schema }) });
  } finally {
    // Not awaited past a moment: a server that is gone never answers the goodbye.
    await within(client.end(), 1_000).catch(() => undefined);
  }
}

async function transact<T>(
  { client, tx }: Connection,
  tenantId: TenantId | null,
  work: (tx: Tx) => Promise<T>,
  deadlineMs = TRANSACTION_DEADLINE_MS,
): Promise<T> {
  const run = async () => {
    try {
      // One round trip; the id is a checked uuid (or empty), so it is safe inside the text of a simple query.
      await client.query(
        `begin; select set_config('app.tenant_id', '${tenantId ?? ""}', true), set_config('statement_timeout', '${deadlineMs}', true)`,
      );
      const result = await work(tx);
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch(() => undefined);
      throw isConnectionLoss(error) ? new Unavailable("database", { cause: error }) : error;
    }
  };
  return within(run(), deadlineMs + 2_000);
}

function within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unavailable("database")), deadlineMs);
  });
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer));
}

/** Local and tests only: plain WebSocket to the bridge, plain TCP behind it. */
function useBridge(env: DatabaseEnv): void {
  const bridge = env.DB_WS_PROXY;
  if (bridge === undefined) return;
  neonConfig.wsProxy = () => bridge;
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineTLS = false;
  neonConfig.pipelineConnect = false;
  neonConfig.coalesceWrites = false;
  neonConfig.webSocketConstructor = PiecewiseSocket;
}

/** 256 KiB: the bridge hands a frame on when it is whole, so that a batch in pieces is on its way to Postgres while the rest of it is still sent. */
const FRAME_BYTES = 256 * 1024;

class PiecewiseSocket extends WebSocket {
  override send(message: (ArrayBuffer | ArrayBufferView) | string): void {
    if (!(message instanceof Uint8Array)) {
      super.send(message);
      return;
    }
    for (let at = 0; at < message.length; at += FRAME_BYTES) super.send(message.subarray(at, at + FRAME_BYTES));
  }
}

/** Postgres' own classes 08 (connection), 53 (resources), 57P (shutdown); a driver error without a code, or the socket's own event in its place, is a lost socket. */
function isConnectionLoss(error: unknown): boolean {
  if (rootOf(error) instanceof Event) return true;
  const code = sqlState(error);
  if (code !== null) return code.startsWith("08") || code.startsWith("53") || code.startsWith("57P") || code === "57014";
  // Our own refusals speak of connections too, and a failed query names tables: only the driver's own words count.
  return (
    !(error instanceof Refusal) && /connection (terminated|ended|closed|error|reset|refused)|not queryable|socket/i.test(messageOf(rootOf(error)))
  );
}

const rootOf = (error: unknown): unknown => (error instanceof Error && error.cause !== undefined ? rootOf(error.cause) : error);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The SQLSTATE of a database error (drizzle wraps the driver's), or null. */
export function sqlState(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ("code" in error && typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code)) return error.code;
  return sqlState(error.cause);
}

/** True where the error says that a unique key of that name was already taken. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return sqlState(error) === "23505" && isViolation(error, constraint);
}

/** True where the error says that a rule of that name was broken. */
export function isViolation(error: unknown, constraint: string): boolean {
  if (sqlState(error)?.startsWith("23") !== true) return false;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ("constraint" in cause && cause.constraint === constraint) return true;
  }
  return false;
}

/** Which reference of a row leads nowhere (`entity_id`), where the error says so; else null. */
export function missingReference(error: unknown): string | null {
  if (sqlState(error) !== "23503") return null;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ("constraint" in cause && typeof cause.constraint === "string") return /_tenant_id_(\w+)_fkey$/.exec(cause.constraint)?.[1] ?? null;
  }
  return null;
}

/** True where a text holds what the database cannot store as text (NUL). */
export function isUnstorableText(error: unknown): boolean {
  return sqlState(error) === "22021" || sqlState(error) === "22P05";
}

/** Rows of a hand-written statement, each checked by its schema's parse: the one way that raw SQL enters typed code. */
export async function rowsOf<T>(tx: Tx, query: ReturnType<typeof sql>, parse: { parse(row: unknown): T }): Promise<T[]> {
  const result = await tx.execute(query);
  try {
    return result.rows.map((row) => parse.parse(row));
  } catch (error) {
    // Not a ZodError: that would say that a caller's input was wrong, and this is our own row.
    throw new Error("A row of the database is not of the form that its reader expects.", { cause: error });
  }
}
