/**
 * Dead letters in Redis: their records lie on keys of their own, and a sorted set names them, by the time of the failure.
 *
 * Its members say what a filter asks for (see records/letter.ts), so that looking for letters reads no record that is not shown.
 *
 * @module
 */
import type { TaskRecord } from "../../ports/task_record.ts";
import type { DeadLetterPage, DeadLetterQuery, DeadLetters, Deletion, Resending } from "../../ports/dead_letters.ts";
import type { Message } from "../../message.ts";
import type { Connection } from "./connection/connection.ts";
import { fits, memberOf, readMember, timeText } from "./records/letter.ts";
import { type ResendingOptions, resendLetters } from "./publishing/resend.ts";
import { drop, list, oldest } from "./scripts/dead_letters.ts";

/** How many members are read at once, and how often for one answer: a filter may fit few of them. */
const scan = { members: 1000, times: 10 };
/** The most letters that are deleted in one request. */
const mostDeleted = 1000;

/** What the letters need of the broker. */
export interface LettersOptions extends ResendingOptions {
  /** Calls scripts. */
  readonly connection: Connection;
}

/** Dead letters in Redis. */
export class RedisDeadLetters implements DeadLetters {
  readonly #options: LettersOptions;

  /** Those of these keys. */
  constructor(options: LettersOptions) {
    this.#options = options;
  }

  /** A part of them, the newest first. */
  async list({ limit, cursor, ...filter }: DeadLetterQuery): Promise<DeadLetterPage> {
    const { keys, connection, records } = this.#options;
    const letters: TaskRecord[] = [];
    const min = `[${timeText(filter.after ?? 0)}`;
    let max = cursor !== undefined ? `(${cursor}` : filter.before === undefined ? "+" : `(${timeText(filter.before)}`;
    for (let times = 0; times < scan.times; times++) {
      const args = [max, min, String(scan.members)];
      const members = await connection.run(list, [keys.letters], args, undefined) as string[];
      const fitting = members.filter((member) => fits(readMember(member), filter));
      while (fitting.length > 0) {
        const part = fitting.splice(0, limit - letters.length);
        const found = await records.letters(part.map((member) => readMember(member).id));
        letters.push(...found.filter((record) => record !== undefined));
        if (letters.length === limit) return { letters, cursor: part.at(-1)! };
      }
      if (members.length < scan.members) return { letters };
      max = `(${members.at(-1)!}`;
    }
    return { letters, cursor: max.slice(1) };
  }

  /** Puts messages into their queues in place of letters. */
  async resend(messages: readonly Message[]): Promise<Resending[]> {
    return await resendLetters(messages, this.#options);
  }

  /** Forgets letters. */
  async delete(ids: readonly string[]): Promise<Deletion[]> {
    const { keys, records } = this.#options;
    const known = await records.read(ids);
    const found = known.filter((record) => record?.state === "FAILURE");
    const items = found.map((record) => [keys.page(record!.id), record!.id, memberOf(record!)] as const);
    const statuses = await this.#drop(items);
    let at = 0;
    return known.map((record) =>
      record === undefined ? "unknown" : record.state !== "FAILURE" || statuses[at++] === "A" ? "not_failed" : "deleted"
    );
  }

  /** Removes those whose time is over, and the oldest beyond so many. */
  async trim(most: number): Promise<number> {
    const { keys, connection, now } = this.#options;
    const time = await now();
    let removed = 0;
    while (true) {
      const args = [String(scan.members)];
      const [count, ...members] = await connection.run(oldest, [keys.letters], args, undefined) as string[];
      const tooMany = Number(count) - most;
      const gone = members.filter((member, index) => index < tooMany || readMember(member).ends < time);
      // What still says on a common page that it failed goes with that page.
      await this.#drop(gone.map((member) => ["", readMember(member).id, member] as const));
      removed += gone.length;
      if (gone.length < scan.members) return removed;
    }
  }

  async #drop(items: readonly (readonly [page: string, id: string, member: string])[]): Promise<string> {
    const { keys, connection } = this.#options;
    let statuses = "";
    for (let from = 0; from < items.length; from += mostDeleted) {
      const part = items.slice(from, from + mostDeleted);
      const declared = new Set([keys.letters]);
      const args = part.flatMap(([page, id, member]) => {
        const own = keys.record(id);
        if (page !== "") declared.add(page);
        declared.add(own);
        return [page, id, own, member];
      });
      statuses += await connection.run(drop, [...declared], args, undefined) as string;
    }
    return statuses;
  }
}
