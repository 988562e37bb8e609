/**
 * Places for those that come one after another: so many are in, one waits, and others are sent away.
 *
 * @module
 */

/** A place that was taken. */
export interface Place {
  /** Leaves it to the next. */
  leave(): void;
}

/** Places. */
export class Places {
  #free: number;
  #next: ((place: Place | undefined) => void) | undefined;

  /** So many. */
  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Takes a place, or waits for one. Whoever waits begins after everybody who came before: so who comes while one waits is
   * served by that.
   *
   * @returns `undefined` when somebody waits already, or the signal was aborted.
   */
  take(signal: AbortSignal): Promise<Place | undefined> {
    if (signal.aborted || this.#next) return Promise.resolve(undefined);
    if (this.#free > 0) return Promise.resolve(this.#place());
    return new Promise((resolve) => {
      const abort = () => done(undefined);
      const done = (place: Place | undefined) => {
        signal.removeEventListener("abort", abort);
        this.#next = undefined;
        resolve(place);
      };
      this.#next = done;
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  #place(): Place {
    this.#free--;
    let isLeft = false;
    return {
      leave: () => {
        if (isLeft) return;
        isLeft = true;
        this.#free++;
        this.#next?.(this.#place());
      },
    };
  }
}
