/**
 * What a caller may take, and by which name.
 *
 * @module
 */
import { checkName } from "../../message.ts";
import type { Caller } from "../access/caller.ts";
import { forbidden } from "../access/caller.ts";

/**
 * The name that a caller's worker has in the broker: that of its token stands before it, so that no token can take a turn
 * of another one's worker. Whoever may do everything anyway has the names as they are.
 *
 * @throws {InvalidInput} When it is none, or too long together.
 */
export function workerOf(caller: Caller, worker: string): string {
  checkName("worker", worker);
  if (caller.may("admin")) return worker;
  // No two names of tokens have the same beginning: a `+` of their own is written otherwise.
  const owner = encodeURIComponent(caller.name).replace(/[.!~*'()]/g, (sign) => "%" + sign.charCodeAt(0).toString(16));
  return checkName("worker", `${owner}+${worker}`);
}

/** Refuses queues that a caller's `work` does not reach. @throws {Refusal} 403. */
export function mustWork(caller: Caller, queues: readonly string[]): void {
  const wrong = queues.find((queue) => !mayWork(caller, queue));
  if (wrong !== undefined) throw forbidden(`work on the queue ${JSON.stringify(wrong)}`, caller);
}

/** Whether a caller may take from a queue and put back into it. */
export function mayWork({ queues }: Caller, queue: string): boolean {
  return queues === undefined || queues.includes(queue);
}
