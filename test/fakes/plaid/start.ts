/** A stand-in for Plaid on a free port of this machine: banks, Link, /transactions/sync, webhooks. For tests and local runs; holds nobody's money. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type ServerType, serve } from "@hono/node-server";
import { Hono } from "hono";
import { type FakeParts, plaidApi } from "./api.ts";
import { controls } from "./control.ts";
import { FaultQueue } from "./faults.ts";
import { LinkDesk } from "./link.ts";
import { remoteHands } from "./remote.ts";
import { SchemaCheck } from "./schema-check.ts";
import { Webhooks } from "./webhooks.ts";
import { type FakeItem, PlaidWorld, type TruthRow, type WorldOptions } from "./world.ts";

export interface FakePlaidOptions extends WorldOptions {
  clientId?: string;
  secret?: string;
  /** No page is larger: small ones make long chains. */
  pageSizeMax?: number;
  /** 0: any that is free. */
  port?: number;
  /** Where the banks are kept over a restart, for local runs; without it they are forgotten. */
  stateFile?: string;
}

export interface FakePlaid extends Omit<FakeParts, "baseUrl" | "check"> {
  url: string;
  /** What did not fit the vendor's own types, of requests, answers and webhooks. */
  violations: string[];
  truth(): TruthRow[];
  close(): Promise<void>;
}

export async function startFakePlaid(options: FakePlaidOptions = {}): Promise<FakePlaid> {
  const world = openWorld(options);
  const check = new SchemaCheck();
  let url = "";
  const parts: FakeParts = {
    world,
    check,
    faults: new FaultQueue(),
    webhooks: await Webhooks.open(world, check),
    link: new LinkDesk(world),
    clientId: options.clientId ?? "stand-in-client",
    secret: options.secret ?? "stand-in-secret",
    pageSizeMax: options.pageSizeMax ?? 500,
    baseUrl: () => url,
    calls: [],
  };
  const app = new Hono();
  const { stateFile } = options;
  if (stateFile !== undefined)
    app.use(async (context, next) => {
      await next();
      if (context.req.method === "POST") writeFileSync(stateFile, JSON.stringify(world.items));
    });
  app.route("/", plaidApi(parts)).route("/", controls(parts)).route("/", remoteHands(parts));
  const { server, port } = await listen(app, options.port ?? 0);
  url = `http://127.0.0.1:${port}`;
  return { ...parts, url, violations: check.violations, truth: () => world.truth(), close: () => close(server) };
}

/** The banks as they were left. Their new ids are drawn from another seed, so that none comes twice. */
function openWorld({ stateFile, ...options }: FakePlaidOptions): PlaidWorld {
  if (stateFile === undefined || !existsSync(stateFile)) return new PlaidWorld(options);
  const world = new PlaidWorld({ ...options, seed: Date.now() });
  // The file was written by this same server, above.
  const items: FakeItem[] = JSON.parse(readFileSync(stateFile, "utf8"));
  world.items.push(...items);
  return world;
}

function listen(app: Hono, port: number): Promise<{ server: ServerType; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, (address) => resolve({ server, port: address.port }));
    server.once("error", reject);
  });
}

function close(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
}
