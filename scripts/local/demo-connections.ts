/** The demo company's connections, made as a person makes them: through the API, with its accounts mapped. Does nothing where it has connections that fetch already. */
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import type { DemoConnection } from "./stand-ins.ts";

const listed = z.object({ data: z.array(z.looseObject({ id: z.string(), connection_type: z.string() })) });
const mappings = z.object({
  data: z.array(
    z.looseObject({
      id: z.string(),
      external_account_name: z.string().nullable(),
      last_four: z.string().nullable(),
      currency: z.string().nullable(),
    }),
  ),
});
const made = z.looseObject({ id: z.string() });

/** 60 s: the first fetches of three connections take some five. */
const UNTIL_MAPPED_MS = 60_000;

/** `address` is the running Worker's. How many were made. */
export async function connectDemo(address: string, connections: readonly DemoConnection[]): Promise<number> {
  const api = await signedIn(address);
  const there = listed.parse(await api("GET", "/api/connections"));
  if (there.data.some(({ connection_type: type }) => ["plaid", "stripe", "bank_api"].includes(type))) return 0;
  for (const connection of connections) await api("POST", "/api/connections", { ...connection, sync_frequency: "hourly", auto_import: true });
  await mapAccounts(api);
  return connections.length;
}

type Api = (method: string, path: string, body?: unknown) => Promise<unknown>;

async function signedIn(address: string): Promise<Api> {
  const entered = await fetch(`${address}/auth/local`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: address },
    body: JSON.stringify({ email: "owner@demo.test" }),
  });
  const cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
  return async (method, path, body) => {
    const answer = await fetch(address + path, {
      method,
      headers: { cookie, origin: address, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
    return answer.json();
  };
}

/** Each external account becomes an account of the company's, as soon as its first fetch shows it. */
async function mapAccounts(api: Api): Promise<void> {
  const until = performance.now() + UNTIL_MAPPED_MS;
  for (let quiet = 0; quiet < 5 && performance.now() < until; ) {
    const { data } = mappings.parse(await api("GET", "/api/mappings?status=unmapped"));
    for (const mapping of data) {
      const name = mapping.external_account_name ?? `Account ${mapping.last_four ?? ""}`.trim();
      const isOwed = /card|loan/i.test(name);
      const account = made.parse(
        await api("POST", "/api/accounts", { name, currency: mapping.currency ?? "USD", ...(isOwed ? { account_type: "credit" } : {}) }),
      );
      await api("PUT", `/api/mappings/${mapping.id}`, { account_id: account.id, verified: true });
    }
    quiet = data.length === 0 ? quiet + 1 : 0;
    await wait(1_500);
  }
}
