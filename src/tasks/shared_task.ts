/**
 * Declares tasks that belong to no app yet.
 *
 * @module
 */
import type { TaskContext } from "./context.ts";
import type { BatchCall, BatchResults, ResultsOf } from "../policies/batch.ts";
import type { Schemas, StandardSchema } from "./schema.ts";
import { type Stored, Task } from "./task.ts";
import type { AnyTaskOptions, ArgsSchema, Batching, ResultSchema, TaskOptions } from "./task_options.ts";

/**
 * Declares a task before any app exists, for libraries; `app.include(…)` takes it in.
 *
 * @example
 * ```ts
 * import { sharedTask, Umbel } from "@umbel/umbel";
 * import { assertEquals } from "@std/assert";
 *
 * const add = sharedTask("add", (x: number, y: number) => x + y);
 *
 * const app = new Umbel("shop");
 * app.include(add);
 * assertEquals(await add.run(1, 2), 3);
 * ```
 */
export function sharedTask<Args extends unknown[], Result>(
  name: string,
  handler: (...args: Args) => Result,
): Task<Args, Stored<Awaited<Result>>>;
// First those with batches, and those with a schema: else the compiler would settle what the handler gets before it has
// seen them.
/** Declares a task with a schema of its arguments, whose handler gets many calls at once. */
export function sharedTask<Sent extends unknown[], Args extends unknown[], Results extends BatchResults>(
  name: string,
  options: TaskOptions & ArgsSchema<Sent, Args> & Schemas & Batching,
  handler: (calls: readonly BatchCall<NoInfer<Args>>[]) => Results | Promise<Results>,
): Task<Sent, Stored<ResultsOf<Results>>>;
/** Declares a task whose handler gets many calls at once. */
export function sharedTask<Args extends unknown[], Results extends BatchResults>(
  name: string,
  options: TaskOptions & { readonly resultSchema?: StandardSchema } & Batching,
  handler: (calls: readonly BatchCall<Args>[]) => Results | Promise<Results>,
): Task<Args, Stored<ResultsOf<Results>>>;
/** Declares a task with a schema of its arguments, whose handler gets the context first. */
export function sharedTask<Sent extends unknown[], Args extends unknown[], Result, Kept = Stored<Awaited<Result>>>(
  name: string,
  options: TaskOptions & ArgsSchema<Sent, Args> & ResultSchema<Kept> & { readonly bind: true },
  handler: (self: TaskContext, ...args: NoInfer<Args>) => Result,
): Task<Sent, Kept>;
/** Declares a task with a schema of its arguments. */
export function sharedTask<Sent extends unknown[], Args extends unknown[], Result, Kept = Stored<Awaited<Result>>>(
  name: string,
  options: TaskOptions & ArgsSchema<Sent, Args> & ResultSchema<Kept> & { readonly bind?: false },
  handler: (...args: NoInfer<Args>) => Result,
): Task<Sent, Kept>;
/** Declares a task whose handler gets the context first. */
export function sharedTask<Args extends unknown[], Result, Kept = Stored<Awaited<Result>>>(
  name: string,
  options: TaskOptions & ResultSchema<Kept> & { readonly bind: true },
  handler: (self: TaskContext, ...args: Args) => Result,
): Task<Args, Kept>;
/** Declares a task with options. */
export function sharedTask<Args extends unknown[], Result, Kept = Stored<Awaited<Result>>>(
  name: string,
  options: TaskOptions & ResultSchema<Kept> & { readonly bind?: false },
  handler: (...args: Args) => Result,
): Task<Args, Kept>;
export function sharedTask(name: string, ...rest: unknown[]): Task {
  const [options, handler] = rest.length < 2 ? [{}, rest[0]] : rest;
  return new Task(name, options as AnyTaskOptions, handler as (...args: never[]) => unknown);
}
