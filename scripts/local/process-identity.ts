/** Tells one process from a later one that was given the same number. Only looks; never signals anything. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

export interface ProcessMark {
  pid: number;
  /** When it started and what it runs. */
  identity: string;
}

/** The mark of a living process, or null when it has gone. */
export function markProcess(pid: number): ProcessMark | null {
  const identity = existsSync("/proc/self/stat") ? identityFromProc(pid) : identityFromPs(pid);
  return identity === null ? null : { pid, identity };
}

export function isAlive(mark: ProcessMark): boolean {
  return markProcess(mark.pid)?.identity === mark.identity;
}

/** The process that started this one, or null when it cannot be known. */
export function parentOf(pid: number): number | null {
  const fields = statFields(pid);
  return fields === null ? null : Number(fields[1]);
}

function identityFromProc(pid: number): string | null {
  const fields = statFields(pid);
  if (fields === null || fields[0] === "Z") return null;
  const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  return `${fields[19]} ${command.slice(0, 200)}`;
}

/** /proc/pid/stat from its third field on (man 5 proc): state, parent, …, start time; the name before it may hold spaces. */
function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

function identityFromPs(pid: number): string | null {
  try {
    return (
      execFileSync("ps", ["-o", "lstart=,command=", "-p", String(pid)], { encoding: "utf8" })
        .trim()
        .slice(0, 240) || null
    );
  } catch {
    return null;
  }
}
