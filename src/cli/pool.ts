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

/** What registers brokers by their URLs, for those of a command line. */
const brokerModules = ["../brokers/sqlite/mod.ts", "../brokers/http/mod.ts"].map((path) => import.meta.resolve(path));

/** Celery's pools, and what does here what they are taken for. */
const celery: { readonly [pool: string]: string | undefined } = {
  prefork: "threads",
  processes: "threads",
  gevent: "async",
  eventlet: "async",
  solo: "async with -c 1",
};

/** The pool that the options name; `undefined` for the usual one. @throws {UsageError} When there is none such. */
export function readPool(
  { pool = "async", ...options }: Given,
  { broker, ...from }: AppModule,
): PoolSource | undefined {
  const { "max-tasks-per-child": tasks, "max-memory-per-child": memory } = options;
  if (pool === "threads") {
    return threads({
      ...from,
      ...(broker === undefined ? {} : { broker, imports: brokerModules }),
      ...(tasks === undefined ? {} : { maxTasksPerChild: readNumber(tasks, "--max-tasks-per-child")! }),
      ...(memory === undefined ? {} : { maxMemoryPerChild: memory }),
    });
  }
  if (pool !== "async") {
    const like = celery[pool];
    const hint = like === undefined ? "" : `: ${like} is what comes near`;
    throw new UsageError(`--pool must be async or threads, and it is ${JSON.stringify(pool)}${hint}`);
  }
  const stray = tasks !== undefined ? "tasks" : memory !== undefined ? "memory" : undefined;
  if (stray) throw new UsageError(`--max-${stray}-per-child needs --pool threads`);
  return undefined;
}
