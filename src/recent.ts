/**
 * What is remembered of many, in a process that lives long: as much as is set, and of more the last ones.
 *
 * @module
 */

/** A map that forgets what was not set for longest. */
export class Recent<Key, Value> {
  readonly #most: number;
  readonly #entries = new Map<Key, Value>();

  /** Of so many. */
  constructor(most: number) {
    this.#most = most;
  }

  /** What was set last, unless it is forgotten. */
  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** Sets it, as the latest. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#most) this.#entries.delete(this.#entries.keys().next().value!);
  }

  /** Forgets it. */
  delete(key: Key): void {
    this.#entries.delete(key);
  }
}
