/**
 * Schemas of a periodic task.
 *
 * @module
 */
import { type JsonSchema, named } from "./json_schema.ts";
import { args, callOptions } from "./task.ts";
import { as, duration, listOf, string, time, timestamp } from "./values.ts";

const schedule: JsonSchema = named("Schedule", {
  description:
    'When: seconds or `"5m"` for an interval, `"0 7 * * mon"` for a crontab, or a schedule as it is answered',
  anyOf: [{ type: "number" }, { type: "string", maxLength: 1000 }, { type: "object" }],
  examples: [30, "5m", "0 7 * * mon"],
});

const { id: _, eta: __, ...entryCallOptions } = callOptions;

const members: { readonly [name: string]: JsonSchema } = {
  task: { type: "string", description: "The task's name" },
  schedule,
  args,
  options: { type: "object", description: "The options of its calls", properties: entryCallOptions },
  timezone: { type: "string", description: "The zone whose clocks a crontab goes by, by its IANA name" },
  enabled: { type: "boolean", description: "Whether it is due at all" },
  oneOff: { type: "boolean", description: "Whether it is due once and then no more" },
  startAt: as(time, "Not due before"),
  endAt: as(time, "Not due after"),
  maxRuns: { type: "integer", minimum: 1, description: "How often it is sent at most" },
  jitter: as(duration, "Each call is delayed by up to so long"),
  description: { type: "string", description: "What it is for" },
  overlap: {
    type: "string",
    enum: ["allow", "skip", "queue-one", "cancel-previous"],
    description: "What becomes of a tick while the task of the last one has not ended",
  },
  catchUp: {
    type: "string",
    enum: ["none", "one", "all"],
    description: "What becomes of ticks that no beat was there for",
  },
  catchUpMax: { type: "integer", minimum: 1, maximum: 1000, description: "How many are made up for by `all`" },
};

/** The body that puts an entry. */
export const entryBody: JsonSchema = named("EntryOptions", {
  type: "object",
  properties: members,
  required: ["task", "schedule"],
  additionalProperties: false,
});

/** The body that changes an entry. */
export const entryChanges: JsonSchema = named("EntryChanges", {
  type: "object",
  properties: Object.fromEntries(
    Object.entries(members).map(([name, schema]) => [name, { anyOf: [schema, { type: "null" }] }]),
  ),
  additionalProperties: false,
});

/** An entry as it is answered. */
export const entryView: JsonSchema = named("Entry", {
  type: "object",
  properties: {
    name: string,
    task: string,
    schedule: { description: "When, as an object" },
    when: { type: "string", description: "When, as text" },
    args,
    options: { type: "object" },
    timezone: string,
    enabled: { type: "boolean" },
    source: { type: "string", enum: ["code", "put"], description: "Whether the code declares it" },
    changed: { type: "boolean", description: "Whether it is no longer what the code declares" },
    runs: { type: "integer", minimum: 0, description: "How often it was sent" },
    leftOut: { type: "integer", minimum: 0, description: "How many ticks were left out" },
    error: { type: "string", description: "Why the last tick could not be sent" },
    lastId: { type: "string", description: "The task that was sent last" },
    next: listOf(timestamp, "Its next times"),
    startAt: timestamp,
    endAt: timestamp,
    since: timestamp,
    due: timestamp,
    lastDue: timestamp,
    lastSent: timestamp,
  },
  required: ["name", "task", "when", "enabled", "source", "next"],
});
