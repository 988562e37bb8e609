/**
 * Which task runs: known to whatever its handler calls, through promises and timers, where the runtime can tell.
 *
 * @module
 */

/** A task that runs. */
export interface CurrentTask {
  /** Its name. */
  readonly task: string;
  /** Its id. */
  readonly id: string;
}

/** What is used of an AsyncLocalStorage. */
interface Storage {
  getStore(): CurrentTask | undefined;
  run<T>(store: CurrentTask, call: () => T): T;
}

/** Where Deno, Node, Bun and workerd keep it; asked for in this way, nothing needs to be imported that others lack. */
interface Runtime {
  readonly process?: {
    getBuiltinModule?(name: "async_hooks"): { readonly AsyncLocalStorage?: new () => Storage } | undefined;
  };
}

const storage = makeStorage();

function makeStorage(): Storage | undefined {
  const { AsyncLocalStorage } = (globalThis as Runtime).process?.getBuiltinModule?.("async_hooks") ?? {};
  return AsyncLocalStorage && new AsyncLocalStorage();
}

/**
 * The task whose handler made this call, however deep in it (Celery's `current_task`).
 *
 * @returns `undefined` outside of handlers, and on runtimes without `AsyncLocalStorage`.
 *
 * @example
 * ```ts
 * import { currentTask, Umbel, Worker } from "@umbel/umbel";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { assertEquals } from "@std/assert";
 *
 * async function deepInside() {
 *   await Promise.resolve();
 *   return currentTask()?.task ?? "none";
 * }
 *
 * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
 * const look = app.task("look", deepInside);
 * const looked = await look.delay();
 * await new Worker(app).drain({ seconds: 5 });
 * assertEquals([await looked.get(), await deepInside()], ["look", "none"]);
 * ```
 */
export function currentTask(): CurrentTask | undefined {
  return storage?.getStore();
}

/** Calls something as a part of a task. */
export function within<T>(task: CurrentTask, call: () => T): T {
  return storage ? storage.run(task, call) : call();
}
