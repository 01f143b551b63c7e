/** An .xlsx → the rows of one of its sheets as text: dates as ISO days, figures as Excel shows them. Never runs a formula; bombs are refused before they are unpacked. */
import { unzipSync } from "fflate";
import { COLUMNS_MAX } from "../../domain/profile.ts";
import type { SampleRow } from "../table/sample.ts";
import { decimalText, isDateFormat, serialText } from "./values.ts";
import { readXml, WorkbookError } from "./xml.ts";

/** 32 MB: the whole file is held, so that it has to be small. */
export const XLSX_BYTES_MAX = 32 * 1024 * 1024;
/** 256 MB unpacked hold a million rows; 100 to 1 is TRUST.md's ratio, once there is 1 MiB. */
const UNPACKED_BYTES_MAX = 256 * 1024 * 1024;
const RATIO_MAX = 100;
const RATIO_FROM_BYTES = 1024 * 1024;
/** 32,767 characters are Excel's own limit of a cell. */
const CELL_CHARS_MAX = 32_767;

export interface Sheet {
  name: string;
  sheets: string[];
  rows: SampleRow[];
}

/** The first sheet, or the one of that name. Throws a `WorkbookError` for what cannot be read. */
export function readSheet(bytes: Uint8Array, wanted: string | null): Sheet {
  const parts = unpack(bytes);
  const book = readBook(part(parts, "xl/workbook.xml"));
  const targets = readTargets(part(parts, "xl/_rels/workbook.xml.rels"));
  const sheet = wanted === null ? book.sheets.find(({ isHidden }) => !isHidden) : book.sheets.find(({ name }) => name === wanted);
  const names = book.sheets.map(({ name }) => name);
  if (sheet === undefined) {
    throw new WorkbookError(
      "sheet_not_found",
      `The workbook has no sheet ${wanted === null ? "at all" : `"${wanted}"`}. It has: ${names.join(", ")}.`,
    );
  }
  const styles = parts["xl/styles.xml"];
  const strings = parts["xl/sharedStrings.xml"];
  const context: Context = {
    dates: styles === undefined ? [] : readDateStyles(styles),
    strings: strings === undefined ? [] : readStrings(strings),
    is1904: book.is1904,
  };
  return { name: sheet.name, sheets: names, rows: readRows(part(parts, targets.get(sheet.id) ?? ""), context) };
}

function unpack(bytes: Uint8Array): Record<string, Uint8Array> {
  let total = 0;
  try {
    return unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        if (!/^xl\/(?:workbook\.xml|_rels\/workbook\.xml\.rels|sharedStrings\.xml|styles\.xml|worksheets\/[^/]+\.xml)$/.test(name)) return false;
        total += originalSize;
        if (total > UNPACKED_BYTES_MAX || (originalSize > RATIO_FROM_BYTES && originalSize > size * RATIO_MAX)) {
          throw new WorkbookError("archive_bomb", "The workbook unpacks to far more than any statement holds: it is refused.");
        }
        return true;
      },
    });
  } catch (error) {
    if (error instanceof WorkbookError) throw error;
    throw damaged(error);
  }
}

const damaged = (cause: unknown): WorkbookError =>
  new WorkbookError("bad_workbook", "The workbook is damaged or not whole. Save it again in Excel, and upload that.", { cause });

function part(parts: Record<string, Uint8Array>, path: string): Uint8Array {
  const found = parts[path];
  if (found === undefined) throw new WorkbookError("bad_workbook", `The workbook has no part "${path}". Save it again in Excel, and upload that.`);
  return found;
}

interface Book {
  sheets: { name: string; id: string; isHidden: boolean }[];
  is1904: boolean;
}

function readBook(bytes: Uint8Array): Book {
  const book: Book = { sheets: [], is1904: false };
  readXml(bytes, {
    open: (name, attributes) => {
      if (name === "sheet")
        book.sheets.push({ name: attributes["name"] ?? "", id: attributes["r:id"] ?? "", isHidden: attributes["state"]?.endsWith("idden") ?? false });
      if (name === "workbookPr") book.is1904 = attributes["date1904"] === "1" || attributes["date1904"] === "true";
    },
    close: () => undefined,
    text: () => undefined,
  });
  return book;
}

function readTargets(bytes: Uint8Array): Map<string, string> {
  const targets = new Map<string, string>();
  readXml(bytes, {
    open: (name, { Id: id = "", Target: target = "" }) => {
      if (name === "Relationship") targets.set(id, target.startsWith("/") ? target.slice(1) : `xl/${target}`);
    },
    close: () => undefined,
    text: () => undefined,
  });
  return targets;
}

/** For each cell style, whether its figures are dates. */
function readDateStyles(bytes: Uint8Array): boolean[] {
  const codes = new Map<string, string>();
  const dates: boolean[] = [];
  let isInCells = false;
  readXml(bytes, {
    open: (name, { numFmtId: id = "0", formatCode: code = "" }) => {
      if (name === "numFmt") codes.set(id, code);
      if (name === "cellXfs") isInCells = true;
      if (name === "xf" && isInCells) dates.push(isDateFormat(Number(id), codes.get(id) ?? null));
    },
    close: (name) => {
      if (name === "cellXfs") isInCells = false;
    },
    text: () => undefined,
  });
  return dates;
}

/** Texts that cells share; of rich text all runs, without what is only said beside it (`rPh`). */
function readStrings(bytes: Uint8Array): string[] {
  const strings: string[] = [];
  let text = "";
  let isInText = false;
  let isAside = false;
  readXml(bytes, {
    open: (name) => {
      if (name === "si") text = "";
      if (name === "rPh") isAside = true;
      isInText = name === "t" && !isAside;
    },
    close: (name) => {
      if (name === "t") isInText = false;
      if (name === "rPh") isAside = false;
      if (name === "si") strings.push(text.slice(0, CELL_CHARS_MAX));
    },
    text: (piece) => {
      if (isInText) text += piece;
    },
  });
  return strings;
}

interface Context {
  dates: readonly boolean[];
  strings: readonly string[];
  is1904: boolean;
}

function readRows(bytes: Uint8Array, context: Context): SampleRow[] {
  const rows: SampleRow[] = [];
  let cells: string[] = [];
  let number = 0;
  let cell = { column: 0, kind: "n", style: 0 };
  let text = "";
  let isInValue = false;
  readXml(bytes, {
    open: (name, { r: place = "", t: kind = "n", s: style = "0" }) => {
      if (name === "row") {
        number = place === "" ? number + 1 : Number(place);
        cells = [];
      } else if (name === "c") {
        cell = { column: place === "" ? cells.length : columnOf(place), kind, style: Number(style) };
        text = "";
      }
      isInValue = name === "v" || name === "t";
    },
    close: (name) => {
      if (name === "v" || name === "t") isInValue = false;
      if (name === "c") {
        if (cell.column >= COLUMNS_MAX)
          throw new WorkbookError("too_many_columns", `Row ${number} has more than ${COLUMNS_MAX} columns: no bank's statement has so many.`);
        while (cells.length < cell.column) cells.push("");
        cells[cell.column] = cellText(text, cell, context).slice(0, CELL_CHARS_MAX);
      }
      if (name === "row" && cells.some((one) => one !== "")) rows.push({ number, cells });
    },
    text: (piece) => {
      if (isInValue) text += piece;
    },
  });
  return rows;
}

/** `BC12` is column 54. */
function columnOf(place: string): number {
  let column = 0;
  for (const letter of /^[A-Z]{1,3}/.exec(place)?.[0] ?? "A") column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

function cellText(text: string, { kind, style }: { kind: string; style: number }, { dates, strings, is1904 }: Context): string {
  if (text === "") return "";
  if (kind === "s") return strings[Number(text)] ?? "";
  if (kind === "b") return text === "1" ? "true" : "false";
  if (kind !== "n") return text;
  return dates[style] === true ? serialText(text, is1904) : decimalText(text);
}
