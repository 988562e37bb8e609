/**
 * Periodic tasks as a program says them: what is sent, and when.
 *
 * @module
 */
import type { CallOptions } from "../options/call_options.ts";
import type { Duration } from "../options/duration.ts";
import type { Schedule } from "./schedule_data.ts";
import type { TaskDefinition } from "../tasks/task.ts";

/** The options of the calls that an entry sends: as those of any call, but for those that say when, and the id. */
export type EntryCallOptions = Omit<CallOptions, "id" | "idempotencyKey" | "eta" | "publishDeadline" | "parent">;

/** How an entry differs from others. */
export interface EntryOptions {
  /**
   * The zone whose clocks a crontab goes by, by its IANA name.
   *
   * @default {the app's `timezone`: UTC}
   */
  readonly timezone?: string;
  /**
   * Whether it is due at all.
   *
   * @default {true}
   */
  readonly enabled?: boolean;
  /**
   * Whether it is due once and then no more: as `maxRuns: 1`.
   *
   * @default {false}
   */
  readonly oneOff?: boolean;
  /** Not due before: a `Date`, ISO 8601 text, or milliseconds since 1970. */
  readonly startAt?: Date | string | number;
  /** Not due after. */
  readonly endAt?: Date | string | number;
  /** How often it is sent at most. */
  readonly maxRuns?: number;
  /**
   * Each call is delayed by up to so long, so that entries of one time do not come all together; by the same for the same
   * tick, whichever beat sends it.
   *
   * @default {0}
   */
  readonly jitter?: Duration;
  /** What it is for. */
  readonly description?: string;
  /**
   * What becomes of a tick while the task of the last one has not ended: it is sent (`allow`), left out (`skip`), sent once
   * that has ended (`queue-one`, which leaves out those that become due meanwhile), or that one is revoked
   * (`cancel-previous`).
   *
   * @default {"allow"}
   */
  readonly overlap?: "allow" | "skip" | "queue-one" | "cancel-previous";
  /**
   * What becomes of ticks that no beat was there for: none is sent that is more than 90 s late (`none`), one is in place of
   * all (`one`), or all are, the oldest first, up to `catchUpMax` (`all`).
   *
   * @default {"one"}
   */
  readonly catchUp?: "none" | "one" | "all";
  /**
   * How many are made up for by `catchUp: "all"`: 1 to 1,000.
   *
   * @default {100}
   */
  readonly catchUpMax?: number;
}

/** The names of those; the other options of `addPeriodicTask` are those of its calls. */
export const entryOptionNames: readonly (keyof EntryOptions)[] = [
  "timezone",
  "enabled",
  "oneOff",
  "startAt",
  "endAt",
  "maxRuns",
  "jitter",
  "description",
  "overlap",
  "catchUp",
  "catchUpMax",
];

/** An entry: what is sent, and when. */
export interface BeatEntry extends EntryOptions {
  /** The task, or the name of one whose code is elsewhere. */
  readonly task: TaskDefinition | string;
  /** When: by `every`, `crontab`, `at` or `solar`; a number of seconds or `"5m"` is an interval, `"0 7 * * mon"` a crontab. */
  readonly schedule: Schedule | number | string;
  /**
   * The arguments of its handler. A function is asked when a call is sent, by a beat that has this code.
   *
   * @default {none}
   */
  readonly args?: readonly unknown[] | (() => readonly unknown[] | Promise<readonly unknown[]>);
  /** The options of its calls. */
  readonly options?: EntryCallOptions;
}

/** Entries by their names. */
export type BeatSchedule = { readonly [name: string]: BeatEntry };

/** What `addPeriodicTask` is given beside what and when: a name, and the options of the entry and of its calls. */
export interface PeriodicTaskOptions extends EntryOptions, EntryCallOptions {
  /**
   * Its name.
   *
   * @default {the call, as `add(1, 2)`}
   */
  readonly name?: string;
}

/** What a call of `tick` did. */
export interface TickSummary {
  /** What was sent: the entry's name, the time that was due, and the ids of the tasks. */
  readonly fired: readonly { readonly name: string; readonly due: number; readonly ids: readonly string[] }[];
  /** When something is due next: ms since 1970. */
  readonly next?: number;
}
