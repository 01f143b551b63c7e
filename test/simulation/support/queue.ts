/** The road's queue in memory: at least once, in no order, with delays, losses and doubles as the weather has it; what fails too often is dead. */
import type { Chance } from "../../harness/random.ts";
import type { Liveness } from "./bucket.ts";
import type { Weather } from "./weather.ts";
import type { Worker } from "./workers.ts";

export interface Letter {
  id: number;
  body: unknown;
  attempts: number;
  /** In the history's own seconds. */
  notBefore: number;
  /** Who has it, and until when the queue believes that he will answer. */
  holder: Worker | null;
  visibleAgainAt: number;
  /** It failed too often: only the dead-letter consumer gets it. */
  isDead: boolean;
}

/** Twenty on the platform; fewer here, so that dead letters come up. */
const ATTEMPTS_MAX = 8;
/** Fifteen minutes: longer than a worker may live. */
const VISIBILITY_SECONDS = 900;

export class Road {
  letters: Letter[] = [];
  private nextId = 1;
  private readonly weather: Weather;
  private readonly chance: Chance;
  private readonly liveness: Liveness;
  private readonly now: () => number;

  constructor(weather: Weather, chance: Chance, liveness: Liveness, now: () => number) {
    this.weather = weather;
    this.chance = chance;
    this.liveness = liveness;
    this.now = now;
  }

  /** What the Worker's binding offers. */
  readonly binding = {
    send: async (body: unknown, options: { delaySeconds?: number } = {}) => this.take([{ body, delaySeconds: options.delaySeconds ?? 0 }]),
    sendBatch: async (batch: Iterable<{ body: unknown }>) => this.take([...batch].map(({ body }) => ({ body, delaySeconds: 0 }))),
  };

  private take(sent: { body: unknown; delaySeconds: number }[]): void {
    this.liveness.check();
    if (this.weather.strikes("queue_refused")) throw new Error("The queue refused (simulated).");
    for (const { body, delaySeconds } of sent) this.accept(body, delaySeconds);
    if (this.weather.strikes("queue_answer_lost")) throw new Error("The queue's answer was lost (simulated).");
  }

  private accept(body: unknown, delaySeconds: number): void {
    if (this.weather.strikes("message_lost")) return;
    const delay = delaySeconds + (this.weather.strikes("message_delayed") ? 10 + this.chance.below(200) : 0);
    const copies = this.weather.strikes("message_duplicated") ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const letter = { id: this.nextId++, body, attempts: 0, notBefore: this.now() + delay, holder: null, visibleAgainAt: 0, isDead: false };
      if (this.weather.strikes("message_reordered")) this.letters.splice(this.chance.below(this.letters.length + 1), 0, letter);
      else this.letters.push(letter);
    }
  }

  /** The next one that is due and that nobody has; what somebody has had for too long counts as nobody's. */
  due(): Letter | null {
    for (const letter of this.letters) {
      if (letter.holder === null || !(letter.holder.hasEnded || letter.visibleAgainAt <= this.now())) continue;
      letter.holder = null;
      this.giveUp(letter);
    }
    return this.letters.find((letter) => letter.holder === null && letter.notBefore <= this.now()) ?? null;
  }

  /** The letter as the Worker's consumer gets it. */
  deliver(letter: Letter, worker: Worker) {
    letter.holder = worker;
    letter.visibleAgainAt = this.now() + VISIBILITY_SECONDS;
    letter.attempts += 1;
    return {
      id: String(letter.id),
      body: structuredClone(letter.body),
      attempts: letter.attempts,
      timestamp: new Date(0),
      ack: () => {
        // Who answers after the letter went to another one is not heard.
        if (worker.isDead || letter.holder !== worker) return;
        // Where the queue did not hear it, the letter comes again.
        if (this.weather.strikes("acknowledgement_lost")) letter.holder = null;
        else this.letters = this.letters.filter((other) => other !== letter);
      },
      retry: (options: { delaySeconds?: number } = {}) => {
        // Who answers after the letter went to another one is not heard.
        if (worker.isDead || letter.holder !== worker) return;
        letter.holder = null;
        letter.notBefore = this.now() + (options.delaySeconds ?? 0);
        this.giveUp(letter);
      },
    };
  }

  private giveUp(letter: Letter): void {
    if (letter.isDead || letter.attempts < ATTEMPTS_MAX) return;
    letter.isDead = true;
    letter.attempts = 0;
    letter.notBefore = 0;
  }
}
