/**
 * What a callback carries.
 *
 * @module
 */
import type { TaskRecord } from "../ports/task_record.ts";
import type { TaskDefinition } from "../tasks/task.ts";
import { type TaskView, timeText, viewOf } from "../operations/task_view.ts";

/** What happened to a task. */
export type WebhookEventType = "task.succeeded" | "task.failed" | "task.expired";

const types: { readonly [state: string]: WebhookEventType } = {
  SUCCESS: "task.succeeded",
  FAILURE: "task.failed",
  EXPIRED: "task.expired",
};

/** The body of a webhook. */
export interface WebhookEvent {
  /** What happened. */
  readonly type: WebhookEventType;
  /** When, in ISO 8601. */
  readonly timestamp: string;
  /** What is known of the task, as `GET /tasks/:id` tells it. */
  readonly data: TaskView;
  /** Whether `args`, `result`, `meta` and `log` were left out, since they are large. */
  readonly truncated?: true;
}

/** The largest body: what is larger goes without what makes it so (characters). */
const largest = 131_072;

/** The event of a task that has ended. Of a sealed one nothing is told that is sealed. */
export function eventOf(
  record: TaskRecord,
  tasks: ReadonlyMap<string, TaskDefinition>,
  isSealed: boolean,
): WebhookEvent {
  const type = types[record.state]!;
  const timestamp = timeText(record.finishedAt ?? record.sentAt);
  const data = viewOf(record, tasks);
  if (isSealed) return { type, timestamp, data: withoutContents(data) };
  if (JSON.stringify(data).length <= largest) return { type, timestamp, data };
  const { error } = data;
  const { attempts: _, ...rest } = withoutContents(data);
  const short = error && { type: error.type, message: error.message.slice(0, 1000) };
  return { type, timestamp, data: { ...rest, ...(short ? { error: short } : {}) }, truncated: true };
}

/** Without anything that a handler was given, returned or said. */
function withoutContents(
  { args: _args, result: _result, meta: _meta, log: _log, error: _error, ...view }: TaskView,
): TaskView {
  const { attempts, ...rest } = view;
  if (!attempts) return rest;
  return { ...rest, attempts: attempts.map(({ error: _, ...attempt }) => attempt) };
}
