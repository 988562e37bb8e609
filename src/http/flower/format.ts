/**
 * Tasks as Flower tells them: Celery's states, times in seconds, and texts where Python has representations.
 *
 * @module
 */
import type { TaskRecord } from "../../ports/task_record.ts";
import type { ErrorInfo } from "../../error_info.ts";
import type { Json } from "../../json.ts";
import { dueAt } from "../../message.ts";
import type { FoundTask } from "../../operations/search.ts";
import { shownArgs } from "../../operations/shown.ts";
import type { TaskDefinition } from "../../tasks/task.ts";
import { readable } from "../../wire/readable.ts";

/** Our states, by those of Celery where it has another word. */
const states: { readonly [celery: string]: readonly string[] } = {
  PENDING: ["SCHEDULED", "QUEUED"],
  REVOKED: ["REVOKED", "EXPIRED"],
};

/** A state as Celery calls it. */
export function stateOf(state: string): string {
  return Object.keys(states).find((celery) => states[celery]!.includes(state)) ?? state;
}

/** The states that Celery's name means. */
export function statesOf(state: string): string | readonly string[] {
  return states[state] ?? state;
}

/** A time (ms since 1970) in seconds. */
export function seconds(time: number | undefined): number | null {
  return time === undefined ? null : time / 1000;
}

/** A value as Python would write it, or nearly so. */
export function repr(value: Json): string {
  if (typeof value === "string") return `'${value.replace(/[\\']/g, "\\$&")}'`;
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  return `{${Object.entries(value).map(([name, one]) => `${repr(name)}: ${repr(one)}`).join(", ")}}`;
}

/** An error as Python would write it. */
function exceptionOf({ type, message }: ErrorInfo): string {
  return `${type}(${repr(message)})`;
}

/** A result, or the error in its place, with the traceback. */
export function resultOf({ state, result, error }: TaskRecord): { readonly [name: string]: Json } {
  if (state !== "FAILURE") return { result: result === undefined ? null : readable(result) };
  return { result: error ? exceptionOf(error) : null, traceback: error?.stack ?? null };
}

/** What Flower knows of a task: members in the order of Celery's. */
export type FlowerTask = { readonly [name: string]: Json };

/** A task, with all the members that Celery's events give it. */
export function taskOf({ record, message }: FoundTask, tasks: ReadonlyMap<string, TaskDefinition>): FlowerTask {
  const { id, task, state, sentAt, startedAt, finishedAt, retries, worker, result, error, queue } = record;
  const at = (...wanted: readonly string[]) => wanted.includes(state) ? seconds(finishedAt) : null;
  const hasRun = startedAt !== undefined && finishedAt !== undefined;
  const args = message && !message.encoded ? shownArgs(message, tasks) : null;
  const { rootId = id, parentId = null } = message ?? {};
  return {
    uuid: id,
    name: task,
    state: stateOf(state),
    // A message comes to a worker when it is taken: who waits long waits in the broker, and Flower sorts by this.
    received: seconds(sentAt),
    sent: seconds(sentAt),
    started: seconds(startedAt),
    rejected: null,
    succeeded: at("SUCCESS"),
    failed: at("FAILURE"),
    retried: state === "RETRY" ? seconds(record.attempts?.at(-1)?.finishedAt) : null,
    revoked: at("REVOKED", "EXPIRED"),
    args: args === null ? null : repr(args),
    kwargs: "{}",
    eta: record.eta === undefined ? null : new Date(record.eta).toISOString(),
    expires: message?.expires === undefined ? null : new Date(message.expires).toISOString(),
    retries,
    worker: worker ?? null,
    result: result === undefined ? null : repr(readable(result)),
    exception: error ? exceptionOf(error) : null,
    timestamp: seconds(finishedAt ?? startedAt ?? (message ? dueAt(message) : sentAt)),
    runtime: hasRun ? (finishedAt - startedAt) / 1000 : null,
    traceback: error?.stack ?? null,
    exchange: null,
    routing_key: queue,
    clock: 0,
    client: null,
    root: rootId,
    root_id: rootId,
    parent: parentId,
    parent_id: parentId,
    children: [],
  };
}
