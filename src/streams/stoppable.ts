/**
 * An iterator that can be ended while somebody waits for its next value.
 *
 * @module
 */

/** Iterates over what a generator makes; `return()` and `break` end it quietly, a signal with its reason. */
export class Stoppable<T> implements AsyncIterableIterator<T, undefined> {
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal | undefined;
  readonly #values: AsyncGenerator<T>;

  /**
   * @param make Makes the values, until the signal it is given is aborted.
   * @param signal Ends it: its reason is thrown.
   */
  constructor(make: (stop: AbortSignal) => AsyncGenerator<T>, signal?: AbortSignal) {
    this.#signal = signal;
    this.#values = make(signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal);
  }

  /** The next value. */
  async next(): Promise<IteratorResult<T, undefined>> {
    const next = await this.#values.next();
    if (next.done) this.#signal?.throwIfAborted();
    return next;
  }

  /** Ends it, even while `next()` waits. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#stop.abort();
    await this.#values.return(undefined);
    return { done: true, value: undefined };
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }
}
