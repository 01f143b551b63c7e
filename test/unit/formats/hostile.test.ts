/** Damaged files of every format: never a throw, a hang, or another answer in other pieces. All randomness is seeded. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fixturesOf } from "../../../scripts/expect.ts";
import { formatOf } from "../../../src/formats/index.ts";
import { chanceOf } from "../../harness/random.ts";
import { textOf } from "../bai2/reading.ts";
import { read, readStopping } from "./reading.ts";

const IDS = ["xml", "mt940", "ofx", "qif", "archive"] as const;

describe.each(IDS)("damaged %s files", { timeout: 120_000 }, (id) => {
  const fixtures = fixturesOf(id).map((path) => new Uint8Array(readFileSync(path)));

  it.runIf(fixtures.length > 0)("never throw, and are the same whole, in pieces and with stops", () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const next = chanceOf(seed).below;
      const bytes = damaged(fixtures[next(fixtures.length)] ?? new Uint8Array(), next);
      const whole = textOf(read(id, bytes));

      expect(textOf(read(id, bytes, { chunkSize: 1 + next(90) }))).toBe(whole);
      if (formatOf(id).resumable) expect(textOf(readStopping(id, bytes, 20 + next(300)))).toBe(whole);
    }
  });

  it("of random bytes never throw", () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const next = chanceOf(seed * 31).below;
      const bytes = Uint8Array.from({ length: next(800) }, () => next(256));

      expect(() => read(id, bytes)).not.toThrow();
    }
  });
});

/** One change, as files suffer them: bytes overwritten, put in or lost, the end cut off, a part doubled. */
function damaged(original: Uint8Array, next: (below: number) => number): Uint8Array {
  const at = next(Math.max(1, original.length));
  const length = 1 + next(30);
  const [before, after] = [original.subarray(0, at), original.subarray(at)];
  const junk = Uint8Array.from({ length }, () => next(256));
  switch (next(5)) {
    case 0:
      return joined(before, junk, after.subarray(length));
    case 1:
      return joined(before, junk, after);
    case 2:
      return joined(before, after.subarray(length));
    case 3:
      return before;
    default:
      return joined(before, after.subarray(0, length * 10), after);
  }
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
