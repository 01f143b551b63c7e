/** Processor time of the stack's processes, which a busy machine swings less than the clock. Reads /proc; where there is none, it says nothing. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Milliseconds since each began; the Worker's runtime keeps storage as well. */
export interface ProcessorTime {
  postgres: number;
  workerd: number;
  /** This process: the bridge between the two, and what sends COPY its rows. */
  bridge: number;
}

/** A tick of the kernel's clock is 10 ms on every Linux that Node runs on. */
const TICK_MS = 10;

interface Process {
  parent: number;
  name: string;
  command: string;
  ownMs: number;
  /** Of its children that have ended. */
  endedMs: number;
}

export function processorTime(): ProcessorTime | null {
  if (!existsSync("/proc/self/stat")) return null;
  const processes = new Map<number, Process>();
  for (const name of readdirSync("/proc")) {
    const found = /^\d+$/.test(name) ? readProcess(name) : null;
    if (found !== null) processes.set(Number(name), found);
  }
  const time = { postgres: 0, workerd: 0, bridge: (process.cpuUsage().user + process.cpuUsage().system) / 1000 };
  for (const [pid, each] of processes) {
    if (!isOurs(processes, pid)) continue;
    if (each.name === "postgres") time.postgres += each.ownMs + (each.command.startsWith("postgres: ") ? 0 : each.endedMs);
    else if (each.name.startsWith("workerd")) time.workerd += each.ownMs;
  }
  return time;
}

export function sumOfTimes(times: readonly ProcessorTime[]): ProcessorTime {
  const sum = (pick: (time: ProcessorTime) => number) => times.reduce((total, time) => total + pick(time), 0);
  return { postgres: sum((time) => time.postgres), workerd: sum((time) => time.workerd), bridge: sum((time) => time.bridge) };
}

/** `postgres 650, workerd 620, bridge 400 ms`. */
export function describeTime(time: ProcessorTime, runs: number): string {
  const [postgres, workerd, bridge] = [time.postgres, time.workerd, time.bridge].map((ms) => Math.round(ms / runs));
  return `postgres ${postgres}, workerd ${workerd}, bridge ${bridge} ms`;
}

function readProcess(pid: string): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    const fields = stat.slice(end + 2).split(" ");
    const ticks = (from: number) => (Number(fields[from]) + Number(fields[from + 1])) * TICK_MS;
    return {
      parent: Number(fields[1]),
      name: stat.slice(stat.indexOf("(") + 1, end),
      command: readFileSync(`/proc/${pid}/cmdline`, "utf8"),
      ownMs: ticks(11),
      endedMs: ticks(13),
    };
  } catch {
    // It ended while it was looked at.
    return null;
  }
}

function isOurs(processes: Map<number, Process>, pid: number): boolean {
  for (let each = pid; each > 1; each = processes.get(each)?.parent ?? 0) if (each === process.pid) return true;
  return false;
}
