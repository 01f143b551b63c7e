/** The JSON parser: bytes in pieces → elements → rows → records, by a complete profile. Holds one element at most; never infers. */
import type { Profile } from "../../domain/profile.ts";
import type { StatementRecord } from "../../domain/record.ts";
import type { Checkpoint, Parser } from "../format.ts";
import { TableReader } from "../table/records.ts";
import { Row } from "../table/row.ts";
import { startOfTable, type TableState } from "../table/state.ts";
import { ByteCounter, ChunkDecoder } from "../table/text.ts";
import { type Element, ElementCutter, type ElementRefusal } from "./elements.ts";
import { leavesOf } from "./scan.ts";

export interface JsonState {
  byteOffset: number;
  line: number;
  rows: number;
  isInArray: boolean;
  isDone: boolean;
  table: TableState;
}

export class JsonParser implements Parser<JsonState> {
  readonly #decoder: ChunkDecoder;
  readonly #counter: ByteCounter;
  readonly #cutter: ElementCutter;
  readonly #table: TableReader;
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #width: number;
  readonly #row = new Row();
  #byteOffset: number;
  #line: number;
  #rows: number;
  #isStart: boolean;

  constructor(profile: Profile, resume?: Checkpoint<JsonState>) {
    const state = resume?.state;
    this.#decoder = new ChunkDecoder(profile.encoding);
    this.#counter = new ByteCounter(profile.encoding);
    this.#cutter = new ElementCutter(profile.json_path, { isInArray: state?.isInArray ?? false, isDone: state?.isDone ?? false });
    this.#table = new TableReader(profile, state === undefined ? startOfTable() : structuredClone(state.table));
    this.#indexes = new Map(profile.columns.map(({ name, index }) => [name, index]));
    this.#width = Math.max(0, ...profile.columns.map(({ index }) => index + 1));
    this.#byteOffset = state?.byteOffset ?? 0;
    this.#line = state?.line ?? 1;
    this.#rows = state?.rows ?? 0;
    this.#isStart = state === undefined;
  }

  push(chunk: Uint8Array): StatementRecord[] {
    let text = this.#decoder.push(chunk);
    if (this.#isStart && text !== "") {
      this.#isStart = false;
      if (text.startsWith("\ufeff")) {
        text = text.slice(1);
        this.#byteOffset += this.#decoder.encoding === "utf-8" ? 3 : 2;
      }
    }
    this.#take(this.#cutter.feed(text));
    return this.#table.takeOut();
  }

  end(): StatementRecord[] {
    this.#take([...this.#cutter.feed(this.#decoder.finish()), ...this.#cutter.finish()]);
    const { refusal } = this.#cutter;
    if (refusal !== null) this.#table.report({ code: refusal, line: this.#line, record: `row ${this.#rows + 1}`, ...REFUSALS[refusal] });
    this.#table.end({ line: this.#line, byteOffset: this.#byteOffset });
    return this.#table.takeOut();
  }

  checkpoint(): Checkpoint<JsonState> {
    const { isInArray, isDone } = this.#cutter;
    const byteOffset = this.#byteOffset;
    return { byteOffset, state: { byteOffset, line: this.#line, rows: this.#rows, isInArray, isDone, table: structuredClone(this.#table.state) } };
  }

  #take(elements: readonly Element[]): void {
    for (const { text, skipped } of elements) {
      this.#advance(skipped);
      if (text.trim() !== "") this.#element(text);
      else this.#advance(text);
    }
  }

  #element(text: string): void {
    const row = this.#row;
    row.clear();
    this.#rows += 1;
    row.number = this.#rows;
    row.line = this.#line;
    row.byteOffset = this.#byteOffset;
    this.#advance(text);
    row.lineEnd = this.#line;
    row.byteEnd = this.#byteOffset;
    row.source = text;
    row.from = 0;
    row.to = text.length;
    const leaves = leavesOf(text);
    if (typeof leaves === "string") {
      const message = `Element ${this.#rows} cannot be read: ${leaves}. It was left out; mend the file.`;
      this.#table.report({ code: "element_unreadable", line: row.line, record: `row ${this.#rows}`, message });
      return;
    }
    const cells: string[] = Array.from({ length: this.#width }, () => "");
    for (const [path, value] of leaves) {
      const index = this.#indexes.get(path);
      if (index !== undefined) cells[index] = value;
    }
    for (const cell of cells) row.addText(cell);
    this.#table.row(row);
  }

  #advance(text: string): void {
    this.#counter.open(text);
    this.#byteOffset += this.#counter.bytes(0, text.length);
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#line += 1;
  }
}

const REFUSALS: Record<ElementRefusal, { expected: string; message: string }> = {
  element_too_long: {
    expected: "at most 1 MiB an element",
    message: "An element has more than 1 MiB without an end. Nothing from it on was read; check the file, or ask for it again.",
  },
  array_not_found: {
    expected: "an array of movements",
    message: "The array of movements is not where the profile says. Nothing was read; check the path in the profile.",
  },
  truncated_json: { expected: "the end of the array", message: "The file ends inside the array: movements may be missing. Ask for the file again." },
};
