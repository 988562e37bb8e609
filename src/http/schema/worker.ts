/**
 * Schemas of workers and of what they answer.
 *
 * @module
 */
import { type JsonSchema, named } from "./json_schema.ts";
import { anything, as, listOf, object, string, taskId, timestamp } from "./values.ts";

const count: JsonSchema = { type: "integer", minimum: 0 };
const ms: JsonSchema = { type: "number", minimum: 0, description: "ms" };

const failure = named(
  "RemoteFailure",
  object({
    code: {
      type: "string",
      enum: ["no_answer", "unknown_worker", "mail_full", "invalid_input", "refused", "too_large", "internal"],
    },
    message: string,
    field: { type: "string", description: "What of the command was wrong" },
  }, { optional: ["field"], description: "Why there is no answer of a worker, or why it refused" }),
);

/** What each of the workers that were asked answered. */
export function answersOf(answer: JsonSchema): JsonSchema {
  const entry = object({
    worker: { type: "string", description: "Its full name; of one that is not there, as it was asked for" },
    ok: { type: "boolean", description: "Whether it answered" },
    answer,
    error: failure,
  }, { optional: ["answer", "error"] });
  return object({ answers: listOf(entry, "One for each worker that was asked, by name") });
}

const taskCounts = object({
  done: count,
  failed: count,
  retried: count,
  revoked: count,
  expired: count,
  returned: count,
});

/** How a worker is. */
export const workerStats: JsonSchema = named(
  "WorkerStats",
  object({
    app: string,
    broker: string,
    pid: { type: "integer" },
    startedAt: timestamp,
    uptime: ms,
    isStopping: { type: "boolean" },
    queues: listOf(string),
    pool: object({
      name: string,
      concurrency: count,
      places: count,
      autoscale: object({ min: count, max: count }),
      children: count,
    }, { optional: ["autoscale", "children"] }),
    memory: object({ rss: count, heapTotal: count, heapUsed: count, external: count }, { description: "Bytes" }),
    running: count,
    reserved: count,
    counts: object({
      ...{ received: count, done: count, failed: count, retried: count },
      ...{ revoked: count, expired: count, returned: count, lost: count },
    }),
    tasks: { type: "object", additionalProperties: taskCounts, description: "The same by task" },
  }, { optional: ["pid", "memory"] }),
);

const held = {
  id: taskId,
  task: string,
  args: listOf(anything, "As far as they may be seen, and not too long"),
  queue: string,
  priority: count,
  retries: count,
  receivedAt: timestamp,
};
const active = {
  ...held,
  startedAt: timestamp,
  runtime: ms,
  state: string,
  revoked: { type: "boolean" },
} as const;

/** A task that a worker holds and that does not run yet. */
export const heldTask: JsonSchema = named("HeldTask", object(held, { optional: ["args"] }));

/** A task that runs. */
export const activeTask: JsonSchema = named("ActiveTask", object(active, { optional: ["args", "startedAt"] }));

/** A task that was asked for. */
export const queriedTask: JsonSchema = named(
  "QueriedTask",
  object({ held: { type: "string", enum: ["active", "reserved"] }, ...active }, {
    optional: ["args", "startedAt", "runtime", "state", "revoked"],
  }),
);

const schemaView = object({ vendor: string, json: as(anything, "A JSON Schema") }, { optional: ["json"] });

/** A task that a worker knows. */
export const registeredTask: JsonSchema = named(
  "RegisteredTask",
  object({
    name: string,
    options: { type: "object", additionalProperties: true },
    schema: schemaView,
    resultSchema: schemaView,
  }, { optional: ["schema", "resultSchema"] }),
);

/** A queue that a worker takes from. */
export const activeQueue: JsonSchema = object({
  name: string,
  holds: { ...count, description: "How many of its tasks the worker holds" },
});

/** Settings. */
export const workerConf: JsonSchema = object({
  app: { type: "object", additionalProperties: true },
  worker: { type: "object", additionalProperties: true },
}, { description: "What may be a secret is `********`" });

/** A worker, as the broker knows it. */
export const workerView: JsonSchema = named(
  "Worker",
  object({
    name: { type: "string", description: "Its full name, which ends in a word of its present life" },
    alive: { type: "boolean", description: "Whether its lease holds" },
    aliveUntil: timestamp,
    holds: { ...count, description: "How many messages it holds" },
    queues: listOf(string),
  }),
);
