/** A running total of minor units: fast while figures are small, exact at any size. Never a rounded number. */
import type { Minor } from "../../domain/record.ts";

export class Sum {
  #low = 0;
  #high = 0n;

  static of(text: Minor): Sum {
    const sum = new Sum();
    sum.add(text);
    return sum;
  }

  /** `text` is canonical digits with an optional minus. */
  add(text: Minor): void {
    if (text.length > SAFE_DIGITS) {
      this.#high += BigInt(text);
      return;
    }
    this.addSmall(Number(text));
  }

  /** An exact integer of at most 15 digits. */
  addSmall(value: number): void {
    this.#low += value;
    if (this.#low > SPILL_AT || this.#low < -SPILL_AT) this.#spill();
  }

  toString(): Minor {
    return this.#high === 0n ? `${this.#low}` : (this.#high + BigInt(this.#low)).toString();
  }

  #spill(): void {
    this.#high += BigInt(this.#low);
    this.#low = 0;
  }
}

/** 15 digits are below 2^50, and 2^52 + 2^50 is below 2^53: every sum stays an exact integer until it is spilled. */
const SAFE_DIGITS = 15;
const SPILL_AT = 2 ** 52;
