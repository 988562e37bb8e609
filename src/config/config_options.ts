/**
 * The settings of an app, as a program gives them.
 *
 * @module
 */
import type { Duration } from "../options/duration.ts";
import type { EventLevel } from "../ports/journal.ts";
import type { Queues } from "./queues.ts";
import type { Routes } from "./routes.ts";

/** The settings of an app, as a program gives them. */
export interface ConfigOptions {
  /**
   * The queue of tasks that name none.
   *
   * @default {"default"}
   */
  readonly defaultQueue?: string;
  /**
   * The queues of calls for which neither the caller nor the task names one: by patterns of the task's name
   * (`{ "mail.*": "mail" }`, the first that fits counts), or by a function. In the environment the JSON of an object.
   *
   * @default {all go to `defaultQueue`}
   */
  readonly routes?: Routes;
  /**
   * What is particular about queues, by their names: `{ bulk: { maxLength: 10_000 } }`. In the environment the JSON of an
   * object.
   *
   * @default {nothing}
   */
  readonly queues?: Queues;
  /**
   * The largest message, and the largest result: bytes of JSON.
   *
   * @default {1_048_576}
   */
  readonly maxMessageSize?: number;
  /**
   * How long a task's record stays after its end.
   *
   * @default {"1d"}
   */
  readonly resultExpires?: Duration;
  /**
   * How long the record of a task that failed for good stays, as a dead letter.
   *
   * @default {"30d"}
   */
  readonly deadLetterExpires?: Duration;
  /**
   * How many dead letters are kept; the oldest go first. 1 to 100,000.
   *
   * @default {10_000}
   */
  readonly deadLetterMax?: number;
  /**
   * Whether the record of a task that ended holds its message too; that of one that failed always does.
   *
   * @default {true}
   */
  readonly resultExtended?: boolean;
  /**
   * Keep neither results nor errors, unless a task or call says otherwise.
   *
   * @default {false}
   */
  readonly ignoreResult?: boolean;
  /**
   * Whether what handlers say with `self.log` is kept with their tasks, unless a task says otherwise: the last 100 lines
   * of each, 8 KiB in all.
   *
   * @default {true}
   */
  readonly keepLog?: boolean;
  /**
   * For how long after a task's end its idempotency key still counts, at least.
   *
   * @default {"1d"}
   */
  readonly idempotencyExpires?: Duration;
  /**
   * How long sending is tried before it fails with `BrokerUnavailable`.
   *
   * @default {the broker's own deadline, 10 s for Redis}
   */
  readonly publishDeadline?: Duration;
  /**
   * The most retries of a task; `null` for no limit.
   *
   * @default {3}
   */
  readonly maxRetries?: number | null;
  /**
   * How long the first retry of a task waits; how the next ones do, its `retry` says.
   *
   * @default {"180s"}
   */
  readonly retryDelay?: Duration;
  /** After so long a handler's signal is aborted and its run counts as failed. */
  readonly timeLimit?: Duration;
  /** After so long a handler's signal is aborted. */
  readonly softTimeLimit?: Duration;
  /**
   * The zone whose clocks the crontabs of periodic tasks go by, by its IANA name.
   *
   * @default {"UTC"}
   */
  readonly timezone?: string;
  /**
   * For how long a worker's tasks are leased to it: when it dies, others get them after this.
   *
   * @default {"30s"}
   */
  readonly lease?: Duration;
  /**
   * How many tasks a worker runs at once.
   *
   * @default {10}
   */
  readonly concurrency?: number;
  /**
   * How many messages a worker may hold, those that run included. It takes no more than it can start soon.
   *
   * @default {500}
   */
  readonly prefetch?: number;
  /**
   * Which events of tasks and workers the broker keeps: `none`, `lifecycle` or `all`. The last worker that started says
   * so for all; before the first one, whoever sends. On a metered broker each request that tells something costs one
   * command more.
   *
   * @default {"none"}
   */
  readonly events?: EventLevel;
  /**
   * Whether the broker counts what tasks come to, by minute and by hour. On a metered broker that costs two commands
   * more for each task and minute.
   *
   * @default {false}
   */
  readonly history?: boolean;
  /**
   * How long a worker that is told to stop lets its tasks run on.
   *
   * @default {"4s"}
   */
  readonly grace?: Duration;
}
