/** Some cells of each column as they stand in the file, for the person who says what the column is. Reads no meaning into them. */
import type { Profile } from "../../src/domain/profile.ts";
import { cutSample } from "../../src/formats/csv/dialect.ts";
import { decodeSample } from "../../src/formats/csv/read.ts";
import type { ColumnCells } from "./preview.ts";

/** 64 KB hold the preamble and some rows of every bank. */
const CELL_BYTES = 64 * 1024;
const VALUES_SHOWN = 3;
const VALUE_CHARS_MAX = 60;

/** The first cells that hold anything, by column; none for a kind that is not cut into cells by a delimiter. */
export function cellsOf(bytes: Uint8Array, profile: Profile): ColumnCells[] {
  if (profile.kind !== "csv") return [];
  const { text } = decodeSample(bytes.subarray(0, CELL_BYTES), { encoding: profile.encoding });
  const rows = cutSample(text, profile, profile.first_row + 40, bytes.byteLength <= CELL_BYTES).filter(({ number }) => number >= profile.first_row);
  return profile.columns.map(({ index }) => {
    const values = rows.map(({ cells }) => cells[index]?.trim() ?? "").filter((text) => text !== "");
    return { index, values: values.slice(0, VALUES_SHOWN).map((value) => value.slice(0, VALUE_CHARS_MAX)) };
  });
}
