/** JSON whose figures stay text exactly as they are printed, so that no amount and no long id passes through a float. */

/** 32 deep, as everywhere (TRUST.md); a bank's answer nests some six. */
const DEPTH_MAX = 32;

/** The document, its figures as strings; undefined where the text is no JSON, or nests deeper than is ever needed. Its shape is nobody's promise: it stays `unknown`. */
export function parseExact(text: string): unknown {
  if (depthOf(text) > DEPTH_MAX) return undefined;
  try {
    return JSON.parse(text, printed);
  } catch {
    return undefined;
  }
}

/** A figure's own digits instead of the float that they were made into. */
function printed(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? (context?.source ?? String(value)) : value;
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [mark] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (mark === "{" || mark === "[") depth += 1;
    else if (mark === "}" || mark === "]") depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
