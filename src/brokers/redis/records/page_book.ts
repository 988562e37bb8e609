/**
 * Which pages of records there are. Nobody writes that down: a producer would pay for it with each task that it sends
 * alone. So whoever lists tasks looks through the names of all keys, 1,000 a command, and remembers them for a while.
 *
 * @module
 */
import { steady, systemClock } from "../../../clock.ts";
import type { Connection } from "../connection/connection.ts";
import type { Keys } from "../keys.ts";
import { pageNames } from "../scripts/listing.ts";

/** How long names are good for going on in a list (ms): a page of an earlier time that comes later is rare. */
const goodFor = 10_000;

/** A page. */
export interface Page {
  /** Its name: see id.ts. */
  readonly name: string;
  /** Its time, in 1.024 s. */
  readonly time: number;
  /** Its position in the list. */
  readonly at: string;
}

/** The pages there are. */
export class PageBook {
  readonly #keys: Keys;
  readonly #connection: Connection;
  #pages: readonly Page[] = [];
  #readAt = -Infinity;
  #reading: Promise<readonly Page[]> | undefined;

  /** Those of these keys. */
  constructor(keys: Keys, connection: Connection) {
    this.#keys = keys;
    this.#connection = connection;
  }

  /**
   * The pages, the newest first.
   *
   * @param isFresh Whether those of just now must be among them.
   */
  async pages(isFresh: boolean): Promise<readonly Page[]> {
    if (!isFresh && steady(systemClock) - this.#readAt < goodFor) return this.#pages;
    // Whoever asks while names are read has missed what was added before.
    const before = this.#reading;
    const reading = (async () => {
      await before?.catch(() => {});
      return await this.#read();
    })();
    this.#reading = reading;
    try {
      return await reading;
    } finally {
      if (this.#reading === reading) this.#reading = undefined;
    }
  }

  async #read(): Promise<readonly Page[]> {
    const names = new Set<string>();
    const start = this.#keys.pageNamed("");
    const readAt = steady(systemClock);
    let cursor = "0";
    do {
      const args = [cursor, `${start}*`, String(start.length)];
      const [next, ...found] = await this.#connection.run(pageNames, [], args, undefined) as string[];
      for (const name of found) names.add(name);
      cursor = next!;
    } while (cursor !== "0");
    this.#pages = [...names].map(pageOf).sort((a, b) => a.at < b.at ? 1 : -1);
    this.#readAt = readAt;
    return this.#pages;
  }
}

function pageOf(name: string): Page {
  const dash = name.indexOf("-");
  const time = parseInt(name.slice(0, dash), 36);
  return { name, time, at: placeOf(time, name.slice(dash + 1)) };
}

/** Where the tasks of a time and page are in the list: in the order of texts. */
export function placeOf(time: number, page: string): string {
  return `${String(time).padStart(12, "0")}:${page}:`;
}
