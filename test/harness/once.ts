/** Something started once a test run and shared by the set-ups of several projects, each of which loads its modules anew. */
export interface Shared<T> {
  take: () => Promise<T>;
  /** The last to release stops it. */
  release: () => Promise<void>;
}

interface Slot<T> {
  started: Promise<{ value: T; stop: () => Promise<void> }>;
  users: number;
}

export function once<T>(name: string, start: () => Promise<{ value: T; stop: () => Promise<void> }>): Shared<T> {
  const slots = slotsOf<T>();
  return {
    take: async () => {
      const slot = slots.get(name) ?? { started: start(), users: 0 };
      slot.users += 1;
      slots.set(name, slot);
      return (await slot.started).value;
    },
    release: async () => {
      const slot = slots.get(name);
      if (slot === undefined) return;
      slot.users -= 1;
      if (slot.users > 0) return;
      slots.delete(name);
      await (await slot.started).stop();
    },
  };
}

const SLOTS = Symbol.for("stratifi.test.slots");

/** Safe: only this function touches the symbol, and a name is used with one type only. */
function slotsOf<T>(): Map<string, Slot<T>> {
  const holder = globalThis as { [SLOTS]?: Map<string, Slot<T>> };
  holder[SLOTS] ??= new Map();
  return holder[SLOTS];
}
