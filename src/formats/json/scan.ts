/** Finds values in JSON text without building them: where an array begins, where an element ends, and its leaves by path. Never makes a number of a figure. */

/** 32: TRUST.md's cap; an element of a statement nests some five deep. */
export const DEPTH_MAX = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

export function skipBlanks(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
  }
  return at;
}

/** Behind the value that begins at `from`, or -1 where the text ends before it does. Counts brackets; it does not judge what stands between. */
export function valueEnd(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === QUOTE) return stringEnd(text, from);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) {
    SCALAR_END.lastIndex = from;
    return SCALAR_END.test(text) ? SCALAR_END.lastIndex - 1 : -1;
  }
  let depth = 0;
  MARKS.lastIndex = from;
  while (MARKS.test(text)) {
    const at = MARKS.lastIndex - 1;
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = stringEnd(text, at);
      if (end === -1) return -1;
      MARKS.lastIndex = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

const MARKS = /["{}[\]]/g;
const SCALAR_END = /[,\]}\s]/g;

function stringEnd(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return -1;
}

/** The members of the object at `from`: key, and where its value begins. Ends early where the text does. */
export function* membersOf(text: string, from: number): Generator<{ key: string; at: number; end: number }> {
  let at = skipBlanks(text, from + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = stringEnd(text, at);
    if (keyEnd === -1) return;
    const key = stringOf(text.slice(at, keyEnd));
    const colon = skipBlanks(text, keyEnd);
    const value = skipBlanks(text, colon + 1);
    if (text[colon] !== ":" || value >= text.length) return;
    const end = valueEnd(text, value);
    yield { key, at: value, end };
    if (end === -1) return;
    const comma = skipBlanks(text, end);
    if (text[comma] !== ",") return;
    at = skipBlanks(text, comma + 1);
  }
}

/** Behind the `[` of the array at `path` (`data.rows`, `""` = the document itself); -1 = not yet, -2 = not there. */
export function findArray(text: string, path: string): number {
  let at = skipBlanks(text, 0);
  if (at >= text.length) return -1;
  for (const key of path === "" ? [] : path.split(".")) {
    if (text.charCodeAt(at) !== OPEN_BRACE) return -2;
    let next = -2;
    for (const member of membersOf(text, at)) {
      if (member.key === key) next = member.at;
      else if (member.end === -1) next = -1;
      if (next !== -2) break;
    }
    if (next < 0) return valueEnd(text, at) === -1 ? -1 : -2;
    at = next;
  }
  return text.charCodeAt(at) === OPEN_BRACKET ? at + 1 : -2;
}

export type Leaf = [path: string, text: string];

/** An element's leaves: strings decoded, figures as they are printed, null as nothing. A sentence for what is no JSON or nests too deep. */
export function leavesOf(text: string): Leaf[] | string {
  const start = skipBlanks(text, 0);
  try {
    JSON.parse(text.length > 0 && depthOf(text) <= DEPTH_MAX ? text : "null");
  } catch {
    return "it is no JSON";
  }
  if (depthOf(text) > DEPTH_MAX) return `it nests deeper than ${DEPTH_MAX}`;
  const leaves: Leaf[] = [];
  collect(text, start, "", leaves);
  return leaves;
}

function collect(text: string, at: number, path: string, leaves: Leaf[]): void {
  const code = text.charCodeAt(at);
  if (code === OPEN_BRACE) {
    for (const member of membersOf(text, at)) collect(text, member.at, path === "" ? member.key : `${path}.${member.key}`, leaves);
  } else if (code === OPEN_BRACKET) {
    let index = 0;
    for (let item = skipBlanks(text, at + 1); item < text.length && text.charCodeAt(item) !== CLOSE_BRACKET; index += 1) {
      collect(text, item, `${path}.${index}`, leaves);
      const comma = skipBlanks(text, valueEnd(text, item));
      if (text[comma] !== ",") break;
      item = skipBlanks(text, comma + 1);
    }
  } else {
    const end = valueEnd(`${text} `, at);
    const raw = text.slice(at, end);
    leaves.push([path, code === QUOTE ? stringOf(raw) : raw === "null" ? "" : raw]);
  }
}

function stringOf(raw: string): string {
  try {
    return String(JSON.parse(raw));
  } catch {
    return raw;
  }
}

function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = stringEnd(text, at);
      if (end === -1) return most;
      at = end - 1;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      most = Math.max(most, depth);
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
  }
  return most;
}
