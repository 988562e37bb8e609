/**
 * Keeps dead letters to their number: whoever hands in failures sees to it, now and then.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import type { Settlement } from "../ports/turn.ts";
import { steady } from "../clock.ts";
import type { Logger } from "../log.ts";

/** How long between two times (ms), and after how many failures it is time in any case. */
const every = { ms: 60_000, failures: 1000 };

/** Removes the oldest letters. */
export class LetterKeeper {
  readonly #app: Umbel;
  readonly #log: Logger;
  #trimmedAt = -Infinity;
  #failures = 0;
  #trimming: Promise<void> | undefined;

  /** Of this app, for one worker. */
  constructor(app: Umbel, log: Logger) {
    this.#app = app;
    this.#log = log;
  }

  /** Hears what was handed in; what it does then is done beside the worker's turns. */
  handedIn(settlements: readonly Settlement[]): void {
    for (const { record } of settlements) if (record.state === "FAILURE") this.#failures++;
    if (this.#failures === 0 || this.#trimming) return;
    const now = steady(this.#app.clock);
    if (now < this.#trimmedAt + every.ms && this.#failures < every.failures) return;
    this.#trimmedAt = now;
    this.#failures = 0;
    this.#trimming = this.#trim();
  }

  async #trim(): Promise<void> {
    const { broker, config: { deadLetterMax } } = this.#app;
    try {
      const gone = await broker.deadLetters.trim(deadLetterMax);
      if (gone > 0) this.#log.debug(`${gone} dead letters were removed: the oldest, or those whose time was over`);
    } catch (error) {
      this.#log.warning(`Dead letters could not be trimmed: ${error instanceof Error ? error.message : error}`);
    }
    this.#trimming = undefined;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#trimming;
  }
}
