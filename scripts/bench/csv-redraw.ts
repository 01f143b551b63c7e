/** csv_redraw: what the browser's preview does after each changed setting of a 5 MB CSV: reading, first rows, cells. Processor time and clock, in Node. */
import type { ProfileSettings } from "../../src/domain/profile.ts";
import { type HeldFile, recognizeFile, viewOf } from "../../web/preview/preview.ts";
import { type Bench, cpuMs, type Measured, spread } from "./bench.ts";
import { csvFile } from "./csv-file.ts";

export const csvRedraw: Bench = {
  name: "csv_redraw",
  goal: { value: 100, unit: "ms", bound: "max" },
  about: "a 5 MB CSV in the preview, 120 settings changed one after the other: processor time of the slowest redraw behind the first view",
  run: measure,
};

const ROWS = 54_000;

/** Roles and readings that a person turns to and fro; each differs from the one before. */
const CHANGES: readonly ProfileSettings[] = [
  { columns: [{ name: "Reference", role: "ignored" }] },
  { columns: [{ name: "Reference", role: "external_id" }] },
  { columns: [{ name: "Date", reading: { kind: "date", pattern: "DD/MM/YYYY" } }] },
  { columns: [{ name: "Balance", role: "ignored" }] },
  { currency: "EUR" },
  { columns: [{ name: "Amount", reading: { kind: "amount", decimal: ".", thousands: ",", plain_is: "out", unit: "major" } }] },
];

async function measure(): Promise<Measured> {
  const held = holdFile();
  const first = redraw(held, null);
  const redraws = Array.from({ length: REDRAWS }, (_, turn) => redraw(held, CHANGES[turn % CHANGES.length] ?? null));
  const processor = redraws.map(({ processorMs }) => processorMs);
  return {
    figure: Math.max(...processor),
    details: {
      bytes: held.sizeBytes,
      first_view: `${first.processorMs.toFixed(0)} ms of processor time, the engine still cold`,
      processor_time: spread(processor),
      by_the_clock: spread(redraws.map(({ clockMs }) => clockMs)),
      bound_by: "the 500 rows by which the chain of balances is tried, and the rows and cells that are shown",
    },
  };
}

const REDRAWS = 120;

function holdFile(): HeldFile {
  const bytes = new Uint8Array(csvFile(ROWS)).subarray(0, 5_000_000);
  const about = { fileName: "bench.csv", sizeBytes: bytes.byteLength };
  return { ...about, bytes, found: recognizeFile(bytes, about).found };
}

function redraw(held: HeldFile, settings: ProfileSettings | null): { processorMs: number; clockMs: number } {
  const startedAt = performance.now();
  const processorMs = cpuMs(() => {
    if ("refusal" in viewOf(held, settings)) throw new Error("The benchmark's file should be read.");
  });
  return { processorMs, clockMs: performance.now() - startedAt };
}
