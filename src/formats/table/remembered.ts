/** What was found of an object, by a key, for as long as the object lives: a person changes settings, and the sample stays as it is. Decides nothing. */

export class Remembered<Of extends WeakKey, Found> {
  readonly #known = new WeakMap<Of, Map<string, Found>>();

  /** `of` never changes; the same key finds the same. What is given back is shared, and not to be changed. */
  find(of: Of, key: string, find: () => Found): Found {
    const known = this.#known.get(of) ?? new Map<string, Found>();
    this.#known.set(of, known);
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = find();
    known.set(key, made);
    return made;
  }
}
