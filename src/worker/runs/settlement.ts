/**
 * What the broker is told of what a run came to.
 *
 * @module
 */
import type { FinalState, TaskRecord, TaskState } from "../../ports/task_record.ts";
import type { Settlement } from "../../ports/turn.ts";
import type { Config } from "../../config/config.ts";
import { type ErrorInfo, errorInfo } from "../../error_info.ts";
import type { Json } from "../../json.ts";
import { type Attempt, dueAt, type Message } from "../../message.ts";
import { withAttempt, withoutAttempts } from "../../policies/attempts.ts";
import { withLog } from "../../policies/kept_log.ts";
import { nextTry, snoozed } from "../../policies/retry.ts";
import { isInSequence } from "../../policies/sequence.ts";
import { dueAgain } from "../../policies/start_timeout.ts";
import { comeBackLater } from "../../policies/unknown_task.ts";
import type { Encoded } from "../../wire/encoded.ts";
import type { Outcome } from "./outcome.ts";
import type { Run } from "./run.ts";

/** What settling needs to know of the worker. */
export interface SettlingWorker {
  /** The worker's id. */
  readonly id: string;
  /** The app's settings. */
  readonly config: Config;
}

/** What the broker is told of an outcome. */
export function settle(run: Run, outcome: Outcome, worker: SettlingWorker, now: number): Settlement {
  switch (outcome.kind) {
    case "succeeded":
      return ended(run, "SUCCESS", worker, now, run.ignoreResult ? {} : { result: outcome.result });
    case "failed":
      return ended(run, "FAILURE", worker, now, run.ignoreResult ? {} : { error: errorInfo(outcome.thrown) });
    case "expired":
      return ended(run, "EXPIRED", worker, now, {});
    case "revoked":
      return ended(run, "REVOKED", worker, now, {});
    case "retry": {
      const thrown = outcome.retry.error;
      const error = thrown === undefined || run.ignoreResult ? {} : { error: errorInfo(thrown) };
      const attempts = attemptsOf(run, worker, now, error);
      const next = Object.freeze({ ...nextTry(run.message, outcome.retry, now), attempts });
      return again(run, "RETRY", next, isInSequence(next), 0, error, worker);
    }
    case "snoozed": {
      const next = snoozed(run.message, outcome.delay, now);
      return again(run, "SCHEDULED", next, isInSequence(next), 0, {}, worker);
    }
    case "ignored":
      return ended(run, "SUCCESS", worker, now, run.state === "STARTED" ? {} : { leftAs: run.state });
    case "unknown": {
      const error = outcome.thrown
        ? errorInfo(outcome.thrown)
        : { type: "UnknownTask", message: `Worker ${worker.id} knows no task of that name` };
      const next = comeBackLater(run.message, now);
      return again(run, "SCHEDULED", next, isInSequence(next), run.deaths, { error }, worker);
    }
    case "crashed": {
      const error = errorInfo(outcome.thrown);
      return again(run, "QUEUED", dueAgain(run.message, now), true, run.deaths + 1, { error }, worker);
    }
    case "returned":
      return again(
        run,
        "QUEUED",
        run.hasBegun ? dueAgain(run.message, now) : run.message,
        true,
        run.deaths,
        {},
        worker,
      );
  }
}

/** A settlement with what codecs made of the result. */
export function withResult({ record, ...settlement }: Settlement, result: Encoded): Settlement {
  if (record.result === undefined) return { ...settlement, record };
  const { result: _, ...rest } = record;
  return { ...settlement, record: { ...rest, encoded: { result } } };
}

function ended(
  run: Run,
  state: FinalState,
  settling: SettlingWorker,
  finishedAt: number,
  more: { readonly result?: Json; readonly error?: ErrorInfo; readonly leftAs?: TaskState },
): Settlement {
  const { id: worker, config } = settling;
  const { message, startedAt, meta, keptLog } = run;
  const failed = state === "FAILURE";
  // A result that nobody asked for needs no record beyond the shortest the broker keeps; a dead letter does.
  const keep = Math.max(failed ? run.keepLetterFor : run.ignoreResult ? 0 : run.keepFor, message.idempotent ?? 0);
  const record: TaskRecord = {
    ...recordOf(message, state, message.retries),
    ...(startedAt === undefined ? {} : { startedAt }),
    finishedAt,
    keep,
    worker,
    ...more,
    ...(startedAt !== undefined && (failed || message.attempts)
      ? { attempts: attemptsOf(run, settling, finishedAt, more) }
      : {}),
    ...(meta === undefined ? {} : { meta }),
    ...(keptLog === undefined ? {} : { log: keptLog }),
    // What did not succeed may be looked at, and sent again.
    ...(state !== "SUCCESS" || (config.resultExtended && !run.ignoreResult)
      ? { message: withoutAttempts(message) }
      : {}),
  };
  return { lease: run.lease, record, ...dueOf(run) };
}

function again(
  run: Run,
  state: TaskState,
  message: Message,
  head: boolean,
  deaths: number,
  more: { readonly error?: ErrorInfo },
  { id: worker }: SettlingWorker,
): Settlement {
  const { lease, startedAt, keptLog } = run;
  const { eta } = message;
  const record: TaskRecord = {
    ...recordOf(message, state, message.retries),
    ...(eta === undefined || state === "QUEUED" ? {} : { eta }),
    ...(startedAt === undefined ? {} : { startedAt, worker }),
    ...(keptLog === undefined ? {} : { log: keptLog }),
    ...more,
  };
  return { lease, record, again: { message: withLog(message, keptLog), head, deaths }, ...dueOf(run) };
}

/** Since when a run that was started might have been. */
function dueOf({ startedAt, message }: Run): Pick<Settlement, "dueAt"> {
  return startedAt === undefined ? {} : { dueAt: dueAt(message) };
}

/** The runs of a task, with one that is over now. */
function attemptsOf(
  { message, startedAt, span }: Run,
  { id: worker }: SettlingWorker,
  finishedAt: number,
  { error }: { readonly error?: ErrorInfo },
): readonly Attempt[] {
  return withAttempt(message, {
    startedAt: startedAt!,
    finishedAt,
    worker,
    ...(span ? { span } : {}),
    ...(error ? { error } : {}),
  });
}

/** What every record of a message says. */
export function recordOf(
  { id, task, queue, sentAt, resentAt, attempts, unique }: Message,
  state: TaskState,
  retries: number,
): Pick<TaskRecord, "id" | "task" | "state" | "queue" | "sentAt" | "resentAt" | "retries" | "attempts" | "unique"> {
  return {
    ...{ id, task, state, queue, sentAt, retries },
    ...(resentAt === undefined ? {} : { resentAt }),
    ...(attempts ? { attempts } : {}),
    ...(unique && unique.states !== "any" ? { unique: unique.key } : {}),
  };
}
