/**
 * Reading records: from the common pages, and from keys of their own where they are large or dead letters.
 *
 * @module
 */
import type { TaskRecord } from "../../broker.ts";
import type { Connection } from "./connection.ts";
import type { Keys } from "./keys.ts";
import { decodeRecord, isElsewhere } from "./record.ts";
import type { Script } from "./script.ts";
import { fetch, whole } from "./scripts/records.ts";

/** The most records of one request. */
const most = 2000;

/** Reads records. */
export class Records {
  readonly #keys: Keys;
  readonly #connection: Connection;
  readonly #now: () => Promise<number>;

  /** Reads those of these keys. */
  constructor(keys: Keys, connection: Connection, now: () => Promise<number>) {
    this.#keys = keys;
    this.#connection = connection;
    this.#now = now;
  }

  /**
   * What is known of tasks, in the same order.
   *
   * @param script What is asked of the common pages: `fetch`, or one that takes more arguments `first`.
   */
  async read(
    ids: readonly string[],
    signal?: AbortSignal,
    script: Script<string, string> = fetch,
    first: readonly string[] = [],
  ): Promise<(TaskRecord | undefined)[]> {
    const records: (TaskRecord | undefined)[] = [];
    for (let from = 0; from < ids.length; from += most) {
      const part = ids.slice(from, from + most);
      const pages = part.map((id) => this.#keys.page(id));
      const args = [...first, ...part.flatMap((id, index) => [pages[index]!, id])];
      const texts = await this.#connection.run(script, [...new Set(pages)], args, signal) as string[];
      // A dead letter outlives the page that its task was on: so what is not known there is asked for as well.
      const elsewhere = [...part.keys()].filter((index) => texts[index] === "" || isElsewhere(texts[index]!));
      const wholes = await this.#wholes(elsewhere.map((index) => part[index]!), signal);
      for (const [at, index] of elsewhere.entries()) if (wholes[at] !== "") texts[index] = wholes[at]!;
      const now = await this.#now();
      for (const [index, id] of part.entries()) records.push(decodeRecord(id, texts[index]!, now));
    }
    return records;
  }

  /** What is known of dead letters, in the same order. */
  async letters(ids: readonly string[]): Promise<(TaskRecord | undefined)[]> {
    const texts = await this.#wholes(ids, undefined);
    const now = await this.#now();
    return ids.map((id, index) => decodeRecord(id, texts[index]!, now));
  }

  /** The texts of their own keys; an answer holds as many as are not too large together. */
  async #wholes(ids: readonly string[], signal: AbortSignal | undefined): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < ids.length) {
      const keys = ids.slice(texts.length).map((id) => this.#keys.record(id));
      texts.push(...await this.#connection.run(whole, keys, [], signal) as string[]);
    }
    return texts;
  }
}
