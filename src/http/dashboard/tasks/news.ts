/**
 * What is new on a page of tasks while somebody reads it: how the tasks on it fare, and how many came since.
 *
 * @module
 */
import type { Umbel } from "../../../app/app.ts";
import type { FoundTask } from "../../../operations/search.ts";
import type { Question } from "../live.ts";
import { searchOf, type TaskQuery } from "./query.ts";

/** What is new. */
export interface News {
  /** The tasks of the page, as they are now. */
  readonly rows: readonly FoundTask[];
  /** How many came since. */
  readonly count: number;
  /** Whether there may be more than that. */
  readonly isMore: boolean;
}

/** So many new ones are counted. */
const most = 100;

/**
 * Asks what is new on the first page of a query.
 *
 * @param since When its newest task was sent (ms since 1970).
 */
export function newsOf(query: TaskQuery, since: number): Question<News> {
  const { states, fields } = query;
  // Which tasks are on the page is found out once: as time goes on it would be others.
  let shown: readonly FoundTask[] | undefined;
  return {
    name: `tasks ${since} ${JSON.stringify([states, fields])}`,
    every: 5000,
    async ask(app: Umbel) {
      const now = await app.broker.now();
      const options = searchOf({ states, fields, trail: [] }, now);
      shown ??= (await app.search({ ...options, to: since + 1 })).tasks;
      const [records, { tasks, cursor }] = await Promise.all([
        app.broker.fetch(shown.map(({ record }) => record.id)),
        app.search({ ...options, from: since + 1, limit: most }),
      ]);
      const rows = shown.map((row, index) => {
        const record = records[index];
        return record ? { ...row, record } : row;
      });
      return { rows, count: tasks.length, isMore: cursor !== undefined };
    },
  };
}
