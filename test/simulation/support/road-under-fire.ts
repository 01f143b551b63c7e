/** What both halves of the hundred histories assert; a file each, so that they run side by side. */
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { type Lane, openLanes, report, runSeeds } from "./run.ts";
import { FAULTS } from "./weather.ts";

/** Histories mostly wait for round trips: two at once keep a core busy. */
const LANES = 2;

export function livesThrough(seeds: { from: number; count: number }): void {
  let lanes: Lane[] = [];
  let close = async () => {};

  beforeAll(async () => {
    ({ lanes, close } = await openLanes(inject("db"), LANES));
  });
  afterAll(() => close());

  it("whatever strikes, the books hold what files and people say, and every job comes to its end", { timeout: 600_000 }, async () => {
    const failures: string[] = [];
    const struck = new Set<string>();

    await runSeeds(lanes, seedsOf(seeds), null, (outcome) => {
      for (const fault of Object.keys(outcome.faults)) struck.add(fault);
      if (outcome.violations.length > 0) failures.push(report(outcome));
      return false;
    });

    expect(failures.join("\n")).toBe("");
    expect(FAULTS.filter((fault) => fault !== "killed_between_commits" && !fault.startsWith("object_") && !struck.has(fault))).toEqual([]);
    // A small file is read a few times only: that one of the three ways struck it is enough for half of the histories.
    expect([...struck].some((fault) => fault.startsWith("object_"))).toBe(true);
    // Small files came in several slices: the code's ten thousand rows at a time were two here.
    expect(lanes.reduce((sum, lane) => sum + lane.database.slices, 0)).toBeGreaterThan(seeds.count);
  });
}

export const seedsOf = ({ from, count }: { from: number; count: number }) => Array.from({ length: count }, (_, index) => from + index);
