/** JMESPath as companies may write it: capped in size, checked before it is kept, never able to hang or to swell. Never trusts the type of what it finds. */
import { compile, search } from "jmespath";

/** 300 characters: the longest of the presets has 90. */
export const EXPRESSION_CHARS_MAX = 300;
/** Nodes of the parsed expression above one another. */
const DEPTH_MAX = 16;
/** One list or object of at most eight expressions: what is found grows eightfold at most, where `[@,@] | [@,@] | …` would double at every step. */
const SELECTS_MAX = 1;
const SELECTED_MAX = 8;
/** Those whose answer is no larger than what they are given. */
const FUNCTIONS: readonly string[] = [
  "contains",
  "ends_with",
  "join",
  "keys",
  "length",
  "map",
  "max_by",
  "min_by",
  "not_null",
  "reverse",
  "sort",
  "sort_by",
  "starts_with",
  "to_array",
  "type",
  "values",
];
/** 500 expressions: some forty connections' worth in one isolate. */
const COMPILED_MAX = 500;

/** Looks into an answer (`exact-json.ts`). Null where there is nothing, or where the expression does not fit what is there. */
export type Expression = (answer: unknown) => unknown;

const compiled = new Map<string, Expression | string>();

/** The expression, or a sentence that says why it is none. */
export function readExpression(text: string): Expression | string {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  const made = compileExpression(text);
  compiled.set(text, made);
  return made;
}

/** What `text` finds in the answer; null where it finds nothing, or is no expression. */
export function find(text: string, answer: unknown): unknown {
  const expression = readExpression(text);
  return typeof expression === "string" ? null : expression(answer);
}

function compileExpression(text: string): Expression | string {
  if (text.length > EXPRESSION_CHARS_MAX) return `An expression has at most ${EXPRESSION_CHARS_MAX} characters; this one has ${text.length}.`;
  // Nearly every expression is a plain path, and walking it is what the package would do, forty times as fast.
  if (/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(text)) return walk(text.split("."));
  let tree: unknown;
  try {
    tree = compile(text);
  } catch (error) {
    return `This is no JMESPath expression: ${error instanceof Error ? error.message : "it cannot be read"}.`;
  }
  const refusal = refusalOf(tree);
  if (refusal !== null) return refusal;
  return (answer) => {
    try {
      const found: unknown = search(answer, text);
      return found ?? null;
    } catch {
      // A function was given what it does not take, e.g. `join` a null: there is nothing to be found there.
      return null;
    }
  };
}

function walk(keys: readonly string[]): Expression {
  return (answer) => {
    let found: unknown = answer;
    for (const key of keys) found = memberOf(found, key);
    return found;
  };
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return null;
  return Object.getOwnPropertyDescriptor(value, key)?.value ?? null;
}

function refusalOf(tree: unknown): string | null {
  let selects = 0;
  let refusal: string | null = null;
  const visit = (node: unknown, depth: number): void => {
    if (depth > DEPTH_MAX) refusal = `An expression nests at most ${DEPTH_MAX} deep.`;
    if (refusal !== null || typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const part of node) {
        // The package lets some mistakes pass (`a..b`), and has nothing where a part should be.
        if (part === undefined) refusal = "This is no JMESPath expression: a part of it is missing.";
        visit(part, depth);
      }
      return;
    }
    const type = memberOf(node, "type");
    if (type === "Literal") return;
    const children = memberOf(node, "children");
    const width = Array.isArray(children) ? children.length : 0;
    if (type === "MultiSelectList" || type === "MultiSelectHash") {
      selects += 1;
      if (selects > SELECTS_MAX || width > SELECTED_MAX) refusal = `An expression holds one list or object of at most ${SELECTED_MAX} parts.`;
    }
    const name = memberOf(node, "name");
    if (type === "Function" && !FUNCTIONS.some((known) => known === name)) {
      refusal = `The function ${String(name)} is not among those that may be used: ${FUNCTIONS.join(", ")}.`;
    }
    visit(children, depth + 1);
    visit(memberOf(node, "value"), depth + 1);
  };
  visit(tree, 0);
  return refusal;
}

/** Text or a figure's digits; null for a list, an object and nothing. */
export function textFound(found: unknown): string | null {
  if (typeof found === "string") return found;
  if (typeof found === "number" || typeof found === "boolean") return String(found);
  return null;
}

/** The elements; null where it is no list. */
export function listFound(found: unknown): readonly unknown[] | null {
  return Array.isArray(found) ? found : null;
}
