/** What a benchmark is, and how its figures are taken: yardstick and subject in turn, medians, ratios. Knows no benchmark by name. */
import type { Stack } from "./stack.ts";

/** How often yardstick and subject take turns; the median of five forgives two bad ones. */
export const RUNS = 5;

export interface Bench {
  name: string;
  /** What the figure must reach, with its unit. */
  goal: Goal;
  /** What is measured against what, in one sentence. */
  about: string;
  run: (context: BenchContext) => Promise<Measured>;
}

export interface Goal {
  value: number;
  unit: "x" | "µs/row" | "MB" | "ms";
  /** `min`: at least; `max`: at most. */
  bound: "min" | "max";
}

export interface Measured {
  figure: number;
  details: Record<string, string | number>;
}

export interface BenchContext {
  /** Postgres, bridge and the Worker's runtime, started at the first asking. */
  stack: () => Promise<Stack>;
  /** Rows that stand in the books before the run of `ten_million`. */
  bookedRows: number;
  /** A folder for files, removed at the end. */
  folder: string;
  say: (line: string) => void;
}

export interface Turns {
  yardstick: number[];
  subject: number[];
}

/** Runs both in turn, each once unmeasured; the figures are what they give back (ms of wall or processor time). */
export async function inTurn(yardstick: () => Promise<number> | number, subject: () => Promise<number> | number, runs = RUNS): Promise<Turns> {
  await yardstick();
  await subject();
  const turns: Turns = { yardstick: [], subject: [] };
  for (let run = 0; run < runs; run += 1) {
    turns.yardstick.push(await yardstick());
    turns.subject.push(await subject());
  }
  return turns;
}

/** How fast the subject is beside its yardstick: 0.5 takes twice the time. */
export function ratioOf({ yardstick, subject }: Turns): number {
  return median(yardstick) / median(subject);
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error("There is no median of nothing.");
  return sorted.length % 2 === 1 ? middle : (middle + (sorted[sorted.length / 2 - 1] ?? middle)) / 2;
}

/** Milliseconds of this process' processor time that the work took, in all its threads. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Milliseconds by the clock. */
export async function wallMs(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** `123 (101–140) ms`: median, least and most. */
export function spread(figures: readonly number[], unit = "ms"): string {
  const round = (figure: number) => (figure >= 100 ? figure.toFixed(0) : figure.toFixed(1));
  return `${round(median(figures))} (${round(Math.min(...figures))}–${round(Math.max(...figures))}) ${unit}`;
}

export function isMet(figure: number, goal: Goal): boolean {
  return goal.bound === "min" ? figure >= goal.value : figure <= goal.value;
}
