/**
 * The settings of an app: an object, and `UMBEL_*` environment variables over it.
 *
 * @module
 */
import type { ConfigOptions } from "./config_options.ts";
import { type Environment, readVariable, variableNames } from "../environment.ts";
import { InvalidInput } from "../errors.ts";
import type { EventLevel } from "../ports/journal.ts";
import { checkName, defaultQueue } from "../message.ts";
import { nearest } from "../options/nearest.ts";
import { checkKeys } from "../options/keys.ts";
import { checkTimeLimits } from "../options/timeouts.ts";
import { readBoolean, readLimit, readMaxRetries, show } from "../options/values.ts";
import { type QueueSettings, readQueues } from "./queues.ts";
import { readTimezone } from "../options/timezone.ts";
import { readRoutes, type Router } from "./routes.ts";

/** The settings of an app once they are checked: times in ms. */
export interface Config {
  /** The queue of tasks that name none. */
  readonly defaultQueue: string;
  /** The queues of calls for which nobody names one. */
  readonly routes: Router | undefined;
  /** What is particular about queues, by their names. */
  readonly queues: ReadonlyMap<string, QueueSettings>;
  /** The largest message and the largest result, in bytes. */
  readonly maxMessageSize: number;
  /** How long a task's record stays after its end (ms). */
  readonly resultExpires: number;
  /** How long a dead letter stays (ms). */
  readonly deadLetterExpires: number;
  /** How many dead letters are kept. */
  readonly deadLetterMax: number;
  /** Whether the record of a task that ended holds its message too. */
  readonly resultExtended: boolean;
  /** Keep neither results nor errors. */
  readonly ignoreResult: boolean;
  /** Whether what handlers say is kept with their tasks. */
  readonly keepLog: boolean;
  /** For how long after a task's end its idempotency key still counts (ms). */
  readonly idempotencyExpires: number;
  /** How long sending is tried (ms); by the broker's own measure when `undefined`. */
  readonly publishDeadline: number | undefined;
  /** The most retries of a task; `null` for no limit. */
  readonly maxRetries: number | null;
  /** How long a retry waits (ms). */
  readonly retryDelay: number;
  /** The hard time limit of a run (ms), if any. */
  readonly timeLimit: number | undefined;
  /** The soft time limit of a run (ms), if any. */
  readonly softTimeLimit: number | undefined;
  /** The zone of periodic tasks. */
  readonly timezone: string;
  /** For how long a worker's tasks are leased to it (ms). */
  readonly lease: number;
  /** How many tasks a worker runs at once. */
  readonly concurrency: number;
  /** How many messages a worker may hold. */
  readonly prefetch: number;
  /** Which events the broker keeps. */
  readonly events: EventLevel;
  /** Whether the broker counts what tasks come to. */
  readonly history: boolean;
  /** How long a worker that stops lets its tasks run on (ms). */
  readonly grace: number;
}

type Read<T> = (value: unknown, field: string) => T;

const settings: {
  readonly [name in keyof Config]: { readonly read: Read<Config[name]>; readonly usual: Config[name] };
} = {
  defaultQueue: { read: (value) => checkName("queue", value), usual: defaultQueue },
  routes: { read: readRoutes, usual: undefined },
  queues: { read: readQueues, usual: new Map() },
  maxMessageSize: { read: whole(1, 64 * 1024 * 1024), usual: 1_048_576 },
  resultExpires: { read: readLimit, usual: 86_400_000 },
  deadLetterExpires: { read: readLimit, usual: 30 * 86_400_000 },
  deadLetterMax: { read: whole(1, 100_000), usual: 10_000 },
  resultExtended: { read: readBoolean, usual: true },
  ignoreResult: { read: readBoolean, usual: false },
  keepLog: { read: readBoolean, usual: true },
  idempotencyExpires: { read: readLimit, usual: 86_400_000 },
  publishDeadline: { read: readLimit, usual: undefined },
  maxRetries: { read: readMaxRetries, usual: 3 },
  retryDelay: { read: readLimit, usual: 180_000 },
  timeLimit: { read: readLimit, usual: undefined },
  softTimeLimit: { read: readLimit, usual: undefined },
  timezone: { read: readTimezone, usual: "UTC" },
  lease: { read: between(1000, 86_400_000), usual: 30_000 },
  concurrency: { read: whole(1, 500), usual: 10 },
  prefetch: { read: whole(1, 500), usual: 500 },
  events: { read: readLevel, usual: "none" },
  history: { read: readBoolean, usual: false },
  grace: { read: between(0, 86_400_000), usual: 4000 },
};

/** The names of all settings. */
export const configNames: readonly string[] = Object.keys(settings);

/** Variables of the same family that are no settings. */
const otherVariables = ["UMBEL_BROKER", "UMBEL_TOKEN"];

/**
 * Reads the settings of an app.
 *
 * @param env The environment; that of the process when absent.
 * @throws {InvalidInput} When a setting is unknown or breaks its rule.
 */
export function readConfig(options: ConfigOptions = {}, env?: Environment): Config {
  checkKeys(options, configNames, "setting");
  checkVariables(env ? Object.keys(env) : variableNames());
  const config: Record<string, unknown> = {};
  for (const [name, { read, usual }] of Object.entries(settings)) {
    const variable = variableOf(name);
    const text = env ? env[variable] : readVariable(variable);
    const value = options[name as keyof ConfigOptions];
    config[name] = text !== undefined && text !== ""
      ? read(readText(text), variable)
      : value === undefined
      ? usual
      : read(value, name);
  }
  checkTimeLimits(config);
  return Object.freeze(config) as unknown as Config;
}

/**
 * Checks one setting that is given elsewhere too.
 *
 * @param field By what name, when that is another one.
 * @throws {InvalidInput} When it breaks its rule.
 */
export function readSetting<Name extends keyof Config>(
  name: Name,
  value: unknown,
  field: string = name,
): Config[Name] {
  return settings[name].read(value, field);
}

function variableOf(name: string): string {
  return "UMBEL_" + name.replace(/[A-Z]/g, (letter) => "_" + letter).toUpperCase();
}

/** A variable that is nearly a setting's is a slip; one that is far from all of them belongs to somebody else. */
function checkVariables(names: readonly string[]): void {
  const known = [...configNames.map(variableOf), ...otherVariables];
  for (const name of names) {
    if (!name.startsWith("UMBEL_") || known.includes(name)) continue;
    const meant = nearest(name, known);
    if (meant) throw new InvalidInput(name, `The variable ${name} is no setting: did you mean ${meant}?`);
  }
}

/** What a variable's text says: a number, true, false, null, or the text itself. */
function readText(text: string): unknown {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text === "true" ? true : text === "false" ? false : text === "null" ? null : text;
}

function whole(least: number, most: number): Read<number> {
  return (value, field) => {
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
    throw new InvalidInput(field, `${field} must be a whole number from ${least} to ${most}, and it is ${show(value)}`);
  };
}

function readLevel(value: unknown, field: string): EventLevel {
  if (value === "none" || value === "lifecycle" || value === "all") return value;
  throw new InvalidInput(field, `${field} must be "none", "lifecycle" or "all", and it is ${show(value)}`);
}

function between(least: number, most: number): Read<number> {
  return (value, field) => {
    const ms = value === 0 ? 0 : readLimit(value, field);
    if (ms >= least && ms <= most) return ms;
    throw new InvalidInput(field, `${field} must take from ${least} to ${most} ms, and it is ${show(value)}`);
  };
}
