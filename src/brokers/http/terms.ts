/**
 * The shapes of what the ports speak of: messages, records, turns.
 *
 * @module
 */
import {
  any,
  either,
  flag,
  list,
  map,
  name,
  nullable,
  number,
  object,
  optional,
  type Shape,
  taskName,
  text,
  whole,
  word,
} from "./shapes.ts";

const id = name("id");
const queue = name("queue");
const maybe = optional;

/** What was thrown. Its causes are looked at by whoever shows them. */
const errorInfo = object({ type: text, message: text, stack: maybe(text) });

const encoded = object({ by: list(text, 100) });

const attempt = object({ startedAt: number, finishedAt: number, worker: text, error: maybe(errorInfo) });

const keptLog = object({
  lines: list(object({ at: number, level: text, message: text }), 1000),
  dropped: whole(),
  encoded: maybe(encoded),
});

/** A message. */
export const message: Shape = object({
  id,
  nonce: maybe(text),
  task: taskName,
  args: list(any),
  queue,
  priority: whole(0, 9),
  sentAt: number,
  resentAt: maybe(number),
  eta: maybe(number),
  expires: maybe(number),
  startTimeout: maybe(number),
  idempotent: maybe(number),
  unique: maybe(object({ key: text, for: number, states: maybe(text), on: maybe(text), within: maybe(number) })),
  limits: maybe(list(name("limit"), 100)),
  lifo: maybe(flag),
  retries: whole(),
  attempts: maybe(list(attempt, 100)),
  log: maybe(keptLog),
  unknown: maybe(number),
  maxRetries: maybe(nullable(number)),
  headers: maybe(map(any)),
  ignoreResult: maybe(flag),
  resultExpires: maybe(number),
  timeLimit: maybe(number),
  softTimeLimit: maybe(number),
  rootId: maybe(text),
  parentId: maybe(text),
  encoded: maybe(encoded),
  signature: maybe(object({ by: text, until: number, value: text })),
  redact: maybe(either(flag, list(text))),
});

/** What is known of a task. */
export const record: Shape = object({
  id,
  task: taskName,
  state: text,
  queue,
  sentAt: number,
  eta: maybe(number),
  retries: whole(),
  resentAt: maybe(number),
  startedAt: maybe(number),
  finishedAt: maybe(number),
  keep: maybe(number),
  worker: maybe(text),
  error: maybe(errorInfo),
  attempts: maybe(list(attempt, 100)),
  log: maybe(keptLog),
  encoded: maybe(map(encoded)),
  unique: maybe(text),
  reason: maybe(text),
  replacedBy: maybe(text),
  leftAs: maybe(text),
  message: maybe(message),
});

/** What a limit allows: the broker looks at it more closely. */
export const limit: Shape = object({});

/** What limits allow. */
export const limits: Shape = map(limit);

/** What is to be written down. */
export const recording: Shape = object({ events: word("none", "lifecycle", "all"), history: flag });

const lease = text;

/** How a worker hands in a delivery. */
const settlement = object({
  lease,
  record,
  again: maybe(object({ message, head: flag, deaths: whole() })),
  followUps: maybe(list(message, 1000)),
  dueAt: maybe(number),
});

/** For how long something may be leased (ms). */
export const leaseTime: Shape = whole(1000, 86_400_000);

/** A worker's turn. Its number is doubled on its way: it may take half of what a number holds. */
export const turn: Shape = object({
  worker: name("worker"),
  number: whole(0, Math.floor(Number.MAX_SAFE_INTEGER / 2) - 1),
  queues: list(queue, 1000),
  limit: whole(0, 500),
  holds: list(lease, 10_000),
  settlements: list(settlement, 500),
  reports: list(object({ lease, record }), 500),
  lease: leaseTime,
  read: maybe(list(text, 1000)),
  limits: maybe(limits),
  recording: maybe(recording),
  park: flag,
  leave: flag,
});

/** What is said while publishing. */
export const publishOptions: Shape = object({
  queues: maybe(map(object({ maxLength: maybe(whole(1)), whenFull: maybe(word("refuse", "dropOldest")) }))),
  limits: maybe(limits),
  recording: maybe(recording),
});

/** How a task was found waiting. */
export const waitingTask: Shape = object({ record, message, deaths: whole(), place: text });

/** What workers are told to do. */
export const command: Shape = object({ id: text, name: text, args: map(any), expires: number });

/** A part of what a worker answers. */
export const answerPart: Shape = object({
  command: text,
  worker: name("worker"),
  part: whole(),
  parts: whole(1),
  text,
});

/** What can be watched. */
export const topics: Shape = list(
  either(object({ worker: text }), either(object({ command: text }), object({ task: id, updates: maybe(flag) }))),
  10_000,
);

/** A part of something that is listed. */
export const page: { readonly [name: string]: Shape } = { limit: whole(1, 500), cursor: maybe(text) };

/** The ids of tasks. */
export const ids: Shape = list(id);

/** Which of all tasks, whatever became of them. */
export const listed: { readonly [name: string]: Shape } = {
  task: maybe(text),
  queue: maybe(text),
  worker: maybe(text),
  from: maybe(number),
  to: maybe(number),
};
