/**
 * Where the worker of the command line runs its tasks.
 *
 * @module
 */
import { threads } from "../worker/pools/threads.ts";
import type { PoolSource } from "../worker/worker.ts";
import type { AppModule } from "./app.ts";
import { readNumber, type Values } from "./command.ts";
import { UsageError } from "./failure.ts";
import type { workerOptions } from "./worker_options.ts";

type Given = Pick<Values<typeof workerOptions>, "pool" | "max-tasks-per-child" | "max-memory-per-child">;

/** The pool that the options name; `undefined` for the usual one. @throws {UsageError} When there is none such. */
export function readPool({ pool = "async", ...options }: Given, { module, broker }: AppModule): PoolSource | undefined {
  const { "max-tasks-per-child": tasks, "max-memory-per-child": memory } = options;
  if (pool === "threads") {
    return threads({
      module,
      ...(broker === undefined ? {} : { broker, imports: [import.meta.resolve("../brokers/sqlite/mod.ts")] }),
      ...(tasks === undefined ? {} : { maxTasksPerChild: readNumber(tasks, "--max-tasks-per-child")! }),
      ...(memory === undefined ? {} : { maxMemoryPerChild: memory }),
    });
  }
  if (pool !== "async") throw new UsageError(`--pool must be async or threads, and it is ${JSON.stringify(pool)}`);
  const stray = tasks !== undefined ? "tasks" : memory !== undefined ? "memory" : undefined;
  if (stray) throw new UsageError(`--max-${stray}-per-child needs --pool threads`);
  return undefined;
}
