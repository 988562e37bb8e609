/**
 * Sending all tasks again that a filter fits, portion by portion.
 *
 * @module
 */
import { codeOf, InvalidInput } from "../errors.ts";
import { readWhole, show } from "../options/values.ts";
import { checkKeys } from "../options/keys.ts";
import { isFinal } from "../ports/task_record.ts";
import type { AsyncResult } from "../results/result.ts";
import type { Call } from "../tasks/task.ts";
import { optionsOf, type RetryingApp } from "./retrying.ts";
import { filterNames, type FoundTask, type SearchedApp, type SearchFilter, searchTasks } from "./search.ts";

/** Which tasks: those that meet all of it, and have ended. `state` must say how. */
export type RetryFilter = SearchFilter & Required<Pick<SearchFilter, "state">>;

/** How many, and where to begin. */
export interface RetryMatchingOptions {
  /**
   * How many at most: 1 to 10,000.
   *
   * @default {1000}
   */
  readonly limit?: number;
  /** Where the last portion ended: its `cursor`. */
  readonly cursor?: string;
}

/** What became of the tasks that a filter fits. */
export interface RetrySummary {
  /** How many that had failed for good wait again, under their ids. */
  readonly resent: number;
  /** How many were sent as new tasks, now or by an earlier retry that a filter asked for. */
  readonly sent: number;
  /** How many were not: their arguments are not known any more or not accepted, or another task holds their unique key. */
  readonly refused: number;
  /** Where to go on; absent when these were the last. */
  readonly cursor?: string;
}

/** What it needs of an app. */
export interface RetryMatchingApp extends RetryingApp, SearchedApp {
  /** Its codecs. */
  readonly wire: RetryingApp["wire"] & SearchedApp["wire"];
  /** Sends calls in one round trip. */
  sendAll(calls: readonly Call[]): Promise<AsyncResult<unknown>[]>;
}

const usualLimit = 1000;
const mostLimit = 10_000;
/** How many are looked for and sent at once. */
const part = 100;

/**
 * Sends tasks again that have ended and fit a filter: those that failed for good under their own ids, others as new tasks.
 * Each end of a task is followed by one new task at most, however often this is asked for: so it may be repeated.
 *
 * @throws {InvalidInput} When the filter says no state, or something breaks its rule.
 */
export async function retryMatching(
  app: RetryMatchingApp,
  filter: RetryFilter,
  options: RetryMatchingOptions = {},
): Promise<RetrySummary> {
  checkKeys(filter, filterNames, "part of a filter", "filter");
  checkKeys(options, ["limit", "cursor"], "option of retry");
  const { limit = usualLimit } = options;
  if (readWhole(limit, "limit", 1) > mostLimit) {
    throw new InvalidInput("limit", `limit must be a whole number from 1 to ${mostLimit}, and it is ${show(limit)}`);
  }
  checkEnded(filter.state);
  const counts = { resent: 0, sent: 0, refused: 0 };
  let [left, cursor]: [number, string | undefined] = [limit, options.cursor];
  do {
    const page = await searchTasks(app, {
      ...filter,
      limit: Math.min(left, part),
      ...(cursor === undefined ? {} : { cursor }),
    });
    await again(app, page.tasks, counts);
    left -= page.tasks.length;
    cursor = page.cursor;
  } while (cursor !== undefined && left > 0);
  return { ...counts, ...(cursor === undefined ? {} : { cursor }) };
}

async function again(
  app: RetryMatchingApp,
  found: readonly FoundTask[],
  counts: { -readonly [name in keyof Omit<RetrySummary, "cursor">]: number },
): Promise<void> {
  const failed = found.filter(({ record }) => record.state === "FAILURE");
  const letters = failed.length === 0
    ? { resent: [], refused: [] }
    : await app.deadLetters.resend(failed.map(({ record }) => record.id));
  counts.resent += letters.resent.length;
  // What failed and is no dead letter any more is sent anew, like all others.
  const gone = new Set(letters.refused.flatMap(({ id, why }) => why === "unknown" ? [id] : []));
  counts.refused += letters.refused.length - gone.size;
  const others = found.filter(({ record: { id, state } }) => state !== "FAILURE" || gone.has(id));
  const calls = others.flatMap((one) => callOf(one) ?? []);
  counts.refused += others.length - calls.length;
  for (const handle of await sendEach(app, calls)) counts[handle ? "sent" : "refused"]++;
}

/** The call of a task that ended, once for each end of it; nothing when its arguments are not known. */
function callOf({ record: { id, finishedAt = 0 }, message }: FoundTask): Call | undefined {
  if (!message || message.encoded) return undefined;
  const options = { ...optionsOf(message), idempotencyKey: `retry ${id} ${finishedAt}` };
  return { task: message.task, args: message.args, options };
}

/** Sends them together; where one is refused, each by itself. */
async function sendEach(app: RetryMatchingApp, calls: readonly Call[]): Promise<(AsyncResult<unknown> | undefined)[]> {
  try {
    return await app.sendAll(calls);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  const handles: (AsyncResult<unknown> | undefined)[] = [];
  for (const call of calls) {
    const [handle] = await app.sendAll([call]).catch((error) => {
      if (isRefusal(error)) return [undefined];
      throw error;
    });
    handles.push(handle);
  }
  return handles;
}

/** Whether an error is about a call, and not about whether the broker can be reached. */
function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && !["broker_unavailable", "broker_refused", "store_failed"].includes(code);
}

function checkEnded(state: unknown): void {
  const states = typeof state === "string" ? [state] : Array.isArray(state) ? state : [];
  if (states.length > 0 && states.every((one) => typeof one === "string" && isFinal(one))) return;
  throw new InvalidInput(
    "state",
    `state must be of tasks that have ended: FAILURE, REVOKED, EXPIRED or SUCCESS, and it is ${show(state)}`,
  );
}
