/**
 * The message of a task: its record holds it, or will once a worker has met it.
 *
 * @module
 */
import type { Message } from "../message.ts";
import type { Broker } from "./broker.ts";
import type { TaskRecord } from "./task_record.ts";

/** The message of a record's task; `undefined` when it is not known any more. */
export async function messageOf(
  { inspector }: Pick<Broker, "inspector">,
  { id, state, message }: TaskRecord,
): Promise<Message | undefined> {
  if (message || state === "SUCCESS" || state === "FAILURE" || state === "EXPIRED") return message;
  return (await inspector.messages([id]))[0];
}
