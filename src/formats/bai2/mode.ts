/** Tells from a file's first record whether it has lines or records of a fixed width. Never cuts. */

export interface ModeDecision {
  /** Null = lines. */
  width: number | null;
  /** Bytes before the first record of a fixed-width file. */
  skip: number;
}

/** Lines or fixed width, from the file's first record; null while too little has come to say. */
export function decideMode(head: string, isFinal: boolean): ModeDecision | null {
  const blankMax = Math.min(head.length, DECIDE_BYTES);
  let skip = head.startsWith(BOM) ? BOM.length : 0;
  while (skip < blankMax && (head.charCodeAt(skip) === 0x20 || BREAKS.includes(head.charAt(skip)))) skip += 1;
  const text = head.slice(skip, skip + DECIDE_BYTES);
  const end = text.search(LINE_BREAK);
  if (end === -1 && text.length < DECIDE_BYTES && !isFinal && skip < DECIDE_BYTES) return null;
  const firstLine = end === -1 ? text : text.slice(0, end);
  const width = declaredWidth(firstLine);
  const isFixed = width !== null && isCutAt(firstLine, width);
  return isFixed ? { width, skip } : { width: null, skip: 0 };
}

/** Field 7 of the 01, also where an 88 continues it. Null where it is absent or no record could have it. */
function declaredWidth(text: string): number | null {
  const fields: string[] = [];
  let rest = text;
  while (fields.length < 6 && /^(?:01|88),/.test(rest) && (fields.length === 0) === rest.startsWith("01")) {
    const slash = rest.indexOf("/");
    if (slash === -1) break;
    fields.push(...rest.slice(3, slash).split(","));
    rest = rest.slice(slash + 1).trimStart();
  }
  const width = Number(fields[5]);
  return Number.isInteger(width) && width >= 20 && width <= 999 ? width : null;
}

function isCutAt(text: string, width: number): boolean {
  if (text.length < width + 3) return false;
  for (let at = width; at + 3 <= text.length; at += width) {
    if (!RECORD_START.test(text.slice(at, at + 3))) return false;
  }
  return true;
}

/** How every record begins. */
export const RECORD_START = /^(?:01|02|03|16|49|88|98|99)[,/]/;

export const LINE_BREAK = /[\r\n]/;

/** Line ends and end-of-file marks, which may stand between records. */
export const BREAKS = "\n\r\u001a\u0000";

const BOM = "\u00ef\u00bb\u00bf";
/** A first record is some 80 bytes, and a declared width at most 999: four records show whether there are line ends. */
const DECIDE_BYTES = 4096;
