/** The road under fire: a hundred seeded histories with kills, zombies, outages and lost messages; and five ways to build it wrong, each of which must be seen. */
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { MUTANTS } from "./support/mutants.ts";
import { type Lane, openLanes, report, runSeeds } from "./support/run.ts";
import { FAULTS } from "./support/weather.ts";

const SEEDS = 100;
/** A mutant is found within so many histories, or the histories prove less than they seem to. */
const SEEDS_FOR_MUTANTS = 60;
/** Histories mostly wait for round trips: three at once keep two cores busy. */
const LANES = 3;

let lanes: Lane[] = [];
let close = async () => {};

beforeAll(async () => {
  ({ lanes, close } = await openLanes(inject("db"), LANES));
});
afterAll(() => close());

it("whatever strikes, the books hold what files and people say, and every job comes to its end", { timeout: 600_000 }, async () => {
  const failures: string[] = [];
  const struck = new Set<string>();

  await runSeeds(lanes, seedsFrom(1, SEEDS), null, (outcome) => {
    for (const fault of Object.keys(outcome.faults)) struck.add(fault);
    if (outcome.violations.length > 0) failures.push(report(outcome));
    return false;
  });

  expect(failures.join("\n")).toBe("");
  expect(FAULTS.filter((fault) => fault !== "killed_between_commits" && !struck.has(fault))).toEqual([]);
  // Small files came in several slices: the code's ten thousand rows at a time were two here.
  expect(lanes.reduce((sum, lane) => sum + lane.database.slices, 0)).toBeGreaterThan(SEEDS);
});

it.each(Object.keys(MUTANTS))("a house built wrong is seen: %s", { timeout: 600_000 }, async (name) => {
  let seen: number | null = null;
  let bites = 0;

  await runSeeds(lanes, seedsFrom(1, SEEDS_FOR_MUTANTS), MUTANTS[name] ?? null, (outcome, mutant) => {
    bites += mutant?.bites ?? 0;
    if (outcome.violations.length > 0) seen = outcome.seed;
    return seen !== null;
  });

  expect(bites).toBeGreaterThan(0);
  expect(seen, `${name} went unseen in ${SEEDS_FOR_MUTANTS} histories`).not.toBeNull();
});

const seedsFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);
