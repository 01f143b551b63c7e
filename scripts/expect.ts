/**
 * `npm run -s expect [-- --check | --overwrite]`: writes what every format fixture is read as beside it (golden files). A golden file that is there and
 * differs is refused, not overwritten, unless that is asked for: look at the difference before you commit it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FORMAT_IDS, type FormatId } from "../src/formats/format.ts";
import { formatOf } from "../src/formats/index.ts";
import { Inspection } from "./inspect/inspection.ts";

const fixtures = join(import.meta.dirname, "../test/fixtures");

if (import.meta.main) process.exitCode = main({ isCheck: process.argv.includes("--check"), mayOverwrite: process.argv.includes("--overwrite") });

/** The fixtures of a format: every file of its folder that is no golden file. */
export function fixturesOf(format: FormatId): string[] {
  const folder = join(fixtures, format);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.endsWith(".json"))
    .sort()
    .map((name) => join(folder, name));
}

/** What a fixture is read as, in the golden file's own spelling. */
export function goldenText(format: FormatId, path: string): string {
  const bytes = new Uint8Array(readFileSync(path));
  const inspection = new Inspection({ format, fileName: path.split("/").at(-1) ?? path });
  const parser = formatOf(format).open({});
  inspection.addBytes(bytes);
  inspection.add(parser.push(bytes));
  inspection.add(parser.end());
  return `${JSON.stringify(inspection.toJson(), null, 1)}\n`;
}

export function goldenPath(path: string): string {
  return path.replace(/\.[^.]+$/, ".json");
}

/** 0 = every golden file says what is read today, or was written anew; 1 = one differs. */
function main({ isCheck, mayOverwrite }: { isCheck: boolean; mayOverwrite: boolean }): number {
  let differing = 0;
  for (const format of FORMAT_IDS) {
    for (const path of fixturesOf(format)) {
      const text = goldenText(format, path);
      const golden = readGolden(goldenPath(path));
      if (text === golden) continue;
      const mayWrite = !isCheck && (golden === null || mayOverwrite);
      if (mayWrite) writeFileSync(goldenPath(path), text);
      else differing += 1;
      process.stdout.write(`${mayWrite ? "written" : "differs, left as it is"}: ${goldenPath(path)}\n`);
    }
  }
  return differing > 0 ? 1 : 0;
}

function readGolden(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
