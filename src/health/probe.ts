/**
 * Whether the broker can be reached.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import type { WorkerView } from "../worker/view.ts";

/** How long an answer counts (ms): asking is billed, and those who ask do so every few seconds. */
const freshFor = 10_000;
/** How long the broker may take (ms). */
const patience = 1000;

/** Knows whether the broker can be reached: by what a worker hears of it, and by asking when that was long ago. */
export class Probe {
  readonly #app: Umbel;
  readonly #worker: WorkerView | undefined;
  #answeredAt = -Infinity;
  #asking: Promise<boolean> | undefined;

  /** Watches the broker of this app, and of its worker where there is one. */
  constructor(app: Umbel, worker?: WorkerView) {
    this.#app = app;
    this.#worker = worker;
  }

  /** Whether the broker answers. */
  async reaches(): Promise<boolean> {
    const heardAt = this.#worker ? this.#worker.answeredAt : -Infinity;
    if (heardAt === undefined) return false;
    const now = this.#app.clock.now();
    if (Math.max(heardAt, this.#answeredAt) > now - freshFor) return true;
    return await (this.#asking ??= this.#ask().finally(() => this.#asking = undefined));
  }

  async #ask(): Promise<boolean> {
    const { broker, clock } = this.#app;
    const over = new AbortController();
    const answered = broker.fetch(["0"], { signal: over.signal }).then(() => true, () => false);
    // Not left to the signal alone: a broker ends the try that is under way before it heeds it.
    const isThere = await Promise.race([answered, clock.sleep(patience, over.signal).then(() => false)]);
    over.abort();
    if (isThere) this.#answeredAt = clock.now();
    return isThere;
  }
}
