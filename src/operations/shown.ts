/**
 * What of a task may be shown, and found by whoever looks for a text.
 *
 * @module
 */
import type { TaskRecord } from "../ports/task_record.ts";
import type { Json } from "../json.ts";
import type { Message } from "../message.ts";
import { redactArgs } from "../policies/redact.ts";
import type { TaskDefinition } from "../tasks/task.ts";
import { readable } from "../wire/readable.ts";

/** A message says itself what is kept out, for those who do not have its task; only a function has to be asked. */
export function shownArgs(
  { args, task, redact }: Message,
  tasks: ReadonlyMap<string, TaskDefinition> | undefined,
): Json {
  return readable(redactArgs(args, tasks?.get(task)?.settings.redact ?? redact));
}

/**
 * Whether a text stands in what is shown of a task's arguments, result or error, upper and lower case being the same: in
 * their JSON, or in a text of it.
 */
export function showsText(
  { result, error }: TaskRecord,
  message: Message | undefined,
  text: string,
  tasks: ReadonlyMap<string, TaskDefinition>,
): boolean {
  const shown = [
    ...(message && !message.encoded ? [JSON.stringify(shownArgs(message, tasks))] : []),
    ...(result === undefined ? [] : [JSON.stringify(readable(result))]),
    ...(error && !error.encoded ? [JSON.stringify(`${error.type}: ${error.message}`)] : []),
  ].map((one) => one.toLowerCase());
  const plain = text.toLowerCase();
  const quoted = JSON.stringify(plain).slice(1, -1);
  return shown.some((one) => one.includes(plain) || one.includes(quoted));
}
