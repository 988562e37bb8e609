/**
 * What is known of a task, as JSON for whoever asks: times are ISO 8601 text.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../ports/task_record.ts";
import type { ErrorInfo } from "../error_info.ts";
import type { Json } from "../json.ts";
import type { KeptLog, LogLevel } from "../log.ts";
import type { Attempt } from "../message.ts";
import type { FoundTask } from "./search.ts";
import { shownArgs } from "./shown.ts";
import type { TaskDefinition } from "../tasks/task.ts";
import { readable } from "../wire/readable.ts";

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
  /** What its handler was called with, once it has ended and as far as its task lets it be seen. */
  readonly args?: Json;
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
  /** What of all this cannot be read here, with the names of the codecs that it went through. */
  readonly encoded?: EncodedView;
  /** The state that its handler had told when it threw `Ignore`. */
  readonly leftAs?: string;
  /** Its runs, the last 10, once one of them has failed. */
  readonly attempts?: readonly AttemptView[];
}

/** What cannot be read by whoever answers: sealed, it takes a key. */
export type EncodedView = { readonly [part in "args" | "result" | "error" | "meta" | "log"]?: readonly string[] };

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

/**
 * The view of a record.
 *
 * @param tasks The tasks that are known here: they say what of their arguments may be seen.
 */
export function viewOf(record: TaskRecord, tasks?: ReadonlyMap<string, TaskDefinition>): TaskView {
  const { id, task, state, queue, retries, sentAt, eta, startedAt, finishedAt, worker, result, error, meta } = record;
  const { log, leftAs, attempts, message } = record;
  const encoded = viewOfEncoded(record);
  return {
    id,
    task,
    state,
    ended: isFinal(state),
    queue,
    retries,
    ...(message && !message.encoded ? { args: shownArgs(message, tasks) } : {}),
    sentAt: timeText(sentAt),
    ...(eta === undefined ? {} : { eta: timeText(eta) }),
    ...(startedAt === undefined ? {} : { startedAt: timeText(startedAt) }),
    ...(finishedAt === undefined ? {} : { finishedAt: timeText(finishedAt) }),
    ...(worker === undefined ? {} : { worker }),
    ...(result === undefined ? {} : { result: readable(result) }),
    ...(error === undefined ? {} : { error: viewOfError(error) }),
    ...(meta === undefined ? {} : { meta }),
    ...(log === undefined ? {} : { log: viewOfLog(log) }),
    ...(Object.keys(encoded).length === 0 ? {} : { encoded }),
    ...(leftAs === undefined ? {} : { leftAs }),
    ...(attempts === undefined ? {} : { attempts: attempts.map(viewOfAttempt) }),
  };
}

/** The view of a task that was found, with its arguments as far as they may be seen: also while it waits or runs. */
export function viewOfFound({ record, message }: FoundTask, tasks?: ReadonlyMap<string, TaskDefinition>): TaskView {
  return viewOf(message ? { ...record, message } : record, tasks);
}

function viewOfAttempt({ startedAt, finishedAt, error, ...rest }: Attempt): AttemptView {
  return {
    startedAt: timeText(startedAt),
    finishedAt: timeText(finishedAt),
    ...rest,
    ...(error ? { error: viewOfError(error) } : {}),
  };
}

function viewOfError({ encoded: _, ...error }: ErrorInfo): ErrorInfo {
  return error;
}

function viewOfEncoded({ encoded, error, log, message }: TaskRecord): EncodedView {
  const parts = { args: message?.encoded, ...encoded, error: error?.encoded, log: log?.encoded };
  return Object.fromEntries(Object.entries(parts).flatMap(([part, one]) => one ? [[part, one.by]] : []));
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
