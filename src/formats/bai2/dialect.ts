/** Knows BAI2's look-alikes and says which one a file is. Never reads one: their amounts mean other things. */
import type { PlainFields } from "./fields.ts";
import { isFundsType } from "./funds.ts";
import { typeCodeIndex } from "./type-codes.ts";

export interface Refusal {
  code: string;
  message: string;
}

/** The version field of an 01: one that is read, one that is suspect until the first account, or the refusal of an unknown one. */
export function readVersion(text: string): { version: "1" | "2" | "3" | null } | { refusal: Refusal } {
  const version = text.replace(/^0+(?=\d)/, "");
  if (version === "") return { version: null };
  if (version === "1" || version === "2" || version === "3") return { version };
  return {
    refusal: {
      code: "unsupported_version",
      message: `Expected version 2 (BAI2) or 3 (BTRS) in the file header, found "${text.slice(0, 20)}". The file was not read: ask the bank for BAI2.`,
    },
  };
}

/**
 * An 03 of NAI or BAI1 has pairs of type code and amount where BAI2 has four fields. Asked only of files that do not call themselves version
 * 2 or 3. `fields` stands behind the account's currency.
 */
export function refusePairs(fields: PlainFields, version: "1" | "2" | "3" | null): Refusal | null {
  const values = fields.values.slice(fields.at);
  const pairs = Math.floor(values.length / 2);
  if (version === "2" || version === "3" || pairs < 2 || isFundsType(values[3] ?? "")) return null;
  for (let pair = 0; pair < pairs; pair += 1) {
    if (typeCodeIndex(values[pair * 2] ?? "") === -1 || !/^[+-]?\d+[+-]?$/.test(values[pair * 2 + 1] ?? "")) return null;
  }
  return version === "1" ? BAI1 : NAI;
}

const BAI1: Refusal = {
  code: "bai1_dialect",
  message: "This is a BAI version 1 file: its accounts list a type code and an amount in turn. It was not read: ask the bank for BAI2 (version 2).",
};

const NAI: Refusal = {
  code: "nai_dialect",
  message:
    "This is an NAI file, an Australian relative of BAI that looks like BAI2 and counts otherwise. It was not read: ask the bank for BAI2 (version 2).",
};
