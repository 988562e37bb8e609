/**
 * SQLite answers at once, and whoever awaits such an answer goes on in the same round of the event loop. Senders and a
 * worker that keep each other busy would never leave it: no timer would fire, no signal of the system be heard, no request
 * be answered, for as long as there is something to do. So who asks much is answered in the next round now and then.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** For how long the database may be at work within one round (ms): with what its callers do, some 20 ms of the program. */
const stretch = 5;

/** Measures the work of one client, and has it pause. */
export class Breath {
  #worked = 0;
  #pause: Promise<void> | undefined;

  /**
   * Some work was done.
   *
   * @param duration How long it took (ms).
   * @returns What to wait for before it is answered: everybody who asks in a round that is to end waits for that.
   */
  after(duration: number): Promise<void> | undefined {
    this.#worked += duration;
    if (this.#worked < stretch) return this.#pause;
    this.#worked = 0;
    return this.#pause ??= nextRound().then(() => this.#pause = undefined);
  }
}

/** A message to oneself would come before the timers, however late they are. */
function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
