/**
 * Messages made anew from ones that were sent: with other arguments or headers, checked as if they were sent now, and
 * with all that is made from these.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import { InvalidInput } from "../errors.ts";
import type { LimitBook } from "../limits/book.ts";
import { checkSize, encodeMessage, type Message } from "../message.ts";
import { show } from "../options/values.ts";
import { uniqueOf } from "../policies/unique.ts";
import { parse } from "../tasks/schema.ts";
import type { TaskDefinition } from "../tasks/task.ts";
import type { Wire } from "../wire/wire.ts";

/** What rewriting needs of an app. */
export interface RewritingApp {
  /** The settings. */
  readonly config: Config;
  /** The tasks by name. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  /** Its codecs and its store. */
  readonly wire: Wire;
  /** What its tasks and queues declare. */
  readonly limits: LimitBook;
}

/** What is to be other than it was. */
export interface Body {
  /** The arguments. */
  readonly args?: readonly unknown[] | undefined;
  /** The headers. */
  readonly headers?: Message["headers"] | undefined;
}

/**
 * A message as it goes out once more.
 *
 * @param before As it was sent.
 * @param changed The same with all changes but those of its body.
 * @param word Tells what is put aside for it from what was put aside before.
 * @throws {InvalidInput} When the arguments are no array, or do not fit the task's schema.
 * @throws {TooLarge}
 * @throws {CannotDecode} When only one of arguments and headers is given, and the other cannot be read.
 */
export async function rewrite(
  { wire, tasks, config, limits }: RewritingApp,
  before: Message,
  changed: Message,
  { args, headers }: Body,
  word: string,
): Promise<Message> {
  const { task, queue } = changed;
  const isPlain = wire.isPlain(task) && !before.encoded;
  const { schema, once } = tasks.get(task)?.settings ?? {};
  // What is the same may depend on the queue.
  if (!args && once?.perQueue && queue !== before.queue) ({ args } = await wire.records.openMessage(before));
  const message = args || queue === before.queue
    ? changed
    : limits.moved(changed, limits.hasGroups(queue) ? (await wire.records.openMessage(before)).args : []);
  if (!args && !headers) return Object.freeze(isPlain ? message : await wire.repack(before, message, undefined, word));
  let next: Message = headers ? { ...message, headers } : message;
  if (args) {
    const { values, json } = wire.book.copyArgs(readArgs(args), task);
    if (schema) await parse(schema, values, "args", task);
    const unique = once && uniqueOf(once, { task, queue, args: once.key ? values : json });
    next = limits.renamed(tasks.get(task), { ...next, args: values, ...(unique ? { unique } : {}) });
  }
  if (!isPlain) {
    const body = { ...(args ? { args: next.args } : {}), ...(headers ? { headers } : {}) };
    return await wire.repack(before, next, body, word);
  }
  checkSize(task, encodeMessage(next), config.maxMessageSize);
  return Object.freeze(next);
}

/** Refuses what is no list of arguments. */
export function readArgs(args: unknown): readonly unknown[] {
  if (Array.isArray(args)) return args;
  throw new InvalidInput("args", `args must be an array, and it is ${show(args)}`);
}
