/**
 * What an app says of its queues: options by the queue's name, checked once.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { readBoolean, readWhole, show } from "../options/values.ts";
import { checkName } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { type LimitKey, readLimitKey } from "../limits/key.ts";
import type { QueueLength } from "../ports/publishing.ts";
import { type Rate, type RateOptions, type RateText, readRate } from "../limits/rate.ts";

/** Which messages of a queue take turns with one another, and what each group may do. */
export interface GroupOptions {
  /** Says by a call's arguments which group it is of: at most 200 characters; `undefined` for none. */
  readonly key: (...args: never[]) => string | undefined;
  /**
   * How many of a group run at once, over all workers.
   *
   * @default {no limit}
   */
  readonly concurrency?: number;
  /**
   * How many of a group start in a time, over all workers.
   *
   * @default {no limit}
   */
  readonly rateLimit?: RateText | RateOptions;
}

/** How a queue differs from others. */
export interface QueueOptions {
  /**
   * The most messages that wait in it: what runs is not counted, nor what is due later, until it is. It holds for what is
   * sent: retries, hand-backs, what a dead worker held and what becomes due come in whatever the length.
   *
   * @default {no limit}
   */
  readonly maxLength?: number;
  /**
   * What becomes of a message that is sent when so many wait: it is refused with `QueueFull`; or it is added, and the
   * oldest one of the lowest priority ends as `REVOKED` in its place.
   *
   * @default {"refuse"}
   */
  readonly whenFull?: "refuse" | "dropOldest";
  /**
   * How many of its messages run at once, over all workers.
   *
   * @default {no limit}
   */
  readonly concurrency?: number;
  /**
   * How many of its messages start in a time, over all workers: `"10/s"`, or `{ limit, period, burst }`.
   *
   * @default {no limit}
   */
  readonly rateLimit?: RateText | RateOptions;
  /**
   * Takes turns between groups: says by a call's arguments which group it is of. Of two groups that wait, each starts
   * every other task, however many the one has sent.
   *
   * @default {none: the first one sent is the first one started}
   */
  readonly groupBy?: GroupOptions | GroupOptions["key"];
  /**
   * Whether the last one sent is the first one started, at equal priority, unless a task or call says otherwise.
   *
   * @default {false}
   */
  readonly lifo?: boolean;
}

/** The options of a queue once they are checked. */
export interface QueueSettings extends QueueLength {
  /** How many run at once. */
  readonly concurrency?: number;
  /** How many start in a time. */
  readonly rateLimit?: Rate;
  /** Which take turns with one another. */
  readonly groupBy?: GroupSettings;
  /** Whether the last one sent is the first one started. */
  readonly lifo?: boolean;
}

/** The groups of a queue, checked. */
export interface GroupSettings {
  /** Says which group a call is of. */
  readonly key: LimitKey;
  /** How many of a group run at once. */
  readonly concurrency?: number;
  /** How many of a group start in a time. */
  readonly rateLimit?: Rate;
}

/** The options of queues by their names. */
export type Queues = { readonly [queue: string]: QueueOptions };

const readers: {
  readonly [name in keyof QueueOptions]-?: (value: unknown, field: string) => QueueSettings[name];
} = {
  maxLength: readLength,
  whenFull: readWhenFull,
  concurrency: (value, field) => readWhole(value, field, 1),
  rateLimit: (value, field) => readRate(value as RateText, field),
  groupBy: readGroups,
  lifo: readBoolean,
};

/**
 * Reads the options of queues: an object, or its JSON.
 *
 * @throws {InvalidInput} When a name or an option breaks its rule.
 */
export function readQueues(value: unknown, field: string): ReadonlyMap<string, QueueSettings> {
  const table = typeof value === "string" ? parsed(value) : value;
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    throw new InvalidInput(
      field,
      `${field} must be an object of queues and their options, as { "bulk": { "maxLength": 10000 } }, ` +
        `and it is ${show(value)}`,
    );
  }
  return new Map(
    Object.entries(table).map(([name, options]) => [checkName("queue", name), readQueue(options, `${field}.${name}`)]),
  );
}

function readQueue(options: QueueOptions, field: string): QueueSettings {
  checkKeys(options, Object.keys(readers), "option of a queue", field);
  const settings: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(readers)) {
    const value = options[name as keyof QueueOptions];
    if (value !== undefined) settings[name] = read(value, `${field}.${name}`);
  }
  if (settings.whenFull !== undefined && settings.maxLength === undefined) {
    throw new InvalidInput(`${field}.whenFull`, `${field}.whenFull says nothing without maxLength: give both`);
  }
  checkLength(settings, field);
  return Object.freeze(settings);
}

/** What waits behind limits is neither counted nor dropped. */
function checkLength({ maxLength, whenFull, ...others }: QueueSettings, field: string): void {
  if (maxLength === undefined) return;
  for (const other of ["concurrency", "rateLimit", "groupBy"] as const) {
    if (others[other] === undefined) continue;
    throw new InvalidInput(
      `${field}.maxLength`,
      `${field}.maxLength does not go together with ${other}: what waits behind a limit is not counted`,
    );
  }
  if (whenFull !== "dropOldest" || !others.lifo) return;
  throw new InvalidInput(
    `${field}.whenFull`,
    `${field}.whenFull "dropOldest" does not go together with lifo: it drops the one that is first to start`,
  );
}

function readGroups(value: unknown, field: string): GroupSettings {
  if (typeof value !== "object" || value === null) return { key: readLimitKey(value, field) };
  checkKeys(value, ["key", "concurrency", "rateLimit"], `part of ${field}`);
  const { key, concurrency, rateLimit } = value as GroupOptions;
  return {
    key: readLimitKey(key, `${field}.key`),
    ...(concurrency === undefined ? {} : { concurrency: readWhole(concurrency, `${field}.concurrency`, 1) }),
    ...(rateLimit === undefined ? {} : { rateLimit: readRate(rateLimit, `${field}.rateLimit`) }),
  };
}

function readLength(value: unknown, field: string): number {
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  throw new InvalidInput(field, `${field} must be a whole number from 1, and it is ${show(value)}`);
}

function readWhenFull(value: unknown, field: string): "refuse" | "dropOldest" {
  if (value === "refuse" || value === "dropOldest") return value;
  throw new InvalidInput(field, `${field} must be "refuse" or "dropOldest", and it is ${show(value)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
