/** Nothing that a stack starts may outlive it, however the stack ends. */
import { spawn, spawnSync } from "node:child_process";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { startGuarded } from "../../scripts/local/guarded-child.ts";
import { isAlive, markProcess, type ProcessMark } from "../../scripts/local/process-identity.ts";

const GUARDED_CHILD = path.resolve(import.meta.dirname, "../../scripts/local/guarded-child.ts");

it("a stopped program takes along what it has started itself", async () => {
  const pids: number[] = [];
  const child = startGuarded({
    name: "family",
    command: "sh",
    args: ["-c", "sleep 600 & echo $!; echo $$; wait"],
    stops: "group",
    onLine: (line) => pids.push(Number(line)),
  });
  await vi.waitFor(() => expect(pids).toHaveLength(2));
  const family = marksOf(pids);

  await child.stop();

  expect(family).toHaveLength(2);
  await vi.waitFor(() => expect(family.filter(isAlive)).toEqual([]));
});

it("a program ends when the process that started it is killed outright", async () => {
  const program = `import { startGuarded } from ${JSON.stringify(GUARDED_CHILD)};
    startGuarded({ name: "orphan", command: "sh", args: ["-c", "echo $$; exec sleep 600"], stops: "group", onLine: console.log });`;
  const parent = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const pid = await new Promise<number>((resolve) => parent.stdout.once("data", (bytes) => resolve(Number(String(bytes)))));
  const orphan = marksOf([pid]);

  parent.kill("SIGKILL");

  expect(orphan).toHaveLength(1);
  await vi.waitFor(() => expect(orphan.filter(isAlive)).toEqual([]), { timeout: 5_000 });
});

it("a program's own end is reported with its status and its words", async () => {
  const lines: string[] = [];

  const child = startGuarded({
    name: "brief",
    command: "sh",
    args: ["-c", "echo out; echo err >&2; exit 3"],
    stops: "group",
    onLine: (line) => lines.push(line),
  });

  expect(await child.exited).toBe(3);
  expect(lines.sort()).toEqual(["err", "out"]);
});

it("a number that went to another process is not taken for the one that had it", async () => {
  const first = spawnSync("true").pid;
  await wait(0);

  expect(markProcess(first)).toBeNull();
  expect(isAlive({ pid: process.pid, identity: "another program" })).toBe(false);
});

function marksOf(pids: number[]): ProcessMark[] {
  return pids.map(markProcess).filter((mark) => mark !== null);
}
