/** Notices that the command which started us has gone (a closed terminal, a killed `npm run`), so that the stack can stop. Only looks. */
import { isAlive, markProcess, type ProcessMark, parentOf } from "./process-identity.ts";

const LOOK_EVERY_MS = 500;

/**
 * Under npm the chain is npm → sh → us, and a killed npm leaves its sh waiting for us: both are watched. Started by hand, only the
 * parent is, because a shell may well end before what it sent to the background with `nohup`.
 */
export function watchLifeline(onGone: () => void): () => void {
  const watched = process.env["npm_lifecycle_event"] === undefined ? [markProcess(process.ppid)] : npmChain();
  const parent = process.ppid;
  const marks = watched.filter((mark) => mark !== null && mark.pid > 1);
  const timer = setInterval(() => {
    if (process.ppid !== parent || !marks.every((mark) => mark !== null && isAlive(mark))) onGone();
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function npmChain(): (ProcessMark | null)[] {
  const parent = markProcess(process.ppid);
  const isShell = parent !== null && / (\S*\/)?(sh|bash|dash|zsh) -c /.test(` ${parent.identity} `);
  const grandparent = isShell ? parentOf(parent.pid) : null;
  return grandparent === null ? [parent] : [parent, markProcess(grandparent)];
}
