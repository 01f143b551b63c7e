/** CSV for people's spreadsheets: every field quoted, and text that a spreadsheet would run as a formula made harmless. */

/** One line with its end. Numbers stay numbers; text beginning with = + - @, tab, CR or NUL gets an apostrophe. */
export function csvLine(fields: readonly (string | number | null)[]): string {
  return `${fields.map((field) => (typeof field === "number" ? String(field) : quoted(field ?? ""))).join(",")}\r\n`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL, tab and CR at the start are exactly what is looked for.
const FORMULA_START = /^[=+\-@\t\r\u0000]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

function quoted(text: string): string {
  const harmless = FORMULA_START.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}
