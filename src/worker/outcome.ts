/**
 * What a run came to, as one value, and what the broker is told of it.
 *
 * @module
 */
import type { FinalState, Settlement, TaskRecord, TaskState } from "../broker.ts";
import type { Config } from "../config.ts";
import { type ErrorInfo, errorInfo } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Message } from "../message.ts";
import { nextTry, type Retry } from "../policies/retry.ts";
import { comeBackLater } from "../policies/unknown_task.ts";
import type { Run } from "./run.ts";

/** What a run came to. */
export type Outcome =
  /** The handler returned; `size` is about how many characters that takes. */
  | { readonly kind: "succeeded"; readonly result: Json; readonly size: number }
  /** The handler threw, or its run could not go on. */
  | { readonly kind: "failed"; readonly thrown: unknown }
  /** The handler asked for another try. */
  | { readonly kind: "retry"; readonly retry: Retry }
  /** It could not be started in time. */
  | { readonly kind: "expired" }
  /** It was revoked. */
  | { readonly kind: "revoked" }
  /** No task of that name is known here. */
  | { readonly kind: "unknown" }
  /** The worker hands it back. */
  | { readonly kind: "returned" };

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
      const { cause } = outcome.retry;
      const error = cause === undefined || run.ignoreResult ? {} : { error: errorInfo(cause) };
      return again(run, "RETRY", nextTry(run.message, outcome.retry, now), false, 0, error, worker);
    }
    case "unknown": {
      const error = { type: "UnknownTask", message: `Worker ${worker.id} knows no task of that name` };
      return again(run, "SCHEDULED", comeBackLater(run.message, now), false, run.deaths, { error }, worker);
    }
    case "returned":
      return again(run, "QUEUED", run.message, true, run.deaths, {}, worker);
  }
}

function ended(
  run: Run,
  state: FinalState,
  { id: worker, config }: SettlingWorker,
  finishedAt: number,
  more: { readonly result?: Json; readonly error?: ErrorInfo },
): Settlement {
  const { message, startedAt, meta } = run;
  const failed = state === "FAILURE";
  // A result that nobody asked for needs no record beyond the shortest the broker keeps; a dead letter does.
  const keep = run.ignoreResult && !failed ? 0 : run.keep;
  const record: TaskRecord = {
    ...recordOf(message, state, message.retries),
    ...(startedAt === undefined ? {} : { startedAt }),
    finishedAt,
    keep,
    worker,
    ...more,
    ...(meta === undefined ? {} : { meta }),
    ...(failed || (config.resultExtended && !run.ignoreResult) ? { message } : {}),
  };
  return { lease: run.lease, record };
}

function again(
  { lease, startedAt }: Run,
  state: TaskState,
  message: Message,
  head: boolean,
  deaths: number,
  more: { readonly error?: ErrorInfo },
  { id: worker }: SettlingWorker,
): Settlement {
  const { eta } = message;
  const record: TaskRecord = {
    ...recordOf(message, state, message.retries),
    ...(eta === undefined || head ? {} : { eta }),
    ...(startedAt === undefined ? {} : { startedAt, worker }),
    ...more,
  };
  return { lease, record, again: { message, head, deaths } };
}

/** What every record of a message says. */
export function recordOf(
  { id, task, queue, sentAt }: Message,
  state: TaskState,
  retries: number,
): Pick<TaskRecord, "id" | "task" | "state" | "queue" | "sentAt" | "retries"> {
  return { id, task, state, queue, sentAt, retries };
}
