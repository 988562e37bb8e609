/**
 * The pool `threads`: each handler runs in a child, a Web Worker that has imported the app's module. All of it is in
 * docs/pools.md.
 *
 * ```ts ignore
 * import { Worker } from "@umbel/umbel";
 * import { threads } from "@umbel/umbel/threads";
 * import { app } from "./app.ts";
 *
 * await new Worker(app, { pool: threads({ module: import.meta.resolve("./app.ts") }), concurrency: 4 }).run();
 * ```
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import { readWhole, show } from "../../options/values.ts";
import type { LogLevel } from "../../log.ts";
import { type Memory, readMemory } from "../../options/memory.ts";
import { checkKeys } from "../../options/keys.ts";
import { heapSize } from "./heap.ts";
import type { PoolHost, PoolMaker, PoolSource } from "./pool.ts";
import type { ChildSettings } from "./protocol.ts";
import { whyNotRestricted } from "./restricting.ts";
import { ThreadsPool } from "./threads_pool.ts";

export type { Memory, PoolSource };

/** How children are made. */
export interface ThreadsOptions {
  /** The URL of the module that exports the app: `import.meta.resolve("./app.ts")`. */
  readonly module: string;
  /**
   * Which of its exports that is.
   *
   * @default {the default export, else the only app that it exports}
   */
  readonly export?: string;
  /**
   * The broker's URL, in place of the one that the module names: for `app.useBroker`.
   *
   * @default {what the module names}
   */
  readonly broker?: string;
  /**
   * Modules that children import first: `import.meta.resolve("@umbel/umbel/sqlite")` for a `broker` of that scheme.
   *
   * @default {none}
   */
  readonly imports?: readonly string[];
  /**
   * A child that has run so many tasks is replaced.
   *
   * @default {no limit}
   */
  readonly maxTasksPerChild?: number;
  /**
   * A child whose heap is larger after a task is replaced: bytes, or as `"200mb"`.
   *
   * @default {no limit}
   */
  readonly maxMemoryPerChild?: Memory;
}

const optionNames = ["module", "export", "broker", "imports", "maxTasksPerChild", "maxMemoryPerChild"];
const levels: readonly LogLevel[] = ["debug", "info", "warning", "error"];

/**
 * A pool of children, each of which runs one task at a time, or one batch: for tasks that compute, that may crash or
 * never end, or that are not to reach all that the worker may. Children load ahead of need; what is endless in one of
 * them is ended at its hard time limit, or when it is revoked with `terminate`.
 *
 * @returns What a worker's option `pool` takes.
 * @throws {InvalidInput} When an option breaks its rule, or the runtime has no Web Workers.
 *
 * @example
 * ```ts ignore
 * import { Worker } from "@umbel/umbel";
 * import { threads } from "@umbel/umbel/threads";
 * import { app } from "./app.ts";
 *
 * const pool = threads({ module: import.meta.resolve("./app.ts"), maxMemoryPerChild: "200mb" });
 * await new Worker(app, { pool, concurrency: 4 }).run();
 * ```
 */
export function threads(options: ThreadsOptions): PoolSource {
  checkKeys(options, optionNames, "option of threads");
  const { module, imports = [], maxTasksPerChild, maxMemoryPerChild } = options;
  checkUrl("module", module);
  for (const one of imports) checkUrl("imports", one);
  const maxTasks = maxTasksPerChild === undefined ? Infinity : readWhole(maxTasksPerChild, "maxTasksPerChild", 1);
  const maxHeap = maxMemoryPerChild === undefined ? Infinity : readMemory(maxMemoryPerChild, "maxMemoryPerChild");
  if (typeof (globalThis as { Worker?: unknown }).Worker !== "function") {
    throw new InvalidInput("pool", "The pool threads needs Web Workers, and this runtime has none: use the pool async");
  }
  if (maxHeap !== Infinity && heapSize() === undefined) {
    throw new InvalidInput("maxMemoryPerChild", "This runtime does not tell how large a child's heap is, as Deno does");
  }
  const pool: PoolMaker = {
    name: "threads",
    usualSize: globalThis.navigator?.hardwareConcurrency ?? 1,
    make(host) {
      checkApp(host);
      return new ThreadsPool(host, { program: programOf(options, host), maxTasks, maxHeap });
    },
  };
  return pool;
}

function checkUrl(field: string, value: unknown): void {
  if (typeof value === "string" && URL.canParse(value)) return;
  throw new InvalidInput(
    field,
    `${field} must be a URL as import.meta.resolve("./app.ts") gives one, and it is ${show(value)}`,
  );
}

/** What would go wrong later, and worse. */
function checkApp({ app }: PoolHost): void {
  if (app.broker.name.startsWith("sqlite :memory:")) {
    throw new InvalidInput("pool", "The pool threads needs a broker that its children can open, and :memory: is none");
  }
  const restricted = [...app.tasks.values()].find(({ settings }) => settings.permissions);
  const why = restricted && whyNotRestricted();
  if (why) {
    throw new InvalidInput("permissions", `Task ${restricted.name} has permissions, which cannot be kept here: ${why}`);
  }
}

/**
 * The program of a child. It imports the app's module statically: that asks for no permission, so that a child which may
 * read no file still has its handlers.
 */
function programOf(options: ThreadsOptions, { app, log }: PoolHost): string {
  const settings: ChildSettings = {
    app: app.name,
    ...(options.export === undefined ? {} : { export: options.export }),
    ...(options.broker === undefined ? {} : { broker: options.broker }),
    levels: levels.filter((level) => log.enabled(level)),
    measures: options.maxMemoryPerChild !== undefined,
  };
  return [
    `import { serveChild } from ${JSON.stringify(new URL("./child.ts", import.meta.url).href)};`,
    ...(options.imports ?? []).map((url) => `import ${JSON.stringify(url)};`),
    `import * as module from ${JSON.stringify(options.module)};`,
    `serveChild(module, ${JSON.stringify(settings)});`,
  ].join("\n");
}
