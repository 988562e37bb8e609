/**
 * Reading records: from the common pages, and from keys of their own where they are large or dead letters.
 *
 * @module
 */
import type { TaskRecord } from "../../../ports/task_record.ts";
import type { Connection } from "../connection/connection.ts";
import type { Keys } from "../keys.ts";
import { decodeRecord, isElsewhere } from "./record.ts";
import type { Script } from "../connection/script.ts";
import { fetch, whole } from "../scripts/records.ts";

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
      const texts = await this.#texts(part, signal, script, first);
      const elsewhere = elsewhereOf(part, texts);
      records.push(...await this.#decode(part, texts, elsewhere, await this.#wholes(elsewhere, signal)));
    }
    return records;
  }

  /** What the common pages hold. */
  async #texts(
    ids: readonly string[],
    signal: AbortSignal | undefined,
    script: Script<string, string>,
    first: readonly string[],
  ): Promise<string[]> {
    const pages = ids.map((id) => this.#keys.page(id));
    const args = [...first, ...ids.flatMap((id, index) => [pages[index]!, id])];
    return await this.#connection.run(script, [...new Set(pages)], args, signal) as string[];
  }

  /**
   * The same of as many of the first ones as make some 4 MiB with those that lie elsewhere; of one at least.
   *
   * @param texts What was found on the common pages, empty for what was not; they are asked when it is absent.
   */
  async some(ids: readonly string[], texts?: readonly string[]): Promise<(TaskRecord | undefined)[]> {
    if (ids.length === 0) return [];
    const known = texts ?? await this.#texts(ids, undefined, fetch, []);
    const elsewhere = elsewhereOf(ids, known);
    const wholes = elsewhere.length === 0 ? [] : await this.#someWholes(elsewhere, undefined);
    const end = wholes.length < elsewhere.length ? ids.indexOf(elsewhere[wholes.length]!) : ids.length;
    return await this.#decode(ids.slice(0, end), known, elsewhere, wholes);
  }

  async #decode(
    ids: readonly string[],
    texts: readonly string[],
    elsewhere: readonly string[],
    wholes: readonly string[],
  ): Promise<(TaskRecord | undefined)[]> {
    const found = new Map(wholes.map((text, index) => [elsewhere[index]!, text]));
    const now = await this.#now();
    return ids.map((id, index) => decodeRecord(id, found.get(id) || texts[index]!, now));
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
    while (texts.length < ids.length) texts.push(...await this.#someWholes(ids.slice(texts.length), signal));
    return texts;
  }

  async #someWholes(ids: readonly string[], signal: AbortSignal | undefined): Promise<string[]> {
    return await this.#connection.run(whole, ids.map((id) => this.#keys.record(id)), [], signal) as string[];
  }
}

/** A dead letter outlives the page that its task was on: so what is not known there is asked for elsewhere, too. */
function elsewhereOf(ids: readonly string[], texts: readonly string[]): string[] {
  return ids.filter((_, index) => texts[index] === "" || isElsewhere(texts[index]!));
}
