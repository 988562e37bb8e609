/**
 * The options of a call: checked once, at the door, with a sentence that names the field, the rule and the value.
 *
 * @module
 */
import type { Callback } from "../callbacks/callback.ts";
import { type Duration, milliseconds } from "./duration.ts";
import { nameHere } from "./elsewhere.ts";
import { InvalidInput } from "../errors.ts";
import { type Json, toJson } from "../json.ts";
import { checkName } from "../message.ts";
import { nearest } from "./nearest.ts";
import type { OnceOptions } from "./once.ts";

/** How long what a task goes through may take. */
export interface Timeouts {
  /** Ends as `EXPIRED` when it was not started within so long of being due. */
  readonly start?: Duration;
}

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
   * `{ url, on: ["success", "failure"], headers }`; `false` for nowhere.
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
  checkLimits(settings);
  return settings;
}

/** Refuses a soft limit that is not below the hard one. */
export function checkLimits({ timeLimit, softTimeLimit }: { timeLimit?: number; softTimeLimit?: number }): void {
  if (timeLimit === undefined || softTimeLimit === undefined || softTimeLimit < timeLimit) return;
  throw new InvalidInput(
    "softTimeLimit",
    `softTimeLimit must be shorter than timeLimit, and it is ${softTimeLimit} ms against ${timeLimit} ms`,
  );
}

/**
 * Refuses a member that an object of options may not have, with the nearest name that it may have.
 *
 * @param what What a member is called in the sentence: `option of a call`.
 * @param field What the object is, when it is an option itself.
 */
export function checkKeys(options: object, known: readonly string[], what: string, field?: string): void {
  if (typeof options !== "object" || options === null) {
    const rule = field === undefined
      ? "Options must be an object, and they are"
      : `${field} must be an object, and it is`;
    throw new InvalidInput(field ?? "options", `${rule} ${show(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const meant = known.find((one) => one === nameHere(name)) ?? nearest(name, known);
    const hint = meant === undefined ? `known are ${known.join(", ")}` : `did you mean ${meant}?`;
    throw new InvalidInput(name, `${JSON.stringify(name)} is no ${what}: ${hint}`);
  }
}

/** The last time that a Date can say (ms since 1970): in the year 275760. */
const latest = 8.64e15;

/** A point in time as ms since 1970. */
export function readTime(value: unknown, field: string): number {
  const ms = value instanceof Date
    ? value.getTime()
    : typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value)
    ? Date.parse(value)
    : value;
  if (typeof ms === "number" && Math.abs(ms) <= latest) return Math.round(ms);
  throw new InvalidInput(
    field,
    `${field} must be a Date, ISO 8601 text or milliseconds since 1970, and it is ${show(value)}`,
  );
}

/** A priority. */
export function readPriority(value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 9) return value as number;
  throw new InvalidInput("priority", `priority must be a whole number from 0 to 9, and it is ${show(value)}`);
}

/** True or false. */
export function readBoolean(value: unknown, field: string): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidInput(field, `${field} must be true or false, and it is ${show(value)}`);
}

/** A duration of more than nothing, in ms. */
export function readLimit(value: unknown, field: string): number {
  const ms = milliseconds(value as Duration, field);
  if (ms > 0) return ms;
  throw new InvalidInput(field, `${field} must be longer than 0, and it is ${show(value)}`);
}

/** The most retries: `null` for no limit, as JSON knows no `Infinity`. */
export function readMaxRetries(value: unknown, field = "maxRetries"): number | null {
  if (value === null || value === Infinity) return null;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new InvalidInput(
    field,
    `${field} must be a whole number from 0, or null or Infinity for no limit, and it is ${show(value)}`,
  );
}

/** The longest wait for the start (ms), if any. */
export function readTimeouts(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null) {
    throw new InvalidInput("timeouts", `timeouts must be an object as in { start: "5m" }, and it is ${show(value)}`);
  }
  checkKeys(value, ["start"], "timeout");
  const { start } = value as Timeouts;
  return start === undefined ? undefined : readLimit(start, "timeouts.start");
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

/** A value in an error's sentence. */
export function show(value: unknown): string {
  if (value instanceof Date && Number.isNaN(value.getTime())) return "no date";
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
