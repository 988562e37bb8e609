/**
 * The one noun that travels: a message is one call of a task. It is frozen; a change makes a new one.
 *
 * @module
 */
import type { CallbackSettings } from "./callbacks/callback.ts";
import type { ErrorInfo } from "./error_info.ts";
import { InvalidInput, TooLarge } from "./errors.ts";
import { readId } from "./id.ts";
import { byteLength, fits, type Json } from "./json.ts";
import type { KeptLog } from "./log.ts";
import type { Encoded, Signature } from "./wire/encoded.ts";

/** A run of a task that is over. */
export interface Attempt {
  /** When its handler was started (ms since 1970, by the broker's clock). */
  readonly startedAt: number;
  /** When it was over. */
  readonly finishedAt: number;
  /** Where it ran. */
  readonly worker: string;
  /** Its span, as a W3C `traceparent`, where it was traced. */
  readonly span?: string;
  /** What it threw, in short: the first 256 characters of its message, and 1,024 of its stack. */
  readonly error?: ErrorInfo;
}

/** That a message is not added while another task holds its key: the one of that key that was added last. */
export interface Uniqueness {
  /** Tasks of equal keys are the same. */
  readonly key: string;
  /** For how long after it was sent a task holds the key at most (ms). */
  readonly for: number;
  /**
   * While a task is in which state it holds the key: until it has ended when absent; only while it waits, not once it is
   * taken by a worker; or in any, after its end too.
   */
  readonly states?: "waiting" | "any";
  /**
   * What becomes of this message when the key is held: it is not added; with `reject` its sender is told by an error; with
   * `replace` it takes the place of a holder that waits, which ends as `REVOKED`, and is not added beside one that runs.
   */
  readonly on?: "reject" | "replace";
  /** With `replace`: due no later than so long after the first of those that replaced one another was sent (ms). */
  readonly within?: number;
}

/** Times and time limits in ms; times since 1970, by the broker's clock. */
export interface Message {
  /** The task's id: a UUID unless the caller chose another. */
  readonly id: string;
  /**
   * A word of this sending, where the caller chose the id: another message of the same id has another one, a repetition
   * of this one has the same. Without it every further message of the id counts as a repetition.
   */
  readonly nonce?: string;
  /** The name of the task. */
  readonly task: string;
  /** The arguments of the handler. */
  readonly args: readonly Json[];
  /** The queue it waits in. */
  readonly queue: string;
  /** 0 to 9, and 9 goes first. */
  readonly priority: number;
  /** When it was sent. */
  readonly sentAt: number;
  /** When it was last sent again after it had failed for good. */
  readonly resentAt?: number;
  /** Not to be started before. */
  readonly eta?: number;
  /** Not to be started after: it ends as `EXPIRED` then. */
  readonly expires?: number;
  /** Not to be started later than so many ms after it was due: it ends as `EXPIRED` then. */
  readonly startTimeout?: number;
  /** It was sent under an idempotency key, which counts for so long after its end (ms): so long its record stays at least. */
  readonly idempotent?: number;
  /** Which tasks count as the same as this one, and what becomes of it when there is one. */
  readonly unique?: Uniqueness;
  /**
   * What it must pass before it may start, besides its queue's turn: names of limits, each `<name>` or `<name>#<key>`.
   * See `Limit` of the broker's port.
   */
  readonly limits?: readonly string[];
  /** Whether it goes before those that wait in its queue (or lane) at the same priority, when it comes there. */
  readonly lifo?: true;
  /** How often it has been tried again so far. */
  readonly retries: number;
  /** Its runs before this one, once it was tried again: the last 10. */
  readonly attempts?: readonly Attempt[];
  /** What its handler said in the runs before this one. */
  readonly log?: KeptLog;
  /** How often a worker gave it back because it knew no task of that name. */
  readonly unknown?: number;
  /** The most retries it may have; the task's own when absent; `null` for no limit. */
  readonly maxRetries?: number | null;
  /** Whatever the caller wants the handler to see beside the arguments. */
  readonly headers?: { readonly [name: string]: Json };
  /** Keep neither result nor error. */
  readonly ignoreResult?: boolean;
  /** How long its record stays after its end (ms). */
  readonly resultExpires?: number;
  /** After so many ms the handler's signal is aborted and the run counts as failed. */
  readonly timeLimit?: number;
  /** After so many ms the handler's signal is aborted; it may still finish until the hard limit. */
  readonly softTimeLimit?: number;
  /** The first task of the tree that this one belongs to; itself when absent. */
  readonly rootId?: string;
  /** The task whose handler sent this one. */
  readonly parentId?: string;
  /** Its arguments and headers, where they went through codecs or lie in a store: then `args` is empty. */
  readonly encoded?: Encoded;
  /** That somebody who has the key sent it. */
  readonly signature?: Signature;
  /** Where it is told what it came to, in place of where its task or app says; or that it is not. */
  readonly callback?: CallbackSettings | false;
  /** Which arguments, by their paths, or that all of them are kept out of views. */
  readonly redact?: true | readonly string[];
}

/** Since when a message may be taken, this time. */
export function dueAt({ sentAt, eta = 0, resentAt = 0 }: Pick<Message, "sentAt" | "eta" | "resentAt">): number {
  return Math.max(sentAt, eta, resentAt);
}

/** The queue of a task that names none. */
export const defaultQueue = "default";
/** The priority of a task that names none. */
export const defaultPriority = 5;

/** The message's JSON, without its id and without what is as usual. */
export function encodeMessage(message: Message): string {
  const { id, task, args, queue, priority, retries, sentAt, ...rest } = message;
  return JSON.stringify({
    task,
    args,
    ...(queue === defaultQueue ? {} : { queue }),
    ...(priority === defaultPriority ? {} : { priority }),
    ...(retries === 0 ? {} : { retries }),
    ...(readId(id)?.madeAt === sentAt ? {} : { sentAt }),
    ...rest,
  });
}

/** The message of such JSON. */
export function decodeMessage(id: string, json: string): Message {
  const wire = JSON.parse(json);
  wire.id = id;
  wire.queue ??= defaultQueue;
  wire.priority ??= defaultPriority;
  wire.retries ??= 0;
  wire.sentAt ??= readId(id)?.madeAt ?? 0;
  return Object.freeze(wire);
}

/**
 * Refuses a message that is too large.
 *
 * @param json The message's JSON.
 * @param limit In bytes.
 */
export function checkSize(task: string, json: string, limit: number): void {
  if (!fits(json, limit)) throw new TooLarge(`The message of task ${JSON.stringify(task)}`, byteLength(json), limit);
}

const names = {
  queue: nameOf(".:@/+-", 128),
  id: nameOf(".:@/+=-", 200),
  worker: nameOf(".@%+~-", 200),
  limit: {
    // Encoded as in a URL, where a character of a task's name or a key may take nine.
    pattern: /^[\w.:@/+!~*'()%-]{1,1820}(#[\w.:@/+!~*'()%=-]{0,1800})?$/,
    rule: "as in a URL, with its key after #",
  },
  app: nameOf(".@/+-", 64),
};

function nameOf(signs: string, most: number): { readonly pattern: RegExp; readonly rule: string } {
  return {
    pattern: new RegExp(`^[\\w${signs}]{1,${most}}$`),
    rule: `1 to ${most} letters, digits and _ ${[...signs].join(" ")}`,
  };
}

/**
 * Checks the name of a queue, worker or app, or an id that the caller chose.
 *
 * @throws {InvalidInput} When it holds other characters than letters, digits and a few signs, or is too long.
 */
export function checkName(kind: keyof typeof names, value: unknown): string {
  const { pattern, rule } = names[kind];
  if (typeof value === "string" && pattern.test(value)) return value;
  throw new InvalidInput(kind, `${kind} must be ${rule}, and it is ${JSON.stringify(value) ?? typeof value}`);
}

/** Checks the name of a task: any printable text of 1 to 200 characters. */
export function checkTaskName(value: unknown): string {
  // deno-lint-ignore no-control-regex
  if (typeof value === "string" && /^[^\x00-\x1f\x7f]{1,200}$/.test(value)) return value;
  throw new InvalidInput(
    "task",
    `The name of a task must be 1 to 200 printable characters, and it is ${JSON.stringify(value) ?? typeof value}`,
  );
}
