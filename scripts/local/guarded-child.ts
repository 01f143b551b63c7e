/**
 * Starts a program that cannot outlive us, not even after `kill -9`: a shell holds the read end of our pipe and stops its
 * program when the pipe closes. Never restarts anything.
 */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Program {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  /** As whom to run; ours when omitted. */
  as?: { uid: number; gid: number };
  /** `group`: TERM to all it started. `child`: INT to the program alone, which has to handle it; Postgres then stops its own in order. */
  stops: "child" | "group";
  /** Called with each line of its standard output and error. */
  onLine: (line: string) => void;
}

export interface GuardedChild {
  name: string;
  /** Process id of the guard, which leads the program's process group. */
  pid: number;
  exited: Promise<number>;
  /** Stops the program, by force when it has not gone in time, and resolves when nothing of it is left. */
  stop: () => Promise<void>;
}

/** The longest seen is Postgres writing its last checkpoint (1 s); four times that before force. */
const STOP_TIMEOUT_MS = 4_000;

/**
 * Descriptor 3 is our pipe. The reader below it ends when we do, whatever ended us. `trap :` lets the guard outlive the signal it
 * sends to its own group, so that it can collect its program and then end what the program may have left. What ignores the signal for
 * five seconds goes by force. The guard itself says nothing: with us gone, its words would break its own pipe.
 */
const GUARD = `
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
exec >/dev/null 2>&1
trap : TERM INT
if [ "$GUARD_STOPS" = child ]; then stop="kill -INT $program"; else stop="kill -TERM 0"; fi
( read -r _ <&3; trap : TERM; $stop; trap - TERM; sleep 5; kill -KILL 0 ) &
reader=$!
wait $program; code=$?
while kill -0 $program; do wait $program; code=$?; done
trap '' TERM
kill -KILL $reader
kill -TERM 0
exit $code
`;

/** What runs now, in the order in which it was started. */
const running = new Map<number, GuardedChild>();

/** Stops whatever still runs, the last started first: the Worker before the database it talks to. */
export async function stopAllGuarded(): Promise<void> {
  for (const child of [...running.values()].reverse()) await child.stop();
}

/** Process ids of the guards that run now. */
export function guardPids(): number[] {
  return [...running.keys()];
}

export function startGuarded(program: Program): GuardedChild {
  const options: SpawnOptions = {
    env: { ...process.env, ...program.env, GUARD_STOPS: program.stops },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
    ...program.as,
  };
  const guard = spawn("sh", ["-c", GUARD, program.name, program.command, ...program.args], options);
  for (const stream of [guard.stdout, guard.stderr]) {
    if (stream) createInterface({ input: stream }).on("line", program.onLine);
  }
  guard.stdin?.on("error", () => {
    program.onLine(`${program.name} had gone before it was stopped.`);
  });
  const exited = new Promise<number>((resolve) => {
    guard.once("error", (error) => {
      program.onLine(error.message);
      resolve(127);
    });
    guard.once("close", (code) => resolve(code ?? 1));
  });
  const child: GuardedChild = { name: program.name, pid: guard.pid ?? -1, exited, stop: () => stopGuarded(guard, exited) };
  running.set(child.pid, child);
  void exited.then(() => running.delete(child.pid));
  return child;
}

async function stopGuarded(guard: ChildProcess, exited: Promise<number>): Promise<void> {
  guard.stdin?.end();
  const force = setTimeout(() => killGroup(guard.pid), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(force);
}

/** Ends a whole process group at once; one that has already gone is no error. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined || pid <= 1) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
