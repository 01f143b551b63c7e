/** Excel .xlsx, as the registry knows it: the first sheet that is not hidden, or a named one, read as a table. Held whole, at most 32 MB; starts over after a stop. */
import type { Inference, Profile, Reading } from "../../domain/profile.ts";
import type { StatementRecord } from "../../domain/record.ts";
import { SAMPLE_ROWS } from "../csv/read.ts";
import type { Confidence, Format, ParseOptions, Parser, ReadGiven } from "../format.ts";
import { readTable } from "../table/reading.ts";
import { TableReader } from "../table/records.ts";
import { Row } from "../table/row.ts";
import { startOfTable } from "../table/state.ts";
import { readSheet, XLSX_BYTES_MAX } from "./workbook.ts";
import { WorkbookError } from "./xml.ts";

export const xlsx: Format<null> = {
  id: "xlsx",
  title: "Excel",
  resumable: false,
  sampleBytes: XLSX_BYTES_MAX,
  recognizes: recognizesXlsx,
  read: readXlsx,
  open: openXlsx,
};

/** A .zip whose parts are a workbook's. */
function recognizesXlsx(head: Uint8Array): Confidence {
  const isZip = head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
  const names = isZip ? new TextDecoder("windows-1252").decode(head) : "";
  if (/xl\/(?:workbook\.xml|worksheets\/|_rels\/|sharedStrings|styles)/.test(names))
    return { score: 0.95, because: "It is a .zip with the parts of an Excel workbook." };
  return { score: 0, because: "It is no Excel workbook." };
}

function readXlsx(sample: Uint8Array, { whole, profile: given = {} }: ReadGiven): Reading {
  try {
    if (!whole)
      throw new WorkbookError(
        "workbook_too_large",
        `A workbook is read whole, and at most ${XLSX_BYTES_MAX / 1024 / 1024} MB. Save the sheet as CSV, and upload that.`,
      );
    const sheet = readSheet(sample, given.sheet ?? null);
    const inference: Inference = {
      column: null,
      role: "sheet",
      reading: sheet.name,
      confidence: given.sheet == null && sheet.sheets.length > 1 ? "likely" : "certain",
      evidence: given.sheet == null ? `the first of ${sheet.sheets.length}` : "given",
    };
    return readTable({
      kind: "xlsx",
      rows: sheet.rows.slice(0, SAMPLE_ROWS),
      given,
      shape: { sheet: given.sheet ?? null },
      inference: [inference],
      names: null,
    });
  } catch (error) {
    if (!(error instanceof WorkbookError)) throw error;
    const empty = readTable({ kind: "xlsx", rows: [], given, shape: { sheet: given.sheet ?? null }, inference: [], names: null });
    // What cannot be unpacked is no question: the parser refuses it by name.
    return { ...empty, questions: [] };
  }
}

function openXlsx({ profile }: ParseOptions): Parser<null> {
  if (profile === undefined) throw new Error("An Excel parser was opened without a profile: `read` makes one.");
  const chunks: Uint8Array[] = [];
  let length = 0;
  return {
    push: (chunk) => {
      length += chunk.length;
      if (length <= XLSX_BYTES_MAX) chunks.push(chunk.slice());
      else chunks.length = 0;
      return [];
    },
    end: () => readAll(profile, chunks, length),
    checkpoint: () => ({ byteOffset: 0, state: null }),
  };
}

function readAll(profile: Profile, chunks: Uint8Array[], length: number): StatementRecord[] {
  const table = new TableReader(profile, startOfTable());
  try {
    if (length > XLSX_BYTES_MAX) {
      throw new WorkbookError(
        "workbook_too_large",
        `The workbook has more than ${XLSX_BYTES_MAX / 1024 / 1024} MB. Save the sheet as CSV, and upload that.`,
      );
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    chunks.length = 0;
    const row = new Row();
    for (const { number, cells } of readSheet(bytes, profile.sheet).rows) table.row(filled(row, { number, cells, length }));
    table.end({ line: row.number, byteOffset: length });
  } catch (error) {
    if (!(error instanceof WorkbookError)) throw error;
    table.report({ code: error.code, message: error.message });
  }
  return table.takeOut();
}

/** Rows of a workbook have no bytes of their own: their place is the whole file, their line the row's number. */
function filled(row: Row, { number, cells, length }: { number: number; cells: readonly string[]; length: number }): Row {
  row.clear();
  for (const cell of cells) row.addText(cell);
  row.number = number;
  row.line = number;
  row.lineEnd = number;
  row.byteOffset = 0;
  row.byteEnd = length;
  row.source = cells.join("\t");
  row.from = 0;
  row.to = row.source.length;
  return row;
}
