/** What a column's few words mean: each spelling is taken apart once. Never guesses at a word that it was not told. */

/** 50 spellings: a column of words has fewer. Each may keep the piece of text alive from which it was cut. */
const SPELLINGS_MAX = 50;

export class KnownWords<Meaning extends string> {
  readonly #meanings = new Map<string, Meaning>();
  readonly #bySpelling = new Map<string, Meaning | null>();
  readonly #wordOf: (text: string) => string;

  /** Of a word that is told twice, the first meaning holds. */
  constructor(told: readonly (readonly [Meaning, readonly string[]])[], wordOf: (text: string) => string) {
    this.#wordOf = wordOf;
    for (const [meaning, words] of told) {
      for (const word of words.map(wordOf)) if (!this.#meanings.has(word)) this.#meanings.set(word, meaning);
    }
  }

  meaningOf(text: string): Meaning | null {
    const known = this.#bySpelling.get(text);
    if (known !== undefined) return known;
    const meaning = this.#meanings.get(this.#wordOf(text)) ?? null;
    if (this.#bySpelling.size >= SPELLINGS_MAX) this.#bySpelling.clear();
    this.#bySpelling.set(text, meaning);
    return meaning;
  }
}
