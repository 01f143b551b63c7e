/** JSON text in pieces → the elements of its array (or its lines), each whole. Holds one element at most. */
import { findArray, skipBlanks, valueEnd } from "./scan.ts";

/** 1 MiB: as a row of a CSV. */
export const ELEMENT_CHARS_MAX = 1024 * 1024;

export interface Element {
  text: string;
  /** Characters between what came before and the element, and its own. */
  skipped: string;
}

export type ElementRefusal = "element_too_long" | "array_not_found" | "truncated_json";

export class ElementCutter {
  isInArray: boolean;
  /** The array has ended: what follows is passed over. */
  isDone: boolean;
  refusal: ElementRefusal | null = null;
  readonly #path: string | null;
  #text = "";
  #retryAt = 0;

  constructor(path: string | null, { isInArray, isDone }: { isInArray: boolean; isDone: boolean }) {
    this.#path = path;
    this.isInArray = isInArray || path === null;
    this.isDone = isDone;
  }

  feed(text: string): Element[] {
    if (this.isDone || this.refusal !== null) return [];
    this.#text += text;
    if (this.#text.length < this.#retryAt) return [];
    const elements: Element[] = [];
    let at = this.#enter(elements);
    for (let next = at; this.isInArray && !this.isDone; at = next) {
      next = this.#cut(at, elements);
      if (next === at) break;
    }
    this.#text = this.#text.slice(at);
    if (this.#text.length > ELEMENT_CHARS_MAX && !this.isDone) this.refusal = this.isInArray ? "element_too_long" : "array_not_found";
    this.#retryAt = this.#text.length > RETRY_FROM ? Math.min(this.#text.length * 2, ELEMENT_CHARS_MAX + 1) : 0;
    return elements;
  }

  finish(): Element[] {
    this.#retryAt = 0;
    const elements = this.feed("\n");
    if (this.isDone || this.refusal !== null) return elements;
    if (!this.isInArray) this.refusal = "array_not_found";
    else if (this.#path !== null || this.#text.trim() !== "") this.refusal = "truncated_json";
    return elements;
  }

  /** What stands before the array is skipped in one piece. */
  #enter(elements: Element[]): number {
    if (this.isInArray) return 0;
    const found = findArray(this.#text, this.#path ?? "");
    if (found === -2) this.refusal = "array_not_found";
    if (found < 0) return 0;
    this.isInArray = true;
    elements.push({ text: "", skipped: this.#text.slice(0, found) });
    return found;
  }

  #cut(from: number, elements: Element[]): number {
    const text = this.#text;
    let at = skipBlanks(text, from);
    if (this.#path !== null && text[at] === ",") at = skipBlanks(text, at + 1);
    if (at >= text.length) return from;
    if (this.#path !== null && text[at] === "]") {
      this.isDone = true;
      return at + 1;
    }
    const end = this.#path === null ? text.indexOf("\n", at) : valueEnd(text, at);
    if (end === -1 || end <= at) return from;
    elements.push({ text: text.slice(at, end), skipped: text.slice(from, at) });
    return end;
  }
}

const RETRY_FROM = 64 * 1024;
