/**
 * How a worker works: its options, and what they say.
 *
 * @module
 */
import { type Config, readSetting } from "../config/config.ts";
import type { Duration } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import type { Logger } from "../log.ts";
import { checkKeys } from "../options/keys.ts";
import { show } from "../options/values.ts";
import type { BudgetText } from "../policies/budget.ts";
import { type AutoscaleOptions, readAutoscale } from "../policies/autoscale.ts";
import { asyncPool } from "./pools/async.ts";
import type { PoolMaker, PoolSource } from "./pools/pool.ts";
import type { QueueOrder } from "./queue_order.ts";
import type { Size } from "./sizer.ts";

/** How a worker works. */
export interface WorkerOptions {
  /**
   * The queues to take from.
   *
   * @default {the app's `defaultQueue`, and those that its tasks and its routes name}
   */
  readonly queues?: readonly string[];
  /**
   * Queues not to take from, though `queues` or a task names them.
   *
   * @default {none}
   */
  readonly excludeQueues?: readonly string[];
  /**
   * Which queue comes first while there is more than it can take: each in turn (`turns`), the first one always (`strict`),
   * or by weights, as in `{ mail: 3, bulk: 1 }`: a queue with a weight is one to take from, unless `queues` says which.
   *
   * @default {"turns"}
   */
  readonly queueOrder?: QueueOrder;
  /**
   * How many tasks run at once.
   *
   * @default {the app's `concurrency`: 10; in the pool `threads` as many as there are cores, if that is less}
   */
  readonly concurrency?: number;
  /**
   * As many as it takes, by what waits and how long tasks take, in place of `concurrency`: `{ max: 10, min: 3 }`.
   *
   * @default {`concurrency`, all the time}
   */
  readonly autoscale?: AutoscaleOptions;
  /**
   * Where they run: `async`, all of them in the worker's own thread; or what `threads()` of `@umbel/umbel/threads`
   * returns, each of them in a child.
   *
   * @default {"async"}
   */
  readonly pool?: "async" | PoolSource;
  /**
   * How many messages it may hold, those that run included.
   *
   * @default {the app's `prefetch`: 500}
   */
  readonly prefetch?: number;
  /**
   * Its name; `%h` stands for the host's name.
   *
   * @default {"worker@%h"}
   */
  readonly name?: string;
  /**
   * For how long its tasks are leased to it: when it dies, others get them after this.
   *
   * @default {the app's `lease`: 30 s}
   */
  readonly lease?: Duration;
  /**
   * How long its tasks may run on when it is told to stop.
   *
   * @default {the app's `grace`: 4 s}
   */
  readonly grace?: Duration;
  /**
   * How many commands its broker may bill, all that this process asks of it: `"100k/day"`. From four fifths of it on turns
   * are spread over what is left of the time; once it is used up, nothing is taken until the next time begins.
   *
   * @default {as many as it takes}
   */
  readonly budget?: BudgetText;
  /**
   * Whether it answers remote commands and does what they say; else it answers `ping` alone, and refuses the others.
   *
   * @default {true}
   */
  readonly remoteControl?: boolean;
  /**
   * Says what happens.
   *
   * @default {a text log of warnings and errors}
   */
  readonly log?: Logger;
}

/** How long to work. */
export interface DrainOptions {
  /** Takes messages for so long at most; what runs then may finish within the grace. */
  readonly seconds: Duration;
  /**
   * Waits so long for more once nothing is left.
   *
   * @default {0}
   */
  readonly idle?: Duration;
}

const optionNames = [
  "queues",
  "excludeQueues",
  "queueOrder",
  "concurrency",
  "autoscale",
  "pool",
  "prefetch",
  "name",
  "lease",
  "grace",
  "budget",
  "remoteControl",
  "log",
];

/** Refuses options that no worker has. @throws {InvalidInput} */
export function checkWorkerOptions(options: WorkerOptions): void {
  checkKeys(options, optionNames, "option of a worker");
}

/** How many tasks run at once. @throws {InvalidInput} When two options say it, or one breaks its rule. */
export function readSize({ concurrency, autoscale }: WorkerOptions, pool: PoolSource, config: Config): Size {
  if (concurrency !== undefined && autoscale) {
    throw new InvalidInput("autoscale", "autoscale and concurrency say the same: give one of them");
  }
  if (autoscale) return readAutoscale(autoscale);
  return concurrency === undefined
    ? Math.min(config.concurrency, pool.usualSize)
    : readSetting("concurrency", concurrency);
}

/** Where they run. @throws {InvalidInput} */
export function readPool(pool: "async" | PoolSource): PoolMaker {
  if (pool === "async") return asyncPool;
  if (typeof pool === "object" && pool && "make" in pool) return pool as PoolMaker;
  throw new InvalidInput("pool", `pool must be "async", or what threads() returns, and it is ${show(pool)}`);
}
