/** Watches a running stack: memory of the Worker's runtime, and how long its pages take. Looks; changes nothing. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Company, OwnStack } from "../../test/harness/own-stack.ts";

const LOOK_EVERY_MS = 500;
const PAGE_BYTES = 4096;

export interface Figures {
  seconds: number;
  /** Resident memory of workerd, MB: when the phase began, and at its peak. */
  rssMb: { first: number; peak: number };
  /** Milliseconds by page: median, 95th percentile, slowest, and how many. */
  pages: Record<string, { p50: number; p95: number; max: number; count: number }>;
}

/** Samples until stopped; `phase` closes one phase and begins the next. */
export class Watch {
  readonly #stack: OwnStack;
  readonly #pages: Record<string, { company: Company; where: string }>;
  #took: Record<string, number[]> = {};
  #rss: number[] = [];
  #startedAt = performance.now();
  #isStopped = false;
  readonly #running: Promise<unknown>;

  constructor(stack: OwnStack, pages: Record<string, { company: Company; where: string }>) {
    this.#stack = stack;
    this.#pages = pages;
    this.#running = Promise.all([this.#sampleMemory(), this.#askPages()]);
  }

  /** Ends the phase that runs: its figures. */
  phase(): Figures {
    const figures = {
      seconds: round((performance.now() - this.#startedAt) / 1000),
      rssMb: { first: this.#rss[0] ?? 0, peak: Math.max(0, ...this.#rss) },
      pages: Object.fromEntries(Object.entries(this.#took).map(([name, took]) => [name, summary(took)])),
    };
    this.#startedAt = performance.now();
    this.#took = {};
    this.#rss = [];
    return figures;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #sampleMemory(): Promise<void> {
    while (!this.#isStopped) {
      this.#rss.push(residentMb(this.#stack.workerPid));
      await wait(LOOK_EVERY_MS);
    }
  }

  async #askPages(): Promise<void> {
    while (!this.#isStopped) {
      for (const [name, { company, where }] of Object.entries(this.#pages)) {
        const startedAt = performance.now();
        const { status } = await this.#stack.ask(company, "GET", where);
        if (status !== 200) throw new Error(`${where} answered ${status}.`);
        const took = this.#took[name] ?? [];
        this.#took[name] = took;
        took.push(performance.now() - startedAt);
      }
      await wait(LOOK_EVERY_MS);
    }
  }
}

/** Resident memory of the largest workerd of the process group (wrangler runs a small proxy beside it). */
function residentMb(group: number | null): number {
  let most = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (!stat.includes("(workerd)") || Number(fields[2]) !== group) continue;
      most = Math.max(most, Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES);
    } catch {
      // It has ended since it was listed.
    }
  }
  return Math.round(most / 1_000_000);
}

export function summary(took: readonly number[]): { p50: number; p95: number; max: number; count: number } {
  const sorted = [...took].sort((a, b) => a - b);
  const at = (part: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
  return { p50: at(0.5), p95: at(0.95), max: at(1), count: sorted.length };
}

export const round = (figure: number): number => Math.round(figure * 10) / 10;

/** One line a phase. */
export function lineOf(name: string, figures: Figures): string {
  const pages = Object.entries(figures.pages).map(([page, { p50, p95, max }]) => `${page} ${p50}/${p95}/${max}`);
  return `${name.padEnd(10)} ${String(figures.seconds).padStart(7)} s   memory ${figures.rssMb.first} → peak ${figures.rssMb.peak} MB   ms p50/p95/max: ${pages.join(", ")}`;
}
