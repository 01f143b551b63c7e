/** Starts a stand-in for Stripe on a free port of this machine, with one account and a key to it. For tests and local runs; never for real money. */
import { type ServerType, serve } from "@hono/node-server";
import type { StripeBooks } from "./books.ts";
import { addControl } from "./control.ts";
import { stripeApp } from "./server.ts";
import { type ApiKey, StripeWorld } from "./world.ts";

export interface FakeStripe {
  url: string;
  port: number;
  world: StripeWorld;
  /** The account that there is from the beginning. */
  books: StripeBooks;
  /** A restricted key to it that may read everything. */
  key: ApiKey;
  close(): Promise<void>;
}

/** 2 March 2026, 10:00 UTC. */
const START = Date.UTC(2026, 2, 2, 10) / 1000;

export interface FakeStripeOptions {
  /** The stand-in's own clock, seconds since 1970; it moves by `world.advance` alone, unless it runs. */
  start?: number;
  /** Goes on with this machine's clock. */
  isRunning?: boolean;
  port?: number;
  livemode?: boolean;
  /** The account's id and the key's text, where somebody has to know them before. */
  accountId?: string;
  keyText?: string;
}

export async function startFakeStripe({
  start = START,
  isRunning = false,
  port = 0,
  livemode = false,
  accountId,
  keyText,
}: FakeStripeOptions = {}): Promise<FakeStripe> {
  const world = isRunning ? new StripeWorld(start, () => performance.now() / 1000) : new StripeWorld(start);
  const books = world.account({ livemode, ...(accountId === undefined ? {} : { id: accountId }) });
  const app = stripeApp(world);
  addControl(app, world, books);
  const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" });
  const taken = await listening(server);
  const key = world.key(books, keyText === undefined ? {} : { text: keyText });
  return { url: `http://127.0.0.1:${taken}`, port: taken, world, books, key, close: () => closed(server) };
}

function listening(server: ServerType): Promise<number> {
  return new Promise((resolve, reject) => {
    const answer = () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("The stand-in has no port."));
      else resolve(address.port);
    };
    server.once("error", reject);
    if (server.listening) answer();
    else server.once("listening", answer);
  });
}

function closed(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
}
