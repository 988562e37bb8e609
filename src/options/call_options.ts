/**
 * The options of a call: checked once, at the door, with a sentence that names the field, the rule and the value.
 *
 * @module
 */
import type { Callback } from "../callbacks/callback.ts";
import { type Duration, milliseconds } from "./duration.ts";
import { InvalidInput } from "../errors.ts";
import type { Json } from "../json.ts";
import { toJson } from "../to_json.ts";
import { checkName } from "../message.ts";
import { checkKeys } from "./keys.ts";
import type { OnceOptions } from "./once.ts";
import { checkTimeLimits, readTimeouts, type Timeouts } from "./timeouts.ts";
import { readBoolean, readLimit, readMaxRetries, readPriority, readTime, show } from "./values.ts";

/** How one call differs from the others. */
export interface CallOptions extends OnceOptions {
  /**
   * The task's id. Another message of the same id is not added while the first one is known.
   *
   * @default {a new UUID, version 7}
   */
  readonly id?: string;
  /**
   * Calls of the same task under the same key are one call: the second one gets the handle that the first one got, for a
   * day (the app's `idempotencyExpires`) after the task's end at least. 1 to 500 characters; not with `id`.
   */
  readonly idempotencyKey?: string;
  /** Not to be started before so long from now. */
  readonly countdown?: Duration;
  /** Not to be started before: a `Date`, ISO 8601 text, or **milliseconds** since 1970. */
  readonly eta?: Date | string | number;
  /** Not to be started after: so long from now, or a `Date`. It ends as `EXPIRED` then. */
  readonly expires?: Duration | Date;
  /** How long it may wait for its start once it is due, each time that it is: `{ start: "5m" }`. Ends as `EXPIRED` then. */
  readonly timeouts?: Timeouts;
  /**
   * The queue it waits in.
   *
   * @default {the task's, else its route's, else the app's `defaultQueue`}
   */
  readonly queue?: string;
  /**
   * 0 to 9, and 9 goes first.
   *
   * @default {the task's, else 5}
   */
  readonly priority?: number;
  /**
   * Whether it is started before those of its priority that wait in its queue already.
   *
   * @default {the task's, else the queue's, else false}
   */
  readonly lifo?: boolean;
  /** Whatever the handler is to see beside its arguments. */
  readonly headers?: { readonly [name: string]: Json };
  /** Keep neither result nor error. */
  readonly ignoreResult?: boolean;
  /** After so long the handler's signal is aborted and the run counts as failed. */
  readonly timeLimit?: Duration;
  /** After so long the handler's signal is aborted; it may still finish until `timeLimit`. */
  readonly softTimeLimit?: Duration;
  /** The most retries it may have; `null` or `Infinity` for no limit. */
  readonly maxRetries?: number | null;
  /** How long its record stays after its end. */
  readonly resultExpires?: Duration;
  /**
   * How long sending it is tried before that fails with `BrokerUnavailable`. Such a call is sent by itself.
   *
   * @default {the app's `publishDeadline`, else the broker's own}
   */
  readonly publishDeadline?: Duration;
  /**
   * Where it is told what the task came to, by a signed request: a URL of a host that the app's `callbacks` allow, or
   * `{ url, on: ["success", "failure", "expired"], headers }`; `false` for nowhere.
   *
   * @default {the task's, else the app's}
   */
  readonly callback?: Callback;
  /** The task whose handler sends this one: its context. */
  readonly parent?: { readonly id: string; readonly rootId?: string };
}

/** A call's options once they are checked: times in ms. How it meets others, and its callback, are checked later. */
export interface CallSettings extends OnceOptions {
  readonly id?: string;
  readonly idempotencyKey?: string;
  readonly delay?: number;
  readonly eta?: number;
  readonly lifetime?: number;
  readonly expires?: number;
  readonly startTimeout?: number;
  readonly queue?: string;
  readonly priority?: number;
  readonly lifo?: boolean;
  readonly headers?: { readonly [name: string]: Json };
  readonly ignoreResult?: boolean;
  readonly timeLimit?: number;
  readonly softTimeLimit?: number;
  readonly maxRetries?: number | null;
  readonly resultExpires?: number;
  readonly publishDeadline?: number;
  readonly callback?: Callback;
  readonly parent?: { readonly id: string; readonly rootId?: string };
}

const readers: { readonly [name in keyof CallOptions]-?: (value: unknown) => CallSettings } = {
  id: (value) => ({ id: checkName("id", value) }),
  idempotencyKey: (value) => ({ idempotencyKey: readIdempotencyKey(value) }),
  countdown: (value) => ({ delay: milliseconds(value as Duration, "countdown") }),
  eta: (value) => ({ eta: readTime(value, "eta") }),
  expires: (value) =>
    value instanceof Date
      ? { expires: readTime(value, "expires") }
      : { lifetime: milliseconds(value as Duration, "expires") },
  timeouts: (value) => withStart(readTimeouts(value)),
  queue: (value) => ({ queue: checkName("queue", value) }),
  priority: (value) => ({ priority: readPriority(value) }),
  lifo: (value) => ({ lifo: readBoolean(value, "lifo") }),
  headers: (value) => ({ headers: readHeaders(value) }),
  ignoreResult: (value) => ({ ignoreResult: readBoolean(value, "ignoreResult") }),
  timeLimit: (value) => ({ timeLimit: readLimit(value, "timeLimit") }),
  softTimeLimit: (value) => ({ softTimeLimit: readLimit(value, "softTimeLimit") }),
  maxRetries: (value) => ({ maxRetries: readMaxRetries(value) }),
  resultExpires: (value) => ({ resultExpires: milliseconds(value as Duration, "resultExpires") }),
  publishDeadline: (value) => ({ publishDeadline: readLimit(value, "publishDeadline") }),
  callback: (value) => ({ callback: value as Callback }),
  parent: (value) => ({ parent: readParent(value) }),
  unique: (value) => ({ unique: value as NonNullable<OnceOptions["unique"]> }),
  debounce: (value) => ({ debounce: value as NonNullable<OnceOptions["debounce"]> }),
  throttle: (value) => ({ throttle: value as NonNullable<OnceOptions["throttle"]> }),
};

function withStart(startTimeout: number | undefined): CallSettings {
  return startTimeout === undefined ? {} : { startTimeout };
}

const noSettings: CallSettings = Object.freeze({});

/**
 * Checks the options of a call.
 *
 * @throws {InvalidInput} When one is unknown or breaks its rule.
 */
export function readCallOptions(options: CallOptions | undefined): CallSettings {
  if (options === undefined) return noSettings;
  checkKeys(options, Object.keys(readers), "option of a call");
  const settings: CallSettings = {};
  for (const [name, read] of Object.entries(readers)) {
    const value = options[name as keyof CallOptions];
    if (value !== undefined) Object.assign(settings, read(value));
  }
  if (settings.delay !== undefined && settings.eta !== undefined) {
    throw new InvalidInput("countdown", "countdown and eta say the same: give one of them");
  }
  if (settings.id !== undefined && settings.idempotencyKey !== undefined) {
    throw new InvalidInput("idempotencyKey", "idempotencyKey gives the task its id: give no id beside it");
  }
  checkTimeLimits(settings);
  return settings;
}

const longestIdempotencyKey = 500;

function readIdempotencyKey(value: unknown): string {
  if (typeof value === "string" && value !== "" && value.length <= longestIdempotencyKey) return value;
  throw new InvalidInput(
    "idempotencyKey",
    `idempotencyKey must be a text of 1 to ${longestIdempotencyKey} characters, and it ` +
      (typeof value === "string" && value !== "" ? `has ${value.length}` : `is ${show(value)}`),
  );
}

function readHeaders(value: unknown): { readonly [name: string]: Json } {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return JSON.parse(toJson(value, "headers"));
  throw new InvalidInput("headers", `headers must be an object, and it is ${show(value)}`);
}

function readParent(value: unknown): { readonly id: string; readonly rootId?: string } {
  const { id, rootId } = (typeof value === "object" && value !== null ? value : {}) as {
    id?: unknown;
    rootId?: unknown;
  };
  if (typeof id === "string" && (rootId === undefined || typeof rootId === "string")) {
    return { id, ...(rootId === undefined ? {} : { rootId }) };
  }
  throw new InvalidInput("parent", "parent must be the context of the task that sends this one");
}
