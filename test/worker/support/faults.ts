/** Faults for the Worker's edges: storage that breaks off or waits, a queue that is only watched, a database that is not there. */
import { env } from "cloudflare:workers";
import * as z from "zod";
import type { TenantId } from "../../../src/domain/ids.ts";
import type { Env } from "../../../src/env.ts";

/** R2 whose bodies pass `between` before each of their chunks after the first `bytes`; what it throws breaks the body off, as a killed worker would. */
export function storageThat(fault: { afterBytes: number; between: () => Promise<void> }): Pick<Env, "RAW"> {
  const get: R2Bucket["get"] = async (key: string, options?: R2GetOptions) => {
    const found = await env.RAW.get(key, options);
    // Only whole reads to the end; the head, for recognition, is left alone.
    if (found === null || !("body" in found) || (options?.range && "length" in options.range)) return found;
    const body = interrupted(found.body, fault);
    return new Proxy(found, { get: (target, name) => (name === "body" ? body : Reflect.get(target, name, target)) });
  };
  return { RAW: new Proxy(env.RAW, { get: (target, name) => (name === "get" ? get : bound(target, name)) }) };
}

/** 64 KiB: what the parser reads at least, so that each chunk is a read of its own. */
const CHUNK_BYTES = 64 * 1024;

function interrupted(body: ReadableStream<Uint8Array>, fault: { afterBytes: number; between: () => Promise<void> }): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const pump = async () => {
    let sent = 0;
    for await (const bytes of body) {
      for (let from = 0; from < bytes.byteLength; from += CHUNK_BYTES) {
        if (sent >= fault.afterBytes) await fault.between();
        const chunk = bytes.slice(from, from + CHUNK_BYTES);
        await writer.write(chunk);
        sent += chunk.byteLength;
      }
    }
    await writer.close();
  };
  pump().catch((error) => writer.abort(error).catch(() => undefined));
  return readable;
}

/** The queue's producer, watched: what was sent of this company. Messages of others are refused, so that their own tests carry them. */
export class WatchedQueue {
  readonly sent: unknown[] = [];
  isDown = false;
  private readonly tenantId: TenantId;

  constructor(tenantId: TenantId) {
    this.tenantId = tenantId;
  }

  get settings(): Pick<Env, "ROAD"> {
    const take = (body: unknown) => {
      if (this.isDown) throw new Error("The queue is down.");
      if (z.object({ tenant_id: z.string() }).parse(body).tenant_id !== this.tenantId) throw new Error("Another test's message.");
      this.sent.push(body);
    };
    const send = async (body: unknown) => take(body);
    const sendBatch = async (messages: Iterable<{ body: unknown }>) => {
      for (const message of messages) take(message.body);
    };
    const own: Record<string | symbol, unknown> = { send, sendBatch };
    return { ROAD: new Proxy(env.ROAD, { get: (target, name) => own[name] ?? bound(target, name) }) };
  }
}

/** A database that nobody answers for. */
export const outage: Pick<Env, "DB_WS_PROXY"> = { DB_WS_PROXY: "127.0.0.1:1/v2" };

/** R2 that is killed whenever something is to be deleted. */
export function storageThatCannotDelete(): Pick<Env, "RAW"> {
  const killed = async () => {
    throw new Error("killed");
  };
  return { RAW: new Proxy(env.RAW, { get: (target, name) => (name === "delete" ? killed : bound(target, name)) }) };
}

/** A native object's methods work on itself only, not on a proxy of it. */
function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name, target);
  return typeof value === "function" ? value.bind(target) : value;
}
