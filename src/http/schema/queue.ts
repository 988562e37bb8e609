/**
 * Schemas of queues and limits.
 *
 * @module
 */
import { type JsonSchema, named } from "./json_schema.ts";
import { as, duration, object, string, timestamp } from "./values.ts";

const count: JsonSchema = { type: "integer", minimum: 0 };

/** What a limit allows. */
const allowed = {
  rate: object({
    limit: count,
    period: { type: "number", description: "In so many ms" },
    burst: { ...count, description: "So many of them may come at once" },
  }, { description: "How many start in a time" }),
  concurrency: { ...count, description: "How many run at once" },
  batch: object({ size: count, wait: { type: "number", description: "ms" } }, {
    description: "How many are handed over at once",
  }),
};

/** A limit that messages name. */
export const limitView: JsonSchema = named(
  "Limit",
  object({
    name: { type: "string", description: "As messages name it" },
    kind: {
      type: "string",
      enum: ["rate", "concurrency", "sequence", "batch", "queue", "queueRate", "group", "groupRate"],
    },
    of: { type: "string", description: "The task or queue" },
    key: { type: "string", description: "The key or group, of what was set for that alone" },
    ...allowed,
    set: object(allowed, {
      optional: Object.keys(allowed),
      description: "What was set while running: it counts in place of what is declared",
    }),
  }, {
    optional: ["kind", "of", "key", "set", ...Object.keys(allowed)],
    description: "What is declared, and what was set over it",
  }),
);

/** A queue, counted. */
export const queueView: JsonSchema = named(
  "Queue",
  object({
    name: string,
    waiting: { ...count, description: "May be taken at once, or as soon as their limits allow" },
    delayed: { ...count, description: "Are due later" },
    paused: { type: "boolean" },
    oldest: as(timestamp, "Since when the one that has waited longest may be taken; of those without limits"),
    rates: as(
      object({ done: { type: "number" }, failed: { type: "number" }, retried: { type: "number" } }),
      "How many a minute, over the last 5 whole minutes; only where that was asked for and the history is kept",
    ),
  }, { optional: ["oldest", "rates"] }),
);

/** How many start in a time. */
export const rate: JsonSchema = named("Rate", {
  description: "How many start in a time: `10/s`, `100/m`, `5/h`, `1000/d`, or a limit and a period",
  anyOf: [
    { type: "string", pattern: "^\\d+/[smhd]$" },
    object({ limit: { type: "integer", minimum: 1 }, period: duration, burst: { type: "integer", minimum: 1 } }, {
      optional: ["burst"],
    }),
  ],
  examples: ["10/s", { limit: 100, period: "5m", burst: 10 }],
});
