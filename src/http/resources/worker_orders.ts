/**
 * What workers can be told over HTTP.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { TimeLimitChange } from "../../operations/worker_control.ts";
import type { AutoscaleOptions } from "../../policies/autoscale.ts";
import type { WorkerAnswer } from "../../remote/answers.ts";
import type { RemoteOptions } from "../../remote/ask.ts";
import type { Body } from "../requests/body.ts";
import type { JsonSchema } from "../schema/json_schema.ts";
import { duration, listOf, object, string } from "../schema/values.ts";
import { activeQueue } from "../schema/worker.ts";

/** An order. */
export interface Order {
  /** The end of its path. */
  readonly path: string;
  /** The route's name. */
  readonly id: string;
  /** What is done, in one sentence. */
  readonly summary: string;
  /** The members of the body. */
  readonly members: { readonly [name: string]: JsonSchema };
  /** Those that may be absent. */
  readonly optional?: readonly string[];
  /** What one of them answers. */
  readonly answer: JsonSchema;
  /** Tells them. */
  readonly tell: (app: Umbel, body: Body, options: RemoteOptions) => Promise<WorkerAnswer<unknown>[]>;
}

const size = object({ concurrency: { type: "integer", description: "How many tasks it runs at once from now on" } });
const many: JsonSchema = { type: "integer", minimum: 1, maximum: 500 };
const howMany = { count: { ...many, default: 1 } };
const queue: JsonSchema = { type: "string", minLength: 1, maxLength: 128 };
const limit = (description: string): JsonSchema => ({ anyOf: [duration, { type: "null" }], description });

/** All of them. */
export const orders: readonly Order[] = [
  {
    ...{ path: "pool-grow", id: "growPool", members: howMany, optional: ["count"], answer: size },
    summary: "Runs so many tasks more at once",
    tell: ({ control }, { count }, options) => control.poolGrow(count as number | undefined, options),
  },
  {
    ...{ path: "pool-shrink", id: "shrinkPool", members: howMany, optional: ["count"], answer: size },
    summary: "Runs so many tasks fewer at once; what runs is finished",
    tell: ({ control }, { count }, options) => control.poolShrink(count as number | undefined, options),
  },
  {
    ...{ path: "pool-restart", id: "restartPool", members: {}, answer: object({ children: { type: "integer" } }) },
    summary: "Replaces the children of the pool `threads`, each after what it runs",
    tell: ({ control }, _, options) => control.poolRestart(options),
  },
  {
    ...{ path: "autoscale", id: "autoscale", members: { max: many, min: many }, optional: ["min"], answer: size },
    summary: "Runs as many tasks at once as it takes, within these bounds",
    tell: ({ control }, bounds, options) => control.autoscale(bounds as unknown as AutoscaleOptions, options),
  },
  {
    ...{ path: "add-consumer", id: "addConsumer", members: { queue }, answer: listOf(activeQueue) },
    summary: "Takes from one more queue",
    tell: ({ control }, { queue }, options) => control.addConsumer(queue as string, options),
  },
  {
    ...{ path: "cancel-consumer", id: "cancelConsumer", members: { queue }, answer: listOf(activeQueue) },
    summary: "Takes from a queue no more; what came from it is run",
    tell: ({ control }, { queue }, options) => control.cancelConsumer(queue as string, options),
  },
  {
    ...{ path: "time-limit", id: "setTimeLimits" },
    members: {
      task: { ...string, minLength: 1, maxLength: 200 },
      soft: limit("After so long a handler's signal is aborted; null takes back what was set"),
      hard: limit("After so long its run counts as failed; null takes back what was set"),
    },
    optional: ["soft", "hard"],
    answer: object({ soft: { type: "number" }, hard: { type: "number" } }, {
      optional: ["soft", "hard"],
      description: "What holds now (ms)",
    }),
    summary: "Sets the time limits of a task's runs that start from now on",
    tell: ({ control }, { task, ...limits }, options) =>
      control.timeLimit(task as string, limits as TimeLimitChange, options),
  },
  {
    ...{ path: "shutdown", id: "shutDownWorkers" },
    members: { cold: { type: "boolean", default: false, description: "What runs is aborted and handed back at once" } },
    optional: ["cold"],
    answer: object({ cold: { type: "boolean" }, running: { type: "integer", description: "How many tasks run" } }),
    summary: "Stops workers after what runs, within their grace",
    tell: ({ control }, { cold = false }, options) => control.shutdown({ ...options, cold: cold === true }),
  },
];
