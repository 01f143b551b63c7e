/** `node scripts/expect.ts [--check]`: writes what every format fixture is read as beside it (golden files). Look at the diff before you commit it. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FORMAT_IDS, type FormatId } from "../src/formats/format.ts";
import { formatOf } from "../src/formats/index.ts";
import { Inspection } from "./inspect/inspection.ts";

const fixtures = join(import.meta.dirname, "../test/fixtures");

if (import.meta.main) process.exitCode = main(process.argv.includes("--check"));

/** The fixtures of a format: every file of its folder that is no golden file. */
export function fixturesOf(format: FormatId): string[] {
  const folder = join(fixtures, format);
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

function main(isCheck: boolean): number {
  const changed: string[] = [];
  for (const format of FORMAT_IDS) {
    for (const path of fixturesOf(format)) {
      const text = goldenText(format, path);
      if (text === readGolden(goldenPath(path))) continue;
      changed.push(path);
      if (!isCheck) writeFileSync(goldenPath(path), text);
    }
  }
  for (const path of changed) process.stdout.write(`${isCheck ? "differs" : "written"}: ${goldenPath(path)}\n`);
  return isCheck && changed.length > 0 ? 1 : 0;
}

function readGolden(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
