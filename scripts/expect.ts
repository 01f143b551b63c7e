/**
 * `npm run expect [-- --check]`: writes what each format fixture is read as beside it (golden files). Never overwrites one: delete the golden
 * file that is to be written anew, and look at the diff before you commit it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FORMAT_IDS, type FormatId } from "../src/formats/format.ts";
import { formatOf } from "../src/formats/index.ts";
import { portions } from "../src/formats/portions.ts";
import { Inspection } from "./inspect/inspection.ts";
import { membersOf } from "./inspect/members.ts";
import { readProfile } from "./inspect/profile.ts";

const fixtures = join(import.meta.dirname, "../test/fixtures");

if (import.meta.main) process.exitCode = main(process.argv.includes("--check"));

/** The fixtures of a format: every file of its folder that is neither a golden file nor a profile. */
export function fixturesOf(format: FormatId): string[] {
  const folder = join(fixtures, format);
  if (!existsSync(folder)) return [];
  const companions = format === "json" ? /\.(?:golden|profile)\.json$/ : /\.json$/;
  return readdirSync(folder)
    .filter((name) => !companions.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** What a fixture is read as, in the golden file's own spelling. */
export function goldenText(format: FormatId, path: string): string {
  const bytes = new Uint8Array(readFileSync(path));
  const inspection = new Inspection({ format, fileName: path.split("/").at(-1) ?? path });
  const { open, read, survey: begin } = formatOf(format);
  inspection.addBytes(bytes);
  const companion = path.replace(/\.[^.]+$/, ".profile.json");
  const profile = existsSync(companion) ? readProfile(companion) : undefined;
  const reading = read?.(bytes, { fileName: inspection.fileName, whole: true, ...(profile === undefined ? {} : { profile }) });
  if (reading !== undefined) inspection.addReading(reading);
  if (reading !== undefined && reading.questions.length > 0) return `${JSON.stringify(inspection.toJson(), null, 1)}\n`;
  const settings = profile === undefined ? {} : { fitting: profile };
  const survey = begin?.(settings);
  survey?.push(bytes);
  const members = survey === undefined ? settings : membersOf(survey, { settings: settings, inspection });
  const parser = open(reading === undefined ? { members } : { profile: reading.profile });
  for (const records of portions(parser, parser.push(bytes))) inspection.add(records);
  for (const records of portions(parser, parser.end())) inspection.add(records);
  return `${JSON.stringify(inspection.toJson(), null, 1)}\n`;
}

export function goldenPath(path: string): string {
  return path.replace(/\.[^.]+$/, path.endsWith(".json") ? ".golden.json" : ".json");
}

/** 1 where a golden file is missing (with `--check`) or says something else. */
function main(isCheck: boolean): number {
  let failures = 0;
  for (const format of FORMAT_IDS) {
    for (const path of fixturesOf(format)) {
      const golden = goldenPath(path);
      const text = goldenText(format, path);
      const known = readGolden(golden);
      if (text === known) continue;
      const isWritten = known === null && !isCheck;
      if (isWritten) writeFileSync(golden, text);
      else failures += 1;
      process.stdout.write(`${isWritten ? "written" : known === null ? "missing" : "differs, left as it is"}: ${golden}\n`);
    }
  }
  return failures > 0 ? 1 : 0;
}

function readGolden(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
