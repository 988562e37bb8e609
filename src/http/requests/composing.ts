/**
 * Who says what a task is to run with sends it, whatever the way: by a periodic task, or by other arguments for a task
 * that is there. So that takes the scope `send` for its name, beside the one of the way.
 *
 * @module
 */
import type { Broker } from "../../ports/broker.ts";
import { refuseCallbackTask } from "../../callbacks/callbacks.ts";
import { checkName } from "../../message.ts";
import type { Caller } from "../access/caller.ts";

/**
 * Checks that a caller may say what tasks of this name run with.
 *
 * @throws {Refusal} 403, when it may not send them.
 * @throws {InvalidInput} When nobody may, since it is the app itself that says and signs what they tell.
 */
export function mustCompose(caller: Caller, task: string): void {
  refuseCallbackTask(task);
  caller.mustSend(task);
}

/** The same for tasks that are known by their ids; unknown ones have nothing to run with. */
export async function mustComposeAll(caller: Caller, broker: Broker, ids: readonly string[]): Promise<void> {
  for (const id of ids) checkName("id", id);
  for (const record of await broker.fetch(ids)) if (record) mustCompose(caller, record.task);
}
