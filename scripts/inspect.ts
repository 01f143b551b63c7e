/** `npm run -s inspect -- FILE [--format csv] [--profile profile.json] [--json]`: what a file would import, with every problem and the proof. Never imports, never writes. */
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import type { ProfileSettings } from "../src/domain/profile.ts";
import {
  FORMAT_IDS,
  type Format,
  type FormatId,
  type MemberSettings,
  type ParseOptions,
  RECOGNIZE_BYTES,
  SAMPLE_BYTES,
} from "../src/formats/format.ts";
import { formatOf, recognize } from "../src/formats/index.ts";
import { portions } from "../src/formats/portions.ts";
import { Inspection } from "./inspect/inspection.ts";
import { membersOf } from "./inspect/members.ts";
import { ProfileError, readProfile } from "./inspect/profile.ts";
import { printTables } from "./inspect/tables.ts";

const USAGE = "Usage: npm run -s inspect -- FILE [--format bai2] [--profile profile.json] [--json]";

interface Arguments {
  path: string;
  format: FormatId | null;
  profile: ProfileSettings | null;
  isJson: boolean;
}

class UsageError extends Error {}

process.exitCode = await main(process.argv.slice(2));

/** 0 = readable, 1 = a problem of severity error, 2 = called wrongly. */
async function main(argv: string[]): Promise<number> {
  try {
    const asked = readArguments(argv);
    const inspection = await inspect(asked);
    process.stdout.write(asked.isJson ? `${JSON.stringify(inspection.toJson(), null, 2)}\n` : printTables(inspection.toJson()));
    return inspection.hasErrors ? 1 : 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ProfileError)) throw error;
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    return 2;
  }
}

function readArguments(argv: string[]): Arguments {
  const { values, positionals } = parsed(argv);
  const [path, ...more] = positionals;
  if (path === undefined) throw new UsageError("Expected the path of a file.");
  if (more.length > 0) throw new UsageError(`Expected one file, found ${positionals.length}.`);
  const profile = values.profile === undefined ? null : readProfile(values.profile);
  return { path, format: readFormat(values.format), profile, isJson: values.json === true };
}

function parsed(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: { format: { type: "string" }, profile: { type: "string" }, json: { type: "boolean" } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function readFormat(text: string | undefined): FormatId | null {
  if (text === undefined || text === "auto") return null;
  if (text === "camt") return "xml";
  const format = FORMAT_IDS.find((id) => id === text);
  if (format === undefined) throw new UsageError(`Expected --format to be one of ${FORMAT_IDS.join(", ")}, found "${text}".`);
  return format;
}

async function inspect({ path, format: named, profile }: Arguments): Promise<Inspection> {
  const { size, head } = await readHead(path);
  const fileName = basename(path);
  const found = recognize(head.subarray(0, RECOGNIZE_BYTES), fileName);
  // A profile speaks of the files in an archive, too.
  const kind = named ?? ("format" in found && found.format.survey !== undefined ? null : (profile?.kind ?? null));
  const answer = kind === null ? found : { format: formatOf(kind) };
  const refused = async (inspection: Inspection, records: Parameters<Inspection["add"]>[0]): Promise<Inspection> => {
    inspection.add(records);
    await readAll(path, size, (chunk) => inspection.addBytes(chunk));
    return inspection;
  };
  if ("refusal" in answer) {
    return await refused(new Inspection({ format: null, fileName }), [{ type: "problem", statement: null, problem: answer.refusal }]);
  }
  const { format } = answer;
  const inspection = new Inspection({ format: format.id, fileName });
  const sample = format.sampleBytes === undefined ? head : (await readHead(path, format.sampleBytes)).head;
  const reading = format.read?.(sample, { fileName, whole: sample.length === size, ...(profile === null ? {} : { profile }) });
  if (reading !== undefined) inspection.addReading(reading);
  if (reading !== undefined && reading.questions.length > 0) return await refused(inspection, []);
  if (reading !== undefined) return await parseFile(path, size, { format, inspection, options: { profile: reading.profile } });
  const settings: MemberSettings = profile === null ? {} : { fitting: profile };
  const survey = format.survey?.(settings);
  if (survey === undefined) return await parseFile(path, size, { format, inspection, options: {} });
  await readAll(path, size, (chunk) => survey.push(chunk));
  return await parseFile(path, size, { format, inspection, options: { members: membersOf(survey, { settings, inspection }) } });
}

async function parseFile(
  path: string,
  size: number,
  { format, inspection, options }: { format: Format; inspection: Inspection; options: ParseOptions },
): Promise<Inspection> {
  const parser = format.open(options);
  await readAll(path, size, (chunk) => {
    inspection.addBytes(chunk);
    for (const records of portions(parser, parser.push(chunk))) inspection.add(records);
  });
  for (const records of portions(parser, parser.end())) inspection.add(records);
  return inspection;
}

async function readHead(path: string, bytesMax = SAMPLE_BYTES): Promise<{ size: number; head: Uint8Array }> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new UsageError(`Expected a file, but ${path} is none.`);
    const file = await open(path);
    try {
      const head = new Uint8Array(Math.min(bytesMax, found.size));
      const { bytesRead } = await file.read(head, 0, head.length, 0);
      return { size: found.size, head: head.subarray(0, bytesRead) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** In pieces of 64 KB: the file is never whole in memory. */
async function readAll(path: string, size: number, take: (chunk: Uint8Array) => void): Promise<void> {
  if (size === 0) return;
  for await (const chunk of createReadStream(path, { highWaterMark: RECOGNIZE_BYTES })) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("Expected the file to be read as bytes.");
    take(chunk);
  }
}
