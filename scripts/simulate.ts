/** `npm run simulate -- --seeds 5000`: lives through seeded histories on a Postgres of its own and says what went wrong, and how to see it again. */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { MUTANTS } from "../test/simulation/support/mutants.ts";
import { openLanes, report, runSeeds } from "../test/simulation/support/run.ts";
import { randomPassword, startDatabase } from "./local/database.ts";
import { killGroup } from "./local/guarded-child.ts";

const USAGE = "Usage: npm run simulate -- [--seeds 5000] [--from 1] [--lanes 4] [--mutant NAME] | --seed N [--trace]";

/** A whole history is some 500 lines. */
const TRACE_LINES_MAX = 2_000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    lanes: { type: "string" },
    mutant: { type: "string" },
    trace: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

process.exitCode = values.help ? say(USAGE, 0) : await main();

function say(text: string, code: number): number {
  process.stdout.write(`${text}\n`);
  return code;
}

/** 0: no violation; 1: at least one; 2: called wrongly. */
async function main(): Promise<number> {
  const mutant = values.mutant === undefined ? null : MUTANTS[values.mutant];
  if (mutant === undefined) return say(`There is no mutant ${values.mutant}. Choose one of: ${Object.keys(MUTANTS).join(", ")}.`, 2);
  const from = Number(values.seed ?? values.from);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  const lanes = values.seed === undefined ? Number(values.lanes ?? availableParallelism() * 2) : 1;
  if (![from, count, lanes].every((number) => Number.isSafeInteger(number) && number > 0)) return say(USAGE, 2);
  const folder = mkdtempSync(path.join(tmpdir(), "stratifi-simulation-"));
  const server = await startDatabase({ dir: path.join(folder, "postgres"), password: randomPassword(), isDurable: false });
  const abandon = () => {
    killGroup(server.child.pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once("exit", abandon);
  try {
    return await simulate({ url: server.workerUrl, adminUrl: server.ownerUrl }, { from, count, lanes, mutant });
  } finally {
    process.off("exit", abandon);
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

type Wish = { from: number; count: number; lanes: number; mutant: (typeof MUTANTS)[string] | null };

async function simulate(server: Parameters<typeof openLanes>[0], wish: Wish): Promise<number> {
  const { lanes, close } = await openLanes(server, wish.lanes);
  const startedAt = performance.now();
  const faults = new Map<string, number>();
  const rows = new Map<string, number>();
  const failing: number[] = [];
  let [lived, commits, jobs, bites] = [0, 0, 0, 0];
  const seeds = Array.from({ length: wish.count }, (_, index) => wish.from + index);
  await runSeeds(lanes, seeds, wish.mutant, (outcome, bent) => {
    lived += 1;
    commits += outcome.commits;
    jobs += outcome.jobs;
    bites += bent?.bites ?? 0;
    for (const [fault, count] of Object.entries(outcome.faults)) faults.set(fault, (faults.get(fault) ?? 0) + count);
    for (const [what, count] of Object.entries(outcome.rows)) rows.set(what, (rows.get(what) ?? 0) + count);
    if (values.trace) process.stdout.write(`${outcome.trace.join("\n")}\n`);
    if (outcome.violations.length > 0) {
      failing.push(outcome.seed);
      process.stdout.write(`${report(outcome, TRACE_LINES_MAX)}\n`);
    }
    if (lived % 250 === 0) process.stdout.write(`${lived} of ${wish.count} seeds, ${failing.length} failing\n`);
    return false;
  });
  await close();
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(
    `${[
      `seeds ${lived}, jobs ${jobs}, commits ${commits}, ${seconds.toFixed(1)} s`,
      ...(wish.mutant === null ? [] : [`the mutant changed something ${bites} times`]),
      `faults ${[...faults.values()].reduce((sum, count) => sum + count, 0)}`,
      ...[...faults].sort(([a], [b]) => (a < b ? -1 : 1)).map(([fault, count]) => `  ${fault} ${count}`),
      `rows booked: ${[...rows]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([what, count]) => `${what} ${count}`)
        .join(", ")}`,
      `violations in ${failing.length} seeds${failing.length === 0 ? "" : `: ${failing.join(", ")}`}`,
    ].join("\n")}\n`,
  );
  return failing.length === 0 ? 0 : 1;
}
