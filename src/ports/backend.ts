/**
 * The port to results that are held apart from the broker.
 *
 * @module
 */
import type { TaskRecord } from "./task_record.ts";

/** Holds results apart from the broker (Celery's `result_backend`). */
export interface Backend extends AsyncDisposable {
  /** Where it is, for logs: without secrets. */
  readonly name: string;
  /** Stores records of tasks that have ended; repeating changes nothing. Called before the settlement. */
  store(records: readonly TaskRecord[]): Promise<void>;
  /** What is stored of these tasks, in the same order. */
  fetch(ids: readonly string[]): Promise<(TaskRecord | undefined)[]>;
}
