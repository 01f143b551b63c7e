/** A seeded source of chance: the same seed, the same choices. Never used outside tests. */

export interface Chance {
  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number;
  pick<T>(from: readonly T[]): T;
  /** True in `percent` of a hundred. */
  percent(percent: number): boolean;
}

/** mulberry32: 32 bits of state are plenty for choosing among a handful. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number) => next() % limit;
  return {
    below,
    percent: (percent) => below(100) < percent,
    pick: (from) => {
      const picked = from[below(from.length)];
      if (picked === undefined) throw new Error("Nothing to pick from.");
      return picked;
    },
  };
}
