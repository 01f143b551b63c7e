/** JSON text as nodes that know where they stand: figures stay as they are printed, so that no amount passes through a float. Never changes the text. */
import { plainDecimal as decimalOf } from "../../domain/money.ts";
import { membersOf, skipBlanks, valueEnd } from "../json/scan.ts";

/** A value of a JSON document, looked into only as far as it is asked. Made of text that `JSON.parse` has taken. */
export class JsonNode {
  readonly #text: string;
  /** Where it begins and ends in the document, in UTF-16 units; the end is exclusive. */
  readonly from: number;
  readonly to: number;
  #members: Map<string, JsonNode> | undefined;

  constructor(text: string, from: number, to: number) {
    this.#text = text;
    this.from = from;
    this.to = to;
  }

  /** Exactly as it came. */
  get source(): string {
    return this.#text.slice(this.from, this.to);
  }

  /** The member of an object; null where there is none, where it is `null`, or where this is no object. */
  get(key: string): JsonNode | null {
    const member = this.members().get(key) ?? null;
    return member === null || member.isNull ? null : member;
  }

  /** `get` along keys: `node.at("personal_finance_category", "primary")`. */
  at(...keys: readonly string[]): JsonNode | null {
    let node: JsonNode | null = this;
    for (const key of keys) node = node?.get(key) ?? null;
    return node;
  }

  get isNull(): boolean {
    return this.source === "null";
  }

  get isObject(): boolean {
    return this.#text[this.from] === "{";
  }

  get isArray(): boolean {
    return this.#text[this.from] === "[";
  }

  /** A string's characters; null for every other value. */
  get string(): string | null {
    return this.#text[this.from] === '"' ? String(JSON.parse(this.source)) : null;
  }

  /** A figure as it is printed (`72.1`, `-1e3`); null for every other value. */
  get number(): string | null {
    return /^-?\d/.test(this.#text.slice(this.from, this.from + 2)) ? this.source : null;
  }

  get boolean(): boolean | null {
    return this.source === "true" ? true : this.source === "false" ? false : null;
  }

  /** An array's elements in order; none where this is no array. */
  *items(): Generator<JsonNode> {
    if (!this.isArray) return;
    for (let at = skipBlanks(this.#text, this.from + 1); at < this.to && this.#text[at] !== "]"; ) {
      const end = valueEnd(this.#text, at);
      yield new JsonNode(this.#text, at, end);
      const comma = skipBlanks(this.#text, end);
      if (this.#text[comma] !== ",") return;
      at = skipBlanks(this.#text, comma + 1);
    }
  }

  /** An object's members by name, `null` ones too; none where this is no object. */
  members(): ReadonlyMap<string, JsonNode> {
    this.#members ??= this.#readMembers();
    return this.#members;
  }

  /** The last of members that have one name, as `JSON.parse` has it. */
  #readMembers(): Map<string, JsonNode> {
    const members = new Map<string, JsonNode>();
    if (!this.isObject) return members;
    for (const { key, at, end } of membersOf(this.#text, this.from)) members.set(key, new JsonNode(this.#text, at, end));
    return members;
  }
}

/** The document as a node; null where the text is no JSON. */
export function readJson(text: string): JsonNode | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const from = skipBlanks(text, 0);
  // A document of one scalar has nothing behind it by which its end could be seen.
  const end = valueEnd(`${text} `, from);
  return new JsonNode(text, from, end);
}

/** A figure of JSON as plain decimal text, as `domain/money.ts` has it; here for the readers of pages. */
export const plainDecimal = decimalOf;
