/** `npm run -s inspect -- FILE [--format bai2] [--json]`: what a file would import, with every problem and the proof. Never imports, never writes. */
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { FORMAT_IDS, type Format, type FormatId, RECOGNIZE_BYTES } from "../src/formats/format.ts";
import { formatOf, recognize } from "../src/formats/index.ts";
import { portions } from "../src/formats/portions.ts";
import { Inspection } from "./inspect/inspection.ts";
import { printTables } from "./inspect/tables.ts";

const USAGE = "Usage: npm run -s inspect -- FILE [--format bai2] [--profile profile.json] [--json]";

interface Arguments {
  path: string;
  format: FormatId | null;
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
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    return 2;
  }
}

function readArguments(argv: string[]): Arguments {
  const { values, positionals } = parsed(argv);
  const [path, ...more] = positionals;
  if (path === undefined) throw new UsageError("Expected the path of a file.");
  if (more.length > 0) throw new UsageError(`Expected one file, found ${positionals.length}.`);
  if (values.profile !== undefined) throw new UsageError("No format uses profiles yet: --profile cannot be given.");
  return { path, format: readFormat(values.format), isJson: values.json === true };
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
  const format = FORMAT_IDS.find((id) => id === (text === "camt" ? "xml" : text));
  if (format === undefined) throw new UsageError(`Expected --format to be one of ${FORMAT_IDS.join(", ")}, found "${text}".`);
  return format;
}

async function inspect({ path, format: named }: Arguments): Promise<Inspection> {
  const { size, head } = await readHead(path);
  const fileName = basename(path);
  const answer = named === null ? recognize(head, fileName) : { format: formatOf(named) };
  if ("refusal" in answer) {
    const inspection = new Inspection({ format: null, fileName });
    inspection.add([{ type: "problem", statement: null, problem: answer.refusal }]);
    await readAll(path, size, (chunk) => inspection.addBytes(chunk));
    return inspection;
  }
  return await parseFile(path, size, { format: answer.format, inspection: new Inspection({ format: answer.format.id, fileName }) });
}

async function parseFile(path: string, size: number, { format, inspection }: { format: Format; inspection: Inspection }): Promise<Inspection> {
  const parser = format.open({});
  await readAll(path, size, (chunk) => {
    inspection.addBytes(chunk);
    for (const records of portions(parser, parser.push(chunk))) inspection.add(records);
  });
  for (const records of portions(parser, parser.end())) inspection.add(records);
  return inspection;
}

async function readHead(path: string): Promise<{ size: number; head: Uint8Array }> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new UsageError(`Expected a file, but ${path} is none.`);
    const file = await open(path);
    try {
      const head = new Uint8Array(Math.min(RECOGNIZE_BYTES, found.size));
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
