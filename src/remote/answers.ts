/**
 * What workers answer to remote commands. Times are ms since 1970 by the broker's clock, spans are ms, memory is in bytes.
 *
 * @module
 */
import type { Json } from "../json.ts";

/** Why there is no answer of a worker, or why it refused. */
export interface RemoteFailure {
  /**
   * Stable, for programs:
   *
   * - `no_answer`: no answer came in time. It hangs, is cut off or has died; or it works where no commands are heard
   * - `unknown_worker`: there is no worker of that name
   * - `mail_full`: 1,000 commands or 200 kB of them that have not expired were sent to it already
   * - `invalid_input`: the worker cannot do what is asked; `field` says why
   * - `refused`: it was started without remote control
   * - `too_large`: its answer is larger than 4 million characters
   * - `internal`: it failed while it answered, which should not happen
   */
  readonly code: "no_answer" | "unknown_worker" | "mail_full" | "invalid_input" | "refused" | "too_large" | "internal";
  /** A sentence for people. */
  readonly message: string;
  /** What of the command was wrong. */
  readonly field?: string;
}

/** What one worker answered; each worker that was asked has one, also when no answer came. */
export type WorkerAnswer<Answer> =
  | { readonly worker: string; readonly ok: true; readonly answer: Answer }
  | { readonly worker: string; readonly ok: false; readonly error: RemoteFailure };

/** What became of the tasks that a worker ran: how many, since it started. */
export interface TaskCounts {
  /** Handlers that returned. */
  readonly done: number;
  /** Failed for good. */
  readonly failed: number;
  /** Runs that ended in another try. */
  readonly retried: number;
  /** Revoked while they were there. */
  readonly revoked: number;
  /** Came too late. */
  readonly expired: number;
  /** Handed back. */
  readonly returned: number;
}

/** What all tasks of a worker came to. */
export interface WorkerCounts extends TaskCounts {
  /** Messages that arrived. */
  readonly received: number;
  /** Messages whose lease was lost to another worker. */
  readonly lost: number;
}

/** Where a worker's handlers run. */
export interface PoolStats {
  /** `async` or `threads`. */
  readonly name: string;
  /** How many tasks it may run at once. */
  readonly concurrency: number;
  /** How many it can run now, those that run included: fewer while children load. */
  readonly places: number;
  /** Between how many it scales by itself, if it does. */
  readonly autoscale?: { readonly min: number; readonly max: number };
  /** How many children there are, those included that load or go; absent in a pool without any. */
  readonly children?: number;
}

/** How much memory a worker's process takes (bytes): with children in threads, their heaps are in `rss` alone. */
export interface MemoryStats {
  /** All of the process. */
  readonly rss: number;
  /** The heap of the worker's own isolate. */
  readonly heapTotal: number;
  /** What of it is used. */
  readonly heapUsed: number;
  /** What hangs on it, such as typed arrays. */
  readonly external: number;
}

/** How a worker is. */
export interface WorkerStats {
  /** Its app. */
  readonly app: string;
  /** Its broker, without secrets. */
  readonly broker: string;
  /** The process; absent where the runtime does not tell. */
  readonly pid?: number;
  /** When it was started. */
  readonly startedAt: number;
  /** For how long it runs (ms). */
  readonly uptime: number;
  /** Whether it stops: it takes nothing more, and finishes what runs. */
  readonly isStopping: boolean;
  /** The queues that it takes from. */
  readonly queues: readonly string[];
  /** Where its handlers run. */
  readonly pool: PoolStats;
  /** How much memory its process takes; absent where the runtime does not tell. */
  readonly memory?: MemoryStats;
  /** How many tasks run. */
  readonly running: number;
  /** How many messages it holds that do not run yet. */
  readonly reserved: number;
  /** What it did since it was started. */
  readonly counts: WorkerCounts;
  /** The same by task, of those that have ended here. */
  readonly tasks: { readonly [task: string]: TaskCounts };
}

/** A task that a worker holds. */
export interface HeldTask {
  /** Its id. */
  readonly id: string;
  /** Its name. */
  readonly task: string;
  /**
   * What its handler is called with, as far as the task lets it be seen; of an argument with more than 1,000 characters of
   * JSON the first ones, as text. Absent where they went through codecs.
   */
  readonly args?: readonly Json[];
  /** Its queue. */
  readonly queue: string;
  /** Its priority. */
  readonly priority: number;
  /** How often it was tried again. */
  readonly retries: number;
  /** When it came to the worker. */
  readonly receivedAt: number;
}

/** A task that runs. */
export interface ActiveTask extends HeldTask {
  /** When its handler was started; absent for one that is still being verified. */
  readonly startedAt?: number;
  /** For how long it runs (ms). */
  readonly runtime: number;
  /** The state that its handler told: `STARTED`, or one of its own. */
  readonly state: string;
  /** Whether it was revoked, and has not yet stopped. */
  readonly revoked: boolean;
}

/** A task that waits for its time in the broker. */
export interface ScheduledTask extends Omit<HeldTask, "receivedAt"> {
  /** Not to be started before. */
  readonly eta: number;
  /** `SCHEDULED`, or `RETRY` for one that has failed before. */
  readonly state: "SCHEDULED" | "RETRY";
}

/** A task that a worker knows. */
export interface RegisteredTask {
  /** Its name. */
  readonly name: string;
  /** The options that it was declared with, checked: times in ms; a function is the text `function`. */
  readonly options: { readonly [option: string]: Json };
  /** What its arguments must be: a JSON Schema where the library can say one, else only who made it. */
  readonly schema?: SchemaView;
  /** What its result must be. */
  readonly resultSchema?: SchemaView;
}

/** A schema, as far as it can be told. */
export interface SchemaView {
  /** The library. */
  readonly vendor: string;
  /** A JSON Schema. */
  readonly json?: Json;
}

/** A queue that a worker takes from. */
export interface ActiveQueue {
  /** Its name. */
  readonly name: string;
  /** How many of its tasks the worker holds, those that run included. */
  readonly holds: number;
}

/** The settings of a worker and of its app; what may be a secret is `********`. */
export interface WorkerConf {
  /** Those of the app. */
  readonly app: { readonly [setting: string]: Json };
  /** Those of the worker. */
  readonly worker: { readonly [setting: string]: Json };
}

/** A task that was asked for: what the worker does with it. */
export type QueriedTask =
  | ({ readonly held: "active" } & ActiveTask)
  | ({ readonly held: "reserved" } & HeldTask);

/** How many tasks a worker runs at once from now on. */
export interface PoolSize {
  /** So many. */
  readonly concurrency: number;
}

/** The time limits of a task on a worker (ms). */
export interface TimeLimitsInForce {
  /** After so long a handler's signal is aborted. */
  readonly soft?: number;
  /** After so long its run counts as failed. */
  readonly hard?: number;
}
