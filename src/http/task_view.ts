/**
 * What is known of a task, as JSON for whoever asks: times are ISO 8601 text.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../broker.ts";
import type { ErrorInfo } from "../errors.ts";
import type { Json } from "../json.ts";
import type { KeptLog, LogLevel } from "../log.ts";
import type { Attempt } from "../message.ts";

/** What is known of a task. */
export interface TaskView {
  /** Its id. */
  readonly id: string;
  /** Its name. */
  readonly task: string;
  /** `SCHEDULED`, `QUEUED`, `STARTED`, `RETRY`, `SUCCESS`, `FAILURE`, `REVOKED`, `EXPIRED`, or one of the task's own. */
  readonly state: string;
  /** Whether it has ended, however it did. */
  readonly ended: boolean;
  /** The queue it waits or waited in. */
  readonly queue: string;
  /** How often it was tried again. */
  readonly retries: number;
  /** When it was sent. */
  readonly sentAt: string;
  /** Not to be started before. */
  readonly eta?: string;
  /** When its last run started. */
  readonly startedAt?: string;
  /** When it ended. */
  readonly finishedAt?: string;
  /** The worker of its last run. */
  readonly worker?: string;
  /** What its handler returned. */
  readonly result?: Json;
  /** What its handler threw, last time. */
  readonly error?: ErrorInfo;
  /** What its handler told. */
  readonly meta?: Json;
  /** What its handler said. */
  readonly log?: LogView;
  /** The state that its handler had told when it threw `Ignore`. */
  readonly leftAs?: string;
  /** Its runs, the last 10, once one of them has failed. */
  readonly attempts?: readonly AttemptView[];
}

/** What a task's handler said: the last lines. */
export interface LogView {
  /** The lines, the oldest one first. */
  readonly lines: readonly { readonly at: string; readonly level: LogLevel; readonly message: string }[];
  /** How many lines before these were dropped. */
  readonly dropped: number;
}

/** A run of a task that is over. */
export interface AttemptView {
  /** When it was started. */
  readonly startedAt: string;
  /** When it was over. */
  readonly finishedAt: string;
  /** Where it ran. */
  readonly worker: string;
  /** What it threw, in short. */
  readonly error?: ErrorInfo;
}

/** The view of a record. */
export function viewOf(record: TaskRecord): TaskView {
  const { id, task, state, queue, retries, sentAt, eta, startedAt, finishedAt, worker, result, error, meta } = record;
  const { log, leftAs, attempts } = record;
  return {
    id,
    task,
    state,
    ended: isFinal(state),
    queue,
    retries,
    sentAt: timeText(sentAt),
    ...(eta === undefined ? {} : { eta: timeText(eta) }),
    ...(startedAt === undefined ? {} : { startedAt: timeText(startedAt) }),
    ...(finishedAt === undefined ? {} : { finishedAt: timeText(finishedAt) }),
    ...(worker === undefined ? {} : { worker }),
    ...(result === undefined ? {} : { result }),
    ...(error === undefined ? {} : { error }),
    ...(meta === undefined ? {} : { meta }),
    ...(log === undefined ? {} : { log: viewOfLog(log) }),
    ...(leftAs === undefined ? {} : { leftAs }),
    ...(attempts === undefined ? {} : { attempts: attempts.map(viewOfAttempt) }),
  };
}

function viewOfAttempt({ startedAt, finishedAt, ...rest }: Attempt): AttemptView {
  return { startedAt: timeText(startedAt), finishedAt: timeText(finishedAt), ...rest };
}

function viewOfLog({ lines, dropped }: KeptLog): LogView {
  return { lines: lines.map(({ at, ...line }) => ({ at: timeText(at), ...line })), dropped };
}

/** The last time that can be written. */
const lastTime = 8.64e15;

/** A time (ms since 1970) as ISO 8601 text. */
export function timeText(time: number): string {
  return new Date(Math.max(-lastTime, Math.min(time, lastTime))).toISOString();
}
