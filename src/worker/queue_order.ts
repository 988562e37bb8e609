/**
 * In which order a worker's turn looks at its queues.
 *
 * @module
 */

/** The order of a worker's queues. */
export class QueueOrder {
  readonly #takesTurns: boolean;
  #queues: readonly string[];

  /** @param takesTurns Whether each of them in turn comes first. */
  constructor(queues: readonly string[], takesTurns: boolean) {
    this.#queues = queues;
    this.#takesTurns = takesTurns;
  }

  /** The queues, the first one first. */
  get queues(): readonly string[] {
    return this.#queues;
  }

  /** More was waiting than could be taken: nobody else may get at what is first in line. */
  next(): void {
    if (this.#takesTurns && this.#queues.length > 1) this.#queues = [...this.#queues.slice(1), this.#queues[0]!];
  }
}
