/**
 * Values on their way from who brings them to the one who reads them.
 *
 * @module
 */

/** A queue of values that one reader awaits. */
export class Mailbox<T> {
  readonly #values: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  /** Another value. */
  put(value: T): void {
    this.#values.push(value);
    this.#wake?.();
  }

  /** There will be no more. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The values, until the end. */
  async *read(): AsyncGenerator<T> {
    while (true) {
      while (this.#values.length > 0) yield this.#values.shift()!;
      if (this.#ended) return;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
