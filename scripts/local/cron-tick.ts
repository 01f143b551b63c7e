/** Rings the Worker's cron each minute, which nothing does locally by itself. Never overlaps itself and never stops the stack. */
export interface CronTick {
  stop: () => void;
}

const MINUTE_MS = 60_000;
/** The Worker's own limit for scheduled work is far above; a tick that hangs must not pile up behind it. */
const TICK_TIMEOUT_MS = 55_000;

/** Every cron of wrangler.toml is `* * * * *`: what is due each minute is data (src/cron.ts), not a schedule. */
export function startCronTick(address: string, onProblem: (message: string) => void): CronTick {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const arm = () => {
    if (isStopped) return;
    timer = setTimeout(() => void tick().then(arm), MINUTE_MS - (Date.now() % MINUTE_MS));
  };
  const tick = async () => {
    const problem = await ringCron(address);
    if (problem !== null && !isStopped) onProblem(problem);
  };
  arm();
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Runs the scheduled handler once; answers what went wrong, or null. */
export async function ringCron(address: string): Promise<string | null> {
  try {
    const url = `${address}/cdn-cgi/handler/scheduled?cron=${encodeURIComponent("* * * * *")}`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(TICK_TIMEOUT_MS) });
    await answer.body?.cancel();
    return answer.ok ? null : `The scheduled handler answered ${answer.status}.`;
  } catch (error) {
    return `The scheduled handler could not be reached: ${error instanceof Error ? error.message : String(error)}`;
  }
}
