/** Workers that live one transaction at a time: who runs next is the history's choice, so a seed replays. Kills and pauses them; knows nothing of what they do. */
import { AsyncLocalStorage } from "node:async_hooks";

/** Thrown at whoever was killed, wherever he asks for anything: nothing he does leaves a trace any more. */
export class Killed extends Error {
  constructor() {
    super("This worker was killed (simulated).");
    this.name = "Killed";
  }
}

export class Worker {
  readonly name: string;
  isDead = false;
  hasEnded = false;
  failure: unknown = null;
  /** Transactions that reached the database. */
  commits = 0;
  /** A transaction of its changed where a job stands, or may have. */
  hasTouchedJobs = false;
  /** How far this worker's own clock runs before the others'. */
  skewMs = 0;
  /** Its dice, so that what it leaves to chance (the jitter of a retry) replays. */
  random: () => number = () => 0.5;
  /** Hears what it logs. */
  onLog: (words: unknown[]) => void = () => undefined;
  /** Where the history left it, in its own time: a worker that is paused long is a zombie. */
  pausedUntil = 0;
  private resume: (() => void) | null = null;
  private idle = Promise.withResolvers<void>();

  constructor(name: string) {
    this.name = name;
  }

  /** Begins and runs to the first place where it asks for its turn. */
  start(work: () => Promise<void>): Promise<void> {
    const { promise } = this.idle;
    void current.run(this, async () => {
      try {
        await work();
      } catch (error) {
        this.failure = error;
      } finally {
        this.hasEnded = true;
        this.idle.resolve();
      }
    });
    return promise;
  }

  /** Lets it run to the next place where it asks for its turn, or to its end. */
  step(): Promise<void> {
    const { resume } = this;
    if (resume === null) return Promise.resolve();
    this.resume = null;
    this.idle = Promise.withResolvers<void>();
    const { promise } = this.idle;
    resume();
    return promise;
  }

  /** Asked from inside, before each transaction: waits until the history goes on with this worker. */
  async turn(): Promise<void> {
    this.check();
    await new Promise<void>((resume) => {
      this.resume = resume;
      this.idle.resolve();
    });
    this.check();
  }

  check(): void {
    if (this.isDead) throw new Killed();
  }

  kill(): void {
    this.isDead = true;
  }
}

const current = new AsyncLocalStorage<Worker>();

/** The worker in whose course of events this is asked; null outside of any. */
export function currentWorker(): Worker | null {
  return current.getStore() ?? null;
}
