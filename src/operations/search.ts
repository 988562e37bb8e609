/**
 * An app's look at all its tasks: listed and searched.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import { isFinal, type TaskRecord } from "../ports/task_record.ts";
import { InvalidInput } from "../errors.ts";
import { type ListedTask, type ListingQuery, sieveOf } from "../ports/listing.ts";
import { checkName, checkTaskName, type Message } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { readTime, show } from "../options/values.ts";
import type { TaskDefinition } from "../tasks/task.ts";
import type { Wire } from "../wire/wire.ts";
import { showsText } from "./shown.ts";

/** Which tasks: those that meet all of it. */
export interface SearchFilter {
  /** What has become of it: a state, or one of several. */
  readonly state?: string | readonly string[];
  /** The name of the task. */
  readonly task?: string;
  /** The queue it waits or waited in. */
  readonly queue?: string;
  /** The worker of its last run. */
  readonly worker?: string;
  /** Sent at this time or later: a `Date`, ISO 8601 text, or **milliseconds** since 1970. */
  readonly from?: Date | string | number;
  /** Sent before. */
  readonly to?: Date | string | number;
  /**
   * What stands in its arguments, its result or its error, upper and lower case being the same. What is redacted or
   * sealed is not looked at.
   */
  readonly text?: string;
}

/** Which tasks, and which part of them. */
export interface SearchOptions extends SearchFilter {
  /**
   * How many at most: 1 to 500.
   *
   * @default {50}
   */
  readonly limit?: number;
  /** Where the last part ended: its `cursor`. */
  readonly cursor?: string;
}

/** A task, with its arguments as they were sent, where that can be read here. */
export interface FoundTask {
  /** What is known of it. */
  readonly record: TaskRecord;
  /** Its message, as far as it is known. */
  readonly message?: Message;
}

/** A part of the tasks. */
export interface SearchPage {
  /**
   * The newest first, to about a second: by when they were sent. May be fewer than asked for though there are more, since
   * one call looks at so many only.
   */
  readonly tasks: readonly FoundTask[];
  /** Where to go on; absent when these are the last. */
  readonly cursor?: string;
}

/** What searching needs of an app. */
export interface SearchedApp {
  /** The broker. */
  readonly broker: Broker;
  /** Its codecs. */
  readonly wire: Wire;
  /** The tasks by name: they say what of their arguments may be seen. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
}

/** The names of what a filter says. */
export const filterNames: readonly (keyof SearchFilter)[] = ["state", "task", "queue", "worker", "from", "to", "text"];
const most = 500;
/** How many parts of the broker's list one call looks through. */
const mostParts = 10;

/**
 * A part of all tasks of which something is known.
 *
 * @throws {InvalidInput} When an option breaks its rule.
 */
export async function searchTasks(app: SearchedApp, options: SearchOptions = {}): Promise<SearchPage> {
  checkKeys(options, [...filterNames, "limit", "cursor"], "option of search");
  const { limit = 50, text, cursor } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    throw new InvalidInput("limit", `limit must be a whole number from 1 to ${most}, and it is ${show(limit)}`);
  }
  if (cursor !== undefined && typeof cursor !== "string") {
    throw new InvalidInput("cursor", `cursor must be the one that the last part came with, and it is ${show(cursor)}`);
  }
  const filter = readFilter(options);
  const tasks: FoundTask[] = [];
  let next = cursor;
  for (let parts = 0; parts < mostParts; parts++) {
    const page = await app.broker.listing.list({
      ...filter,
      // Of those that hold a text somewhere, few may show it.
      limit: text === undefined ? limit - tasks.length : most,
      messages: true,
      ...(next === undefined ? {} : { cursor: next }),
    });
    next = page.cursor;
    const opened = await Promise.all(page.tasks.map((task) => openFound(app, task)));
    for (const [index, task] of opened.entries()) {
      if (text !== undefined && !hasText(app, task, text)) continue;
      tasks.push(task);
      const isLast = next === undefined && index === opened.length - 1;
      if (tasks.length === limit) return { tasks, ...(isLast ? {} : { cursor: page.tasks[index]!.cursor }) };
    }
    if (next === undefined) return { tasks };
  }
  return { tasks, cursor: next! };
}

/** A task with all that can be read here. */
export async function openFound(
  { wire }: SearchedApp,
  { record, message }: Omit<ListedTask, "cursor">,
): Promise<FoundTask> {
  const opened = await wire.records.openRecord(message ? { ...record, message } : record);
  if (isFinal(record.state) || !opened.message) {
    return { record: opened, ...(message ? { message: opened.message! } : {}) };
  }
  const { message: own, ...rest } = opened;
  return { record: rest, message: own };
}

/** Whether a text stands in what may be seen of a task. */
export function hasText({ wire, tasks }: SearchedApp, { record, message }: FoundTask, text: string): boolean {
  return !wire.book.codecsOf(record.task).seal && showsText(record, message, text, tasks);
}

/** What the broker is asked for that. @throws {InvalidInput} */
export function readFilter(filter: SearchFilter): Omit<ListingQuery, "limit"> {
  const { state, task, queue, worker, from, to, text } = filter;
  const contains = text === undefined ? undefined : sieveOf(readText(text));
  return {
    ...(state === undefined ? {} : { states: readStates(state) }),
    ...(task === undefined ? {} : { task: checkTaskName(task) }),
    ...(queue === undefined ? {} : { queue: checkName("queue", queue) }),
    ...(worker === undefined ? {} : { worker: checkName("worker", worker) }),
    ...(from === undefined ? {} : { from: readTime(from, "from") }),
    ...(to === undefined ? {} : { to: readTime(to, "to") }),
    ...(contains === undefined ? {} : { contains }),
  };
}

/** Tasks may report states of their own: so any word may be one. */
function readStates(state: unknown): readonly string[] {
  const states = typeof state === "string" ? [state] : state;
  const isState = (one: unknown) => typeof one === "string" && /^[^\s]{1,100}$/.test(one);
  if (Array.isArray(states) && states.length > 0 && states.every(isState)) return states;
  throw new InvalidInput("state", `state must be a state, or a list of some, and it is ${show(state)}`);
}

function readText(text: unknown): string {
  if (typeof text === "string" && text !== "" && text.length <= 1000) return text;
  throw new InvalidInput("text", `text must be 1 to 1000 characters, and it is ${show(text)}`);
}
