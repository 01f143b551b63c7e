/** How a JSON file is read, from a sample: where its movements are, and what their fields hold. Pure. */
import { COLUMNS_MAX, type Inference, type Reading } from "../../domain/profile.ts";
import { isMovementLike } from "../csv/dialect.ts";
import { decodeSample, SAMPLE_ROWS } from "../csv/read.ts";
import type { ReadGiven } from "../format.ts";
import { readTable } from "../table/reading.ts";
import type { SampleRow } from "../table/sample.ts";
import { ElementCutter } from "./elements.ts";
import { type Leaf, leavesOf, membersOf, skipBlanks } from "./scan.ts";

export function readJson(sample: Uint8Array, { profile: given = {} }: ReadGiven): Reading {
  const { text: marked, encoding, inference } = decodeSample(sample, given);
  const text = marked.replace(/^\ufeff/, "");
  const found = given.json_path === undefined ? findPath(text) : given.json_path;
  const elements = sampleElements(text, found);
  const names = namesOf(elements);
  const rows = rowsOf(elements, names);
  const path: Inference = {
    column: null,
    role: "json_path",
    reading: found === null ? "an object a line" : found === "" ? "the document is the array" : found,
    confidence: given.json_path === undefined ? "likely" : "certain",
    evidence: given.json_path === undefined ? `${elements.length} elements with ${names.length} fields in the sample` : "given",
  };
  return readTable({ kind: "json", rows, given, shape: { encoding, json_path: found }, inference: [inference, path], names });
}

/** `""` = the document is the array; null = an object a line. Of several arrays the one whose elements look most like movements. */
export function findPath(text: string): string | null {
  const start = skipBlanks(text, 0);
  if (text[start] === "[") return "";
  const paths = text[start] === "{" ? arraysIn(text, start, "", 1) : [];
  const scored = paths.map((path) => {
    const rows = sampleElements(text, path);
    return { path, score: rows.filter((leaves) => isMovementLike(leaves.map(([, value]) => value))).length * 1_000 + rows.length };
  });
  const [best] = scored.sort((a, b) => b.score - a.score);
  return best === undefined || best.score === 0 ? null : best.path;
}

/** Paths of arrays, five levels deep at most. */
function arraysIn(text: string, at: number, path: string, depth: number): string[] {
  const paths: string[] = [];
  for (const member of membersOf(text, at)) {
    const name = path === "" ? member.key : `${path}.${member.key}`;
    if (text[member.at] === "[") paths.push(name);
    else if (text[member.at] === "{" && depth < 5) paths.push(...arraysIn(text, member.at, name, depth + 1));
  }
  return paths;
}

export function sampleElements(text: string, path: string | null): Leaf[][] {
  const cutter = new ElementCutter(path, { isInArray: false, isDone: false });
  const elements = [...cutter.feed(text), ...(path === null ? cutter.finish() : [])];
  return elements.slice(0, SAMPLE_ROWS).flatMap((element) => {
    const leaves = element.text.trim() === "" ? "" : leavesOf(element.text);
    return typeof leaves === "string" ? [] : [leaves];
  });
}

const namesOf = (elements: readonly Leaf[][]): string[] =>
  [...new Set(elements.flatMap((leaves) => leaves.map(([path]) => path)))].slice(0, COLUMNS_MAX);

function rowsOf(elements: readonly Leaf[][], names: readonly string[]): SampleRow[] {
  return elements.map((leaves, at) => {
    const values = new Map(leaves);
    return { number: at + 1, cells: names.map((name) => values.get(name) ?? "") };
  });
}
