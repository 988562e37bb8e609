/**
 * Schemas of a task: what is known of it, and how a call differs from others.
 *
 * @module
 */
import { type JsonSchema, named } from "./json_schema.ts";
import { anything, as, duration, listOf, object, string, taskId, time, timestamp } from "./values.ts";

/** What was thrown. */
const errorInfo: JsonSchema = named("ErrorInfo", {
  description: "What a handler threw",
  type: "object",
  properties: {
    type: { type: "string", description: "Its class" },
    message: string,
    stack: string,
    get cause() {
      return errorInfo;
    },
  },
  required: ["type", "message"],
});

const attempt = named(
  "Attempt",
  object({ startedAt: timestamp, finishedAt: timestamp, worker: string, error: errorInfo }, {
    optional: ["error"],
    description: "A run of a task that is over",
  }),
);

const logLine = object({
  at: timestamp,
  level: { type: "string", enum: ["debug", "info", "warning", "error"] },
  message: string,
});

const encodedPart = listOf(string);

/** What is known of a task. */
export const taskView: JsonSchema = named(
  "Task",
  object({
    id: taskId,
    task: { type: "string", description: "Its name" },
    state: {
      type: "string",
      description:
        "`SCHEDULED`, `QUEUED`, `STARTED`, `RETRY`, `SUCCESS`, `FAILURE`, `REVOKED`, `EXPIRED`, or one of its own",
    },
    ended: { type: "boolean", description: "Whether it has ended, however it did" },
    queue: string,
    retries: { type: "integer", minimum: 0 },
    args: {
      ...anything,
      description: "What its handler was called with, once it has ended and as far as it may be seen",
    },
    sentAt: timestamp,
    eta: timestamp,
    startedAt: timestamp,
    finishedAt: timestamp,
    worker: { type: "string", description: "The worker of its last run" },
    result: { ...anything, description: "What its handler returned" },
    error: errorInfo,
    meta: { ...anything, description: "What its handler told with its state" },
    log: object({ lines: listOf(logLine), dropped: { type: "integer", minimum: 0 } }),
    encoded: {
      type: "object",
      description: "What of all this cannot be read here, with the names of the codecs that it went through",
      additionalProperties: encodedPart,
    },
    leftAs: { type: "string", description: "The state that its handler had told when it threw `Ignore`" },
    attempts: listOf(attempt, "Its runs, the last 10, once one of them has failed"),
    priority: { type: "integer", minimum: 0, maximum: 9, description: "In lists of what waits" },
  }, {
    optional: [
      "args",
      "eta",
      "startedAt",
      "finishedAt",
      "worker",
      "result",
      "error",
      "meta",
      "log",
      "encoded",
      "leftAs",
      "attempts",
      "priority",
    ],
    description: "What is known of a task",
  }),
);

/** A task in a tree. */
export const taskNode: JsonSchema = named("TaskNode", {
  description: "A task and those that it sent; without a name when nothing is known of it any more",
  type: "object",
  properties: {
    id: taskId,
    task: { type: "string", description: "Its name" },
    state: string,
    sentAt: timestamp,
    startedAt: timestamp,
    finishedAt: timestamp,
    children: {
      type: "array",
      get items() {
        return taskNode;
      },
    },
    more: { type: "integer", minimum: 0, description: "How many more it sent" },
  },
  required: ["id", "children", "more"],
});

/** The arguments of a handler. */
export const args: JsonSchema = { type: "array", description: "The arguments of its handler" };

/** What may be changed while a task waits, too. */
const changeable: { readonly [name: string]: JsonSchema } = {
  countdown: as(duration, "Not to be started before so long from now"),
  eta: as(time, "Not to be started before"),
  expires: { anyOf: [duration, time], description: "Not to be started after: so long from now, or ISO 8601 text" },
  queue: { type: "string", description: "The queue it waits in" },
  priority: { type: "integer", minimum: 0, maximum: 9, description: "9 goes first" },
  headers: { type: "object", description: "What the handler is to see beside its arguments" },
  ignoreResult: { type: "boolean", description: "Keep neither result nor error" },
  timeLimit: as(duration, "How long a run may take"),
  softTimeLimit: as(duration, "After so long its signal is aborted"),
  maxRetries: { type: ["integer", "null"], minimum: 0, description: "The most retries; `null` for no limit" },
  resultExpires: as(duration, "How long its record stays after its end"),
};

/** How a call differs from others: what is a caller's business. */
export const callOptions: { readonly [name: string]: JsonSchema } = {
  id: { ...taskId, description: "Its id; a new UUID when absent" },
  ...changeable,
  timeouts: {
    type: "object",
    description: "Not to be started later than so long after it is due",
    properties: { start: duration },
    additionalProperties: false,
  },
  callback: {
    anyOf: [
      { type: "string", description: "A URL of a host that the app allows" },
      { type: "boolean", enum: [false], description: "Nowhere" },
      {
        type: "object",
        properties: {
          url: { type: "string" },
          on: { type: "array", items: { type: "string", enum: ["success", "failure", "expired"] }, minItems: 1 },
          headers: { type: "object" },
        },
        required: ["url"],
        additionalProperties: false,
      },
    ],
    description: "Where it is told what the task came to",
  },
  lifo: { type: "boolean", description: "Whether it goes before those of its priority that wait already" },
};

/** The body that sends a task whose arguments are such. */
export function callBody(ofArgs: JsonSchema = args): JsonSchema {
  return { type: "object", properties: { args: ofArgs, ...callOptions }, additionalProperties: false };
}

/** The body that changes a task. */
export const changeBody: JsonSchema = named("TaskChange", {
  type: "object",
  properties: { args, ...changeable },
  additionalProperties: false,
});
