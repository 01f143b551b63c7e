/** What the running stack consists of, kept in `.data/stack.json`, so that the next start can end what a `kill -9` left. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { killGroup } from "./guarded-child.ts";
import { isAlive, markProcess } from "./process-identity.ts";
import { Refusal } from "./refusal.ts";

const markSchema = z.object({ pid: z.number().int().positive(), identity: z.string() });
const recordSchema = z.object({ address: z.string(), owner: markSchema, children: z.array(markSchema) });

/** Guards stop their programs by themselves within a second of our end; three times that before force. */
const GRACE_MS = 3_000;

/** Ends what an earlier stack of this folder left behind. Throws a Refusal while that stack is alive and well. */
export async function takeOver(dataDir: string): Promise<void> {
  const last = readRecord(dataDir);
  if (last === null) return;
  if (isAlive(last.owner)) {
    throw new Refusal(`This checkout already runs at ${last.address} (process ${last.owner.pid}). Stop it there with Ctrl-C first.`);
  }
  const until = performance.now() + GRACE_MS;
  while (last.children.some(isAlive) && performance.now() < until) await wait(50);
  for (const child of last.children) if (isAlive(child)) killGroup(child.pid);
  rmSync(recordFile(dataDir), { force: true });
}

export function recordStack(dataDir: string, stack: { address: string; pids: number[] }): void {
  const owner = markProcess(process.pid);
  if (owner === null) return;
  const children = stack.pids.map(markProcess).filter((mark) => mark !== null);
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(recordFile(dataDir), JSON.stringify({ address: stack.address, owner, children }, null, 2));
}

/** Removes our own record; that of another stack, which a refused start has met, stays. */
export function forgetStack(dataDir: string): void {
  if (readRecord(dataDir)?.owner.pid === process.pid) rmSync(recordFile(dataDir), { force: true });
}

function readRecord(dataDir: string): z.infer<typeof recordSchema> | null {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(recordFile(dataDir), "utf8")));
  } catch {
    return null;
  }
}

function recordFile(dataDir: string): string {
  return path.join(dataDir, "stack.json");
}
