/**
 * What is known of a task, and its states.
 *
 * @module
 */
import type { ErrorInfo } from "../error_info.ts";
import type { Json } from "../json.ts";
import type { KeptLog } from "../log.ts";
import type { Attempt, Message } from "../message.ts";
import type { Encoded } from "../wire/encoded.ts";

/**
 * What has become of a task.
 *
 * - `SCHEDULED`: its eta, or the delay before its retry, is not yet over
 * - `QUEUED`: may be taken by any worker
 * - `STARTED`: runs (told by the worker with its first turn half a second after the start)
 * - `RETRY`: failed, and waits to be tried again
 * - `SUCCESS`: its handler returned
 * - `FAILURE`: its handler threw and no retry is left, or no worker survived it: a dead letter, kept with its message
 * - `REVOKED`: cancelled
 * - `EXPIRED`: its `expires` passed before it could be started
 *
 * A handler may report states of its own with `updateState`.
 */
export type TaskState = "SCHEDULED" | "QUEUED" | "STARTED" | "RETRY" | FinalState | (string & Record<never, never>);

/** The states that a task does not leave. */
export type FinalState = "SUCCESS" | "FAILURE" | "REVOKED" | "EXPIRED";

/** Whether a task in this state has ended. */
export function isFinal(state: TaskState): state is FinalState {
  return state === "SUCCESS" || state === "FAILURE" || state === "REVOKED" || state === "EXPIRED";
}

/** What is known of a task. */
export interface TaskRecord {
  /** The task's id. */
  readonly id: string;
  /** The name of the task. */
  readonly task: string;
  /** What has become of it. */
  readonly state: TaskState;
  /** The queue it waits or waited in. */
  readonly queue: string;
  /** When it was sent. */
  readonly sentAt: number;
  /** Not before this; while it is `SCHEDULED` or in `RETRY`. */
  readonly eta?: number;
  /** How often it was tried again. */
  readonly retries: number;
  /** When it was last sent again after it had failed for good. */
  readonly resentAt?: number;
  /** When its last run started. */
  readonly startedAt?: number;
  /** When it ended. */
  readonly finishedAt?: number;
  /** How long its record stays after that (ms). */
  readonly keep?: number;
  /** The worker of its last run. */
  readonly worker?: string;
  /** What the handler returned; absent with `ignoreResult`. */
  readonly result?: Json;
  /** What the handler threw, last time. */
  readonly error?: ErrorInfo;
  /**
   * Its runs, the last 10, the first one first; once one of them has failed or was tried again. A task that succeeded at
   * once has none: `startedAt`, `finishedAt` and `worker` say all.
   */
  readonly attempts?: readonly Attempt[];
  /** What the handler told with `updateState` or `progress`. */
  readonly meta?: Json;
  /** What the handler said with `self.log`, unless `keepLog` is off. */
  readonly log?: KeptLog;
  /** The result, and what the handler told, where they went through codecs or lie in a store. */
  readonly encoded?: { readonly result?: Encoded; readonly meta?: Encoded };
  /** The unique key that it holds until its end. */
  readonly unique?: string;
  /** Why it was revoked, where the broker did so by itself. */
  readonly reason?: RevocationReason;
  /** The task that was added in its place, when it was `replaced`. */
  readonly replacedBy?: string;
  /** The state that the handler had told when it threw `Ignore`. */
  readonly leftAs?: TaskState;
  /**
   * The message, once the task has ended: with `SUCCESS` unless the app sets `resultExtended: false`, or nobody wants the
   * result. A task that was revoked while it waited or ran may be without it, until a worker meets it.
   */
  readonly message?: Message;
}

/**
 * Why a broker revokes a task by itself: another one of its unique key took its place, its queue was full, or the task
 * that sent it had been revoked with its tree.
 */
export type RevocationReason = "replaced" | "queue_full" | "parent_revoked";
