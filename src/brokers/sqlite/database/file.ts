/**
 * The file of a database, which somebody may remove or replace while it is open: SQLite would go on writing to what no
 * name leads to any more, and others would begin a new file beside it.
 *
 * @module
 */
import { statSync } from "node:fs";
import { BrokerUnavailable } from "../../../errors.ts";

/** How often it is looked at (ms). */
const every = 1000;

/** Looks whether a file is still the one that was opened. */
export class DatabaseFile {
  readonly #path: string;
  readonly #id: string | undefined;
  #lookedAt = -Infinity;
  #isThere = true;

  /** The file at this path, which was opened just now. */
  constructor(path: string) {
    this.#path = path;
    this.#id = this.#read();
  }

  /** Which file the path leads to: `undefined` when to none. */
  #read(): string | undefined {
    const found = statSync(this.#path, { throwIfNoEntry: false });
    return found && `${found.dev} ${found.ino}`;
  }

  /**
   * Looks, if that was not done just now.
   *
   * @param now By a clock that goes evenly (ms).
   * @throws {BrokerUnavailable} When it was removed or replaced. Once it is back, all goes on.
   */
  check(now: number): void {
    if (this.#isThere && now - this.#lookedAt < every) return;
    this.#lookedAt = now;
    this.#isThere = this.#read() === this.#id;
    if (this.#isThere) return;
    throw new BrokerUnavailable(
      `${this.#path} was removed or replaced while it was open: put it back, or start this process again`,
    );
  }
}
