/** What a QIF header says of the records after it. */

/** `account`: records describe accounts. `movements`: they are a bank account's. `investment`: not read. `list`: categories, payees and the like. */
export type Section = { kind: "account" | "investment" | "list" } | { kind: "movements"; type: string } | { kind: "same" };

const MOVEMENTS: ReadonlyMap<string, string> = new Map([
  ["bank", "Bank"],
  ["cash", "Cash"],
  ["ccard", "CCard"],
  ["oth a", "Oth A"],
  ["oth l", "Oth L"],
]);

export function sectionOf(header: string): Section {
  const text = header.slice(1).trim().toLowerCase();
  if (text.startsWith("account")) return { kind: "account" };
  if (text.startsWith("option") || text.startsWith("clear")) return { kind: "same" };
  const type = text.replace(/^type\s*:\s*/, "");
  const known = MOVEMENTS.get(type);
  if (known !== undefined) return { kind: "movements", type: known };
  return { kind: type === "invst" ? "investment" : "list" };
}
