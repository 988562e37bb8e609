/**
 * Schemas of what happened.
 *
 * @module
 */
import { eventTypes } from "../../ports/journal.ts";
import { type JsonSchema, named } from "./json_schema.ts";
import { anything, listOf, object, string, taskId, timestamp } from "./values.ts";

const event = named(
  "Event",
  object({
    type: { type: "string", enum: eventTypes },
    at: timestamp,
    id: taskId,
    cursor: { type: "string", description: "Where to go on behind it" },
    task: string,
    queue: string,
    worker: string,
    retries: { type: "integer" },
    eta: timestamp,
    startedAt: timestamp,
    runtime: { type: "number", description: "How long it ran (ms)" },
    error: object({ type: string, message: string }),
    state: string,
    meta: anything,
    reason: string,
    replacedBy: taskId,
    died: { type: "boolean", description: "Whether the worker's lease ran out, rather than that it left" },
    missed: { type: "boolean", description: "Whether events before this one are no longer kept" },
  }, {
    optional: [
      ...["id", "task", "queue", "worker", "retries", "eta", "startedAt", "runtime", "error", "state", "meta"],
      ...["reason", "replacedBy", "died", "missed"],
    ],
    description: "Something that happened to a task or a worker",
  }),
);

/** A part of the events. */
export const eventPage: JsonSchema = object({
  events: listOf(event),
  cursor: { type: "string", description: "Where to go on, now or later" },
  missed: { type: "boolean", description: "Whether events between the asked cursor and the first one are not kept" },
});

const spans: JsonSchema = object({
  count: { type: "integer" },
  sum: { type: "number", description: "How long all of them took together (ms)" },
  buckets: listOf({ type: "integer" }, "How many in each bucket, and at last how many took longer"),
}, { optional: ["buckets"] });

const count: JsonSchema = { type: "integer", minimum: 0 };

/** Points of the history. */
export const historyView: JsonSchema = object({
  step: { type: "string", enum: ["minute", "hour"] },
  buckets: listOf({ type: "number" }, "The upper bounds of the histograms (ms)"),
  points: listOf(
    object({
      ...{ at: timestamp, task: string, queue: string, done: count, failed: count, retried: count, expired: count },
      ...{ revoked: count, wait: spans, run: spans },
    }),
  ),
});

/** What is written down. */
export function recording(options: { readonly optional?: readonly string[] } = {}): JsonSchema {
  return object({
    events: { type: "string", enum: ["none", "lifecycle", "all"] },
    history: { type: "boolean" },
  }, options);
}
