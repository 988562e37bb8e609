/**
 * An app's dead letters: what failed for good is listed, looked at, sent again or deleted.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import type { TaskRecord } from "../ports/task_record.ts";
import type { DeadLetterFilter, DeadLetterPage, Deletion, Resending } from "../ports/dead_letters.ts";
import { InvalidInput } from "../errors.ts";
import { newWord } from "../id.ts";
import { checkName, checkTaskName, type Message } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { readTime, show } from "../options/values.ts";
import { readArgs, rewrite, type RewritingApp } from "./rewrite.ts";

/** Which dead letters: those that meet all of it. */
export interface LetterFilter {
  /** The name of the task. */
  readonly task?: string;
  /** The queue it was taken from last. */
  readonly queue?: string;
  /** The class of the error: `TypeError`. */
  readonly error?: string;
  /** Failed before: a `Date`, ISO 8601 text, or **milliseconds** since 1970. */
  readonly before?: Date | string | number;
  /** Failed at this time or later. */
  readonly after?: Date | string | number;
}

/** Which dead letters, and which part of them. */
export interface LetterListOptions extends LetterFilter {
  /**
   * How many at most: 1 to 500.
   *
   * @default {50}
   */
  readonly limit?: number;
  /** Where the last part ended: its `cursor`. */
  readonly cursor?: string;
}

/** Which dead letters: one id, several, those that a filter fits, or all there are. */
export type LetterSelection = string | readonly string[] | LetterFilter | "all";

/** What is to differ when letters are sent again. */
export interface ResendOptions {
  /**
   * Other arguments, for each of them.
   *
   * @default {those that it failed with}
   */
  readonly args?: readonly unknown[];
  /**
   * Another queue.
   *
   * @default {the one that it was taken from}
   */
  readonly queue?: string;
}

/** What became of letters that were to be sent again. */
export interface ResendSummary {
  /** The ids of those that wait in a queue now. */
  readonly resent: readonly string[];
  /** The others. */
  readonly refused: readonly { readonly id: string; readonly why: Exclude<Resending, "resent"> }[];
}

/** What became of letters that were to be deleted. */
export interface DeleteSummary {
  /** The ids of those that are gone. */
  readonly deleted: readonly string[];
  /** The others. */
  readonly refused: readonly { readonly id: string; readonly why: Exclude<Deletion, "deleted"> }[];
}

/** What the office needs of an app. */
export interface OfficeApp extends RewritingApp {
  /** The broker. */
  readonly broker: Broker;
}

const filterNames: readonly (keyof LetterFilter)[] = ["task", "queue", "error", "before", "after"];
/** How many letters are handled at once where there may be any number. */
const part = 100;
const most = 500;

/** The dead letters of an app: `app.deadLetters`. */
export class DeadLetterOffice {
  readonly #app: OfficeApp;

  /** Those of this app. */
  constructor(app: OfficeApp) {
    this.#app = app;
  }

  /**
   * A part of the dead letters, the newest first.
   *
   * @returns Their records, and where to go on if there are more.
   * @throws {InvalidInput} When an option breaks its rule.
   */
  async list(options: LetterListOptions = {}): Promise<DeadLetterPage> {
    checkKeys(options, [...filterNames, "limit", "cursor"], "option of list");
    const { limit = 50, cursor, ...filter } = options;
    if (!Number.isInteger(limit) || limit < 1 || limit > most) {
      throw new InvalidInput("limit", `limit must be a whole number from 1 to ${most}, and it is ${show(limit)}`);
    }
    if (cursor !== undefined && !/^\d+[|:]/.test(cursor)) {
      throw new InvalidInput(
        "cursor",
        `cursor must be the one that the last part came with, and it is ${show(cursor)}`,
      );
    }
    const { broker: { deadLetters }, wire: { records } } = this.#app;
    const page = await deadLetters.list({ ...readFilter(filter), limit, ...(cursor === undefined ? {} : { cursor }) });
    return { ...page, letters: await Promise.all(page.letters.map((letter) => records.openRecord(letter))) };
  }

  /** The dead letter of that id; `undefined` when there is none. */
  async get(id: string): Promise<TaskRecord | undefined> {
    const [record] = await this.#app.broker.fetch([checkName("id", id)]);
    return record?.state === "FAILURE" && record.message ? await this.#app.wire.records.openRecord(record) : undefined;
  }

  /**
   * Sends letters again, under the ids they have: their records say `QUEUED` then, with no retries, and whoever has a
   * handle on them may wait anew. An `expires` or `eta` that they had no longer counts.
   *
   * @throws {InvalidInput} When `args` do not fit a task's schema, or an option breaks its rule.
   */
  async resend(which: LetterSelection, options: ResendOptions = {}): Promise<ResendSummary> {
    checkKeys(options, ["args", "queue"], "option of resend");
    const { args, queue } = options;
    if (queue !== undefined) checkName("queue", queue);
    if (args !== undefined) readArgs(args);
    const answers = new Map<string, Resending>();
    for await (const letters of this.#select(which)) {
      const now = await this.#app.broker.now();
      const messages: Message[] = [];
      for (const [id, letter] of letters) {
        if (letter?.message) messages.push(await this.#again(letter.message, now, args, queue));
        else answers.set(id, letter ? "not_failed" : "unknown");
      }
      const told = await this.#app.broker.deadLetters.resend(messages);
      for (const [index, { id }] of messages.entries()) answers.set(id, told[index]!);
    }
    const { done, refused } = sort(answers, "resent");
    return { resent: done, refused };
  }

  /** Deletes letters: nothing is known of their tasks then. */
  async delete(which: LetterSelection): Promise<DeleteSummary> {
    const answers = new Map<string, Deletion>();
    for await (const letters of this.#select(which)) {
      const ids = [...letters.keys()];
      const told = await this.#app.broker.deadLetters.delete(ids);
      for (const [index, id] of ids.entries()) answers.set(id, told[index]!);
    }
    const { done, refused } = sort(answers, "deleted");
    return { deleted: done, refused };
  }

  /** The letters meant, part by part: their records by id; one without message has not failed. */
  async *#select(which: LetterSelection): AsyncGenerator<ReadonlyMap<string, TaskRecord | undefined>> {
    const { broker } = this.#app;
    if (typeof which === "string" && which !== "all" || Array.isArray(which)) {
      const ids = [...new Set(typeof which === "string" ? [which] : which as readonly string[])];
      for (const id of ids) checkName("id", id);
      for (let from = 0; from < ids.length; from += part) {
        const some = ids.slice(from, from + part);
        const records = await broker.fetch(some);
        yield new Map(some.map((id, index) => [id, asLetter(records[index])]));
      }
      return;
    }
    const filter = which === "all" ? {} : readFilter(which as LetterFilter);
    if (which !== "all" && Object.keys(filter).length === 0) {
      throw new InvalidInput("filter", 'A filter must say which letters are meant; "all" means all of them');
    }
    let cursor: string | undefined;
    do {
      const page = await broker.deadLetters.list({
        ...filter,
        limit: part,
        ...(cursor === undefined ? {} : { cursor }),
      });
      yield new Map(page.letters.map((letter) => [letter.id, letter]));
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /** A message as it was first sent, but for what is to differ. */
  async #again(
    letter: Message,
    resentAt: number,
    args: readonly unknown[] | undefined,
    queue: string | undefined,
  ): Promise<Message> {
    const { attempts: _attempts, eta: _eta, expires: _expires, unknown: _unknown, ...message } = letter;
    const nonce = newWord(8);
    const again = { ...message, retries: 0, nonce, resentAt, ...(queue === undefined ? {} : { queue }) };
    return await rewrite(this.#app, letter, again, { args }, nonce);
  }
}

/** A record as a letter: without a message when its task has not failed. */
function asLetter(record: TaskRecord | undefined): TaskRecord | undefined {
  if (!record || record.state === "FAILURE") return record?.message ? record : undefined;
  const { message: _, ...other } = record;
  return other;
}

function readFilter(filter: LetterFilter): DeadLetterFilter {
  checkKeys(filter, filterNames, "part of a filter");
  const { task, queue, error, before, after } = filter;
  return {
    ...(task === undefined ? {} : { task: checkTaskName(task) }),
    ...(queue === undefined ? {} : { queue: checkName("queue", queue) }),
    ...(error === undefined ? {} : { error: readErrorName(error) }),
    ...(before === undefined ? {} : { before: readTime(before, "before") }),
    ...(after === undefined ? {} : { after: readTime(after, "after") }),
  };
}

function readErrorName(value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new InvalidInput("error", `error must be the name of an error's class, and it is ${show(value)}`);
}

function sort<Answer extends string, Done extends Answer>(
  answers: ReadonlyMap<string, Answer>,
  done: Done,
): { readonly done: string[]; readonly refused: { readonly id: string; readonly why: Exclude<Answer, Done> }[] } {
  const sorted: ReturnType<typeof sort<Answer, Done>> = { done: [], refused: [] };
  for (const [id, why] of answers) {
    if (why === done) sorted.done.push(id);
    else sorted.refused.push({ id, why: why as Exclude<Answer, Done> });
  }
  return sorted;
}
