/**
 * Batches: a handler that gets up to so many calls at once, each of which is settled on its own.
 *
 * @module
 */
import type { TaskContext } from "../tasks/context.ts";
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import { readWhole, show } from "../options/values.ts";
import { checkKeys } from "../options/keys.ts";
import { isPromise } from "../promise.ts";
import { Ignore, Snooze } from "./control.ts";
import { Retry } from "./retry.ts";

/** How many calls make a batch. */
export interface BatchOptions {
  /** The most calls of a batch: 1 to 500. As soon as so many wait, they are handed to a worker. */
  readonly size: number;
  /** How long a call waits for others before it is handed to a worker with fewer. */
  readonly wait: Duration;
}

/** The same, checked: times in ms. */
export interface BatchSettings {
  /** The most calls. */
  readonly size: number;
  /** How long one waits for others (ms). */
  readonly wait: number;
}

/** One call of a batch. */
export interface BatchCall<Args extends readonly unknown[] = readonly unknown[]> {
  /** Its arguments. */
  readonly args: Args;
  /** Its context: its id, signal, log and all else that a handler with `bind: true` gets. */
  readonly self: TaskContext;
}

/** What a batch's handler may return: what became of each call, in the calls' order; or nothing, for `null` each. */
export type BatchResults = readonly unknown[] | void;

/**
 * The results in what a batch's handler returned: without the errors and control values, which say that a call failed or
 * is to be tried again.
 */
export type ResultsOf<Returned> = Returned extends readonly (infer Element)[] ? ResultOf<Element> : null;

/** One result of what a batch's handler returned: `never` for an error or a control value. */
// By their members, since any object of the right shape would count as an Error or a Snooze.
export type ResultOf<Element> = Element extends Retry ? never
  : Element extends Error ? "stack" extends keyof Element ? never : Element
  : Element extends Snooze ? keyof Element extends "delay" ? never : Element
  : Element;

/** The most calls of a batch: what a worker can hand in at once. */
const most = 500;

/** Checks the option `batch` of a task. @throws {InvalidInput} */
export function readBatch(value: BatchOptions): BatchSettings {
  checkKeys(value, ["size", "wait"], "part of batch", "batch");
  const size = readWhole(value.size, "batch.size", 1);
  if (size > most) throw new InvalidInput("batch.size", `batch.size must be at most ${most}, and it is ${size}`);
  return { size, wait: milliseconds(value.wait, "batch.wait") };
}

/** Refuses what makes no sense with batches. @throws {InvalidInput} */
export function checkBatch(task: { readonly batch?: BatchSettings; readonly bind: boolean }): void {
  if (!task.batch || !task.bind) return;
  throw new InvalidInput("bind", "bind says nothing with batch: each call of a batch brings its context, as self");
}

/** What a handler made of one call. */
export type CallOutcome = { readonly value: unknown } | { readonly thrown: unknown };

/**
 * What a handler made of each of its calls.
 *
 * @param returned What it returned.
 * @param count How many calls it got.
 * @throws {TypeError} When it returned neither nothing nor something for each call.
 */
export function outcomesOf(returned: unknown, count: number, task: string): CallOutcome[] {
  if (returned === undefined) return Array.from({ length: count }, () => ({ value: undefined }));
  if (!Array.isArray(returned) || returned.length !== count) {
    const what = Array.isArray(returned) ? `an array of ${returned.length}` : show(returned);
    throw new TypeError(
      `The handler of task ${JSON.stringify(task)} must return an array of ${count} results, one for each call, ` +
        `or nothing, and it returned ${what}`,
    );
  }
  return Array.from(returned, (value: unknown) => isThrown(value) ? { thrown: value } : { value });
}

/** Runs a batch of one call. */
export function runAlone(handler: (calls: readonly BatchCall[]) => unknown, call: BatchCall, task: string): unknown {
  const alone = (returned: unknown) => {
    const [outcome] = outcomesOf(returned, 1, task) as [CallOutcome];
    if ("thrown" in outcome) throw outcome.thrown;
    return outcome.value;
  };
  const returned = handler([call]);
  return isPromise(returned) ? returned.then(alone) : alone(returned);
}

function isThrown(value: unknown): boolean {
  return value instanceof Error || value instanceof Retry || value instanceof Snooze || value instanceof Ignore;
}
