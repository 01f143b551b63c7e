/** Reads an 03's repeated four fields - type code, amount, item count, funds type - with the commas that senders add and forget. */
import type { Minor, Sign } from "../../domain/record.ts";
import type { Context } from "./context.ts";
import type { PlainFields } from "./fields.ts";
import { isFundsType, NO_FUNDS, readFunds } from "./funds.ts";
import { type TypeCode, typeCodeIndex, typeCodeOf } from "./type-codes.ts";
import { readAmount, readCount } from "./values.ts";

export interface Quad {
  /** `""` where an amount stands without one. */
  typeCode: string;
  level: "status" | "summary";
  sign: Sign | null;
  amountMinor: Minor | null;
  itemCount: number | null;
  fundsType: string | null;
}

interface Spot {
  line: number;
  currency: string | null;
  /** The file ends in this record: its last figure may be cut short. */
  isCutOff: boolean;
}

/** Every quad that says something, in file order. `fields` stands behind the account's currency. */
export function readQuads(context: Context, fields: PlainFields, spot: Spot): Quad[] {
  const quads: Quad[] = [];
  for (let field = fields.peek(); field !== null; field = fields.peek()) {
    if (field === "" && skipsEmpty(context, fields, spot.line)) continue;
    const quad = readQuad(context, fields, spot);
    // A record cut off by the file's end loses the quad in which it ends: its amount may have had more digits.
    if (spot.isCutOff && fields.peek() === null) break;
    quads.push(quad);
  }
  return quads;
}

/**
 * An empty type code. At the end of a physical record it is the comma that many senders leave before the `/`; four empty fields are a quad left
 * out; before another type code it is one comma too many. Else (false) an amount stands without its code.
 */
function skipsEmpty(context: Context, fields: PlainFields, line: number): boolean {
  if (fields.isLastOfPart()) {
    fields.at += 1;
    return true;
  }
  let empty = 1;
  while (empty < 4 && fields.ahead(empty) === "") empty += 1;
  if (empty === 4) {
    fields.at += 4;
    return true;
  }
  if (!isListed(fields.ahead(empty))) return false;
  fields.at += empty;
  context.warn({
    code: "misplaced_comma",
    line,
    record: "03",
    field: "type_code",
    value: fields.peek(),
    expected: "a type code every fourth field",
    message: `Before type code ${fields.peek() ?? ""} there is a comma too many; the balances were read from the code on. Compare them with the bank's own display.`,
  });
  return true;
}

function readQuad(context: Context, fields: PlainFields, { line, currency }: Spot): Quad {
  const spot = { line, record: "03" };
  const typeCode = fields.next() ?? "";
  const type = noteTypeCode(context, typeCode, line);
  const amountMinor = readAmount(context, fields.next() ?? "", currency, { ...spot, field: "amount" });
  const itemCount = readCount(context, fields.next() ?? "", { ...spot, field: "item_count" });
  const fundsText = fields.peek() ?? "";
  let funds = NO_FUNDS;
  if (typeCodeIndex(fundsText) !== -1) warnForgotten(context, fundsText, line);
  else {
    fields.next();
    if (fundsText !== "") funds = readFunds(context, fundsText, fields, { ...spot, field: "funds_type" });
  }
  if (isFundsType(fundsText) && type?.level === "status" && (itemCount !== null || (funds.type !== null && !"Z0".includes(funds.type)))) {
    noteStatusExtras(context, typeCode, line);
  }
  return {
    typeCode,
    level: type?.level === "status" ? "status" : "summary",
    sign: type?.sign ?? null,
    amountMinor,
    itemCount,
    fundsType: funds.type,
  };
}

/** A missing or malformed type code is an error, an unlisted one a warning an account; both are kept. */
function noteTypeCode(context: Context, typeCode: string, line: number): TypeCode | null {
  const type = typeCodeOf(typeCode);
  const spot = { line, record: "03", field: "type_code", value: typeCode };
  if (typeCode === "") {
    context.report({
      ...spot,
      code: "missing_type_code",
      expected: "three digits",
      message: "An amount stands without its type code. It is in the control total, but no balance: ask the bank what it is.",
    });
  } else if (type === null) {
    context.report({
      ...spot,
      code: "bad_type_code",
      expected: "three digits",
      message: `Expected a type code of three digits, found "${typeCode.slice(0, 20)}". A comma may be missing: compare the balances with the bank's own display.`,
    });
  } else if (type.origin === "unknown") {
    noteOnce(context, typeCode, () =>
      context.warn({
        ...spot,
        code: "unknown_type_code",
        expected: "a listed type code",
        message: `Type code ${typeCode} is in no list; it was kept and read by its range. Ask the bank what it means.`,
      }),
    );
  }
  return type;
}

/** One finding a code and account: a statement may hold a code a hundred thousand times. */
export function noteOnce(context: Context, key: string, note: () => void): void {
  const noted = context.account?.notedCodes;
  if (noted?.includes(key) === true) return;
  if (noted !== undefined && noted.length < NOTED_CODES_MAX) noted.push(key);
  note();
}

/** Three digits make a thousand codes; a few kinds of finding each. */
const NOTED_CODES_MAX = 2000;

const isListed = (text: string): boolean => {
  const type = typeCodeOf(text);
  return type !== null && type.origin !== "unknown";
};

function warnForgotten(context: Context, next: string, line: number): void {
  context.warn({
    code: "missing_funds_type",
    line,
    record: "03",
    field: "funds_type",
    value: next,
    expected: "a funds type or an empty field",
    message: `Before type code ${next} the comma of the funds type is missing; the balances were read from the code on. Compare them with the bank's own display.`,
  });
}

function noteStatusExtras(context: Context, typeCode: string, line: number): void {
  noteOnce(context, `extras ${typeCode}`, () =>
    context.report({
      severity: "info",
      code: "status_with_funds",
      line,
      record: "03",
      field: "funds_type",
      value: typeCode,
      message: `Status code ${typeCode} has an item count or a funds type, which the specification leaves empty. Both were kept.`,
    }),
  );
}
