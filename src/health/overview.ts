/**
 * What the broker tells of its queues and workers, asked for now and then.
 *
 * @module
 */
import { steady } from "../clock.ts";
import type { Umbel } from "../app/app.ts";
import type { QueueInfo } from "../ports/inspector.ts";

/** What was last seen. */
export interface Seen {
  /** The queues, with the age of the one that has waited longest (ms). */
  readonly queues: readonly (QueueInfo & { readonly age: number })[];
  /** How many workers are alive. */
  readonly workers: number;
}

/** How long the broker may take (ms): who collects metrics gives up after 10 s as a rule. */
const patience = 5000;

/** Looks at the broker, at most so often. */
export class Overview {
  readonly #app: Umbel;
  readonly #every: number;
  #lookedAt = -Infinity;
  #seen: Seen | undefined;
  #looking: Promise<Seen | undefined> | undefined;

  /** @param every How long an answer counts (ms). */
  constructor(app: Umbel, every: number) {
    this.#app = app;
    this.#every = every;
  }

  /** What was seen; `undefined` while the broker does not answer. */
  async read(): Promise<Seen | undefined> {
    if (this.#seen && steady(this.#app.clock) - this.#lookedAt < this.#every) return this.#seen;
    return await (this.#looking ??= this.#look().finally(() => this.#looking = undefined));
  }

  async #look(): Promise<Seen | undefined> {
    const { clock } = this.#app;
    const over = new AbortController();
    try {
      // What is asked after that goes on in the background, and its answer is of no interest.
      const tooLong = clock.sleep(patience, over.signal).then(() => undefined);
      this.#seen = await Promise.race([this.#ask(), tooLong]);
      this.#lookedAt = steady(clock);
    } catch {
      this.#seen = undefined;
    } finally {
      over.abort();
    }
    return this.#seen;
  }

  async #ask(): Promise<Seen> {
    const { broker } = this.#app;
    const [now, queues, workers] = await Promise.all([
      broker.now(),
      broker.inspector.queues({ oldest: true }),
      broker.inspector.workers(),
    ]);
    return {
      queues: queues.map((queue) => ({ ...queue, age: Math.max(0, now - (queue.oldest ?? now)) })),
      workers: workers.filter(({ aliveUntil }) => aliveUntil > now).length,
    };
  }
}
