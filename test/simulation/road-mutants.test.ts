/** Six ways to build the road wrong, each of which the simulation must see. */
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { MUTANTS } from "./support/mutants.ts";
import { seedsOf } from "./support/road-under-fire.ts";
import { type Lane, openLanes, runSeeds } from "./support/run.ts";

/** A mutant is found within so many histories, or the histories prove less than they seem to. */
const SEEDS_MAX = 100;
/** Where to begin, so that none takes long: the house may change, and then a later seed sees it. */
const FIRST_SEEDS: Record<string, number> = { checkpoint_apart: 2, no_claimed_set: 47, occurrence_ignored: 27 };
const LANES = 2;

let lanes: Lane[] = [];
let close = async () => {};

beforeAll(async () => {
  ({ lanes, close } = await openLanes(inject("db"), LANES));
});
afterAll(() => close());

it.each(Object.keys(MUTANTS))("a house built wrong is seen: %s", { timeout: 600_000 }, async (name) => {
  let seen: number | null = null;
  let bites = 0;

  await runSeeds(lanes, seedsOf({ from: FIRST_SEEDS[name] ?? 1, count: SEEDS_MAX }), MUTANTS[name] ?? null, (outcome, mutant) => {
    bites += mutant?.bites ?? 0;
    if (outcome.violations.length > 0) seen = outcome.seed;
    return seen !== null;
  });

  expect(bites).toBeGreaterThan(0);
  expect(seen, `${name} went unseen in ${SEEDS_MAX} histories`).not.toBeNull();
});
