/** `npm run bench`: every promise on speed, measured. `--only NAME` for one, `--json` for programs, `--rows N` for fewer rows in the books. Never part of `npm test`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { explain, Refusal } from "../local/refusal.ts";
import { allDuplicate } from "./all-duplicate.ts";
import { bai2Node } from "./bai2-node.ts";
import { bai2Workerd } from "./bai2-workerd.ts";
import { type Bench, type BenchContext, isMet, type Measured } from "./bench.ts";
import { csvNode } from "./csv.ts";
import { csvRedraw } from "./csv-redraw.ts";
import { endToEnd } from "./end-to-end.ts";
import { memory } from "./memory.ts";
import { possibleDuplicates } from "./possible-duplicates.ts";
import { rls } from "./rls.ts";
import { rowCost } from "./row-cost.ts";
import { sameBytes } from "./same-bytes.ts";
import { type Stack, startStack } from "./stack.ts";
import { staging } from "./staging.ts";
import { tenMillion } from "./ten-million.ts";
import { webhook } from "./webhook.ts";

const BENCHES: readonly Bench[] = [
  bai2Node,
  bai2Workerd,
  csvNode,
  csvRedraw,
  rowCost,
  memory,
  staging,
  endToEnd,
  allDuplicate,
  sameBytes,
  tenMillion,
  possibleDuplicates,
  rls,
  webhook,
];

interface Row {
  name: string;
  goal: string;
  figure: number;
  unit: string;
  met: boolean;
  details: Record<string, string | number>;
}

/** What a person reads stands on stderr where stdout is for a program. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: "string", multiple: true }, json: { type: "boolean", default: false }, rows: { type: "string", default: "10000000" } },
  });
  const benches = chosen(values.only ?? []);
  const bookedRows = Number(values.rows.replaceAll("_", ""));
  if (!Number.isInteger(bookedRows) || bookedRows < 10_000) throw new Refusal(`--rows takes a number from 10000 upwards, not "${values.rows}".`);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const folder = mkdtempSync(path.join(tmpdir(), "stratifi-bench-"));
  const started: Promise<Stack>[] = [];
  const context: BenchContext = { folder, bookedRows, say, stack: () => started[0] ?? start() };
  const start = () => {
    const stack = startStack(folder);
    started.push(stack);
    return stack;
  };
  try {
    const rows: Row[] = [];
    for (const bench of benches) {
      say(`${bench.name}: ${bench.about}`);
      const row = rowOf(bench, await bench.run(context));
      rows.push(row);
      if (!values.json) process.stdout.write(`${describe(row)}\n`);
    }
    if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    else process.stdout.write(`\n${table(rows)}\n`);
  } finally {
    for (const stack of started) await (await stack).stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function chosen(names: readonly string[]): readonly Bench[] {
  const unknown = names.find((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown !== undefined) throw new Refusal(`There is no benchmark "${unknown}". There are: ${BENCHES.map((bench) => bench.name).join(", ")}.`);
  return names.length === 0 ? BENCHES : BENCHES.filter((bench) => names.includes(bench.name));
}

function rowOf({ name, goal }: Bench, { figure, details }: Measured): Row {
  return {
    name,
    goal: `${goal.bound === "min" ? "≥" : "≤"} ${goal.value}${goal.unit === "x" ? "" : " "}${goal.unit}`,
    figure: Number(figure.toPrecision(3)),
    unit: goal.unit,
    met: isMet(figure, goal),
    details,
  };
}

function describe(row: Row): string {
  const details = Object.entries(row.details).map(([name, value]) => `    ${name}: ${value}`);
  return [`  ${row.figure} ${row.unit} (goal ${row.goal}): ${row.met ? "met" : "NOT MET"}`, ...details].join("\n");
}

function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => [row.name, row.goal, `${row.figure} ${row.unit}`, row.met ? "met" : "not met"]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
