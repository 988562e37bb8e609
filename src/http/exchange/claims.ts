/**
 * What a message claims beside its task: a unique key, places of limits, a parent in a tree. The broker takes a message at
 * its word; so for a caller that may not do everything, each claim must be one that this app would make for that task.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { InvalidInput } from "../../errors.ts";
import { withoutKey } from "../../limits/limit.ts";
import { isOfQueue, readLimitName } from "../../limits/name.ts";
import type { Message } from "../../message.ts";
import { type Caller, forbidden } from "../access/caller.ts";
import { mayWork } from "./identity.ts";

/** What claims are measured by. */
export type ClaimingApp = Pick<Umbel, "tasks" | "limits" | "broker">;

/**
 * A message with the limits that this app's tasks and queues have for it, whatever its sender left out.
 *
 * @throws {InvalidInput} When it claims what is another task's.
 */
export function ownClaims({ tasks, limits }: Pick<ClaimingApp, "tasks" | "limits">, message: Message): Message {
  const { task, queue, unique, limits: named = [] } = message;
  if (unique && !isOwnKey(unique.key, task, tasks.keys())) {
    throw new InvalidInput(
      "unique.key",
      `unique.key of task ${JSON.stringify(task)} must begin with its name, and it is ${JSON.stringify(unique.key)}`,
    );
  }
  for (const name of named) {
    if (readLimitName(name)?.of === (isOfQueue(name) ? queue : task)) continue;
    throw new InvalidInput(
      "limits",
      `limits must be those of task ${JSON.stringify(task)} or of queue ${JSON.stringify(queue)}, and one is ${
        JSON.stringify(name)
      }`,
    );
  }
  if (!message.encoded) return limits.renamed(tasks.get(task), message);
  // The arguments say which key counts, and only who has the codec's key can read them.
  const missing = limits.basesFor(tasks.get(task), queue).find((base) =>
    !named.some((name) => withoutKey(name) === base)
  );
  if (missing === undefined) return message;
  throw new InvalidInput("limits", `limits of task ${JSON.stringify(task)} must have ${JSON.stringify(missing)}`);
}

/** Keys are `<task>:…` or `<task>@<queue>:…`; those of a task whose name is longer are its own. */
function isOwnKey(key: string, task: string, others: Iterable<string>): boolean {
  const begins = (name: string) => key.startsWith(`${name}:`) || key.startsWith(`${name}@`);
  if (!begins(task)) return false;
  for (const name of others) if (name.length > task.length && begins(name)) return false;
  return true;
}

/**
 * Checks the parents that messages name: what is sent as a child is shown in its tree, is revoked with it, and takes one of
 * the places that a tree has. A worker's handlers send children of what they run; whoever controls may revoke any tree.
 *
 * @throws {Refusal} 403, when the caller may not.
 */
export async function checkParents(
  { broker }: Pick<ClaimingApp, "broker">,
  messages: readonly Message[],
  caller: Caller,
): Promise<void> {
  const parents = new Set<string>();
  for (const { parentId, rootId } of messages) {
    if (parentId !== undefined) parents.add(parentId);
    else if (rootId !== undefined) throw new InvalidInput("rootId", "rootId is said with parentId, and not without");
  }
  if (parents.size === 0 || caller.may("control")) return;
  const ids = [...parents];
  if (!caller.may("work")) throw forbidden(`send a child of task ${ids[0]}: it takes the scope work`, caller);
  if (!caller.queues) return;
  const records = await broker.fetch(ids);
  const wrong = ids.find((_, index) => !records[index] || !mayWork(caller, records[index].queue));
  if (wrong !== undefined) throw forbidden(`send a child of task ${wrong}, which is of none of its queues`, caller);
}

/**
 * What a settlement sends, by a worker that may not do everything: its children are those of the task that it settles.
 *
 * @throws {InvalidInput}
 */
export function checkFollowUp(app: Pick<ClaimingApp, "tasks" | "limits">, sent: Message, settled: Message): Message {
  const { parentId, rootId } = sent;
  const isOwn = parentId === undefined
    ? rootId === undefined
    : parentId === settled.id && rootId === (settled.rootId ?? settled.id);
  if (!isOwn) {
    throw new InvalidInput(
      "settlements[].followUps[].parentId",
      `parentId and rootId of what is sent with task ${settled.id} must be that task and its root, or absent`,
    );
  }
  return ownClaims(app, sent);
}

/** A message that is put back, with the claims that it was delivered with. */
export function withClaimsOf(before: Message, again: Message): Message {
  const { unique: _unique, limits: _limits, parentId: _parentId, rootId: _rootId, ...rest } = again;
  const { unique, limits, parentId, rootId } = before;
  return {
    ...rest,
    ...(unique === undefined ? {} : { unique }),
    ...(limits === undefined ? {} : { limits }),
    ...(parentId === undefined ? {} : { parentId }),
    ...(rootId === undefined ? {} : { rootId }),
  };
}
