/** The rows of one sample, for those who ask again with other settings: they are cut once for each dialect. Never holds another sample's. */
import type { Inference, Profile } from "../../domain/profile.ts";
import type { SampleRow } from "../table/sample.ts";

/** A sample in rows, and how it was cut. */
export interface CutTable {
  shape: Pick<Profile, "encoding" | "delimiter" | "quote" | "line_end">;
  rows: readonly SampleRow[];
  inference: Inference[];
  hasLineEnd: boolean;
}

/** 4 ways of cutting: a person tries two or three. */
const TABLES_MAX = 4;

/** One of its own for each sample. */
export class SampleMemory {
  readonly #tables = new Map<string, CutTable>();

  table(key: string, cut: () => CutTable): CutTable {
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const made = cut();
    if (this.#tables.size >= TABLES_MAX) this.#tables.clear();
    this.#tables.set(key, made);
    return made;
  }
}
