/**
 * Revoking tasks: by their ids or by a filter, with their children where that is asked for.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import type { Revocation, RevokeOptions } from "../ports/control.ts";
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import { checkName, checkTaskName, type Message } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { readBoolean, show } from "../options/values.ts";
import type { WaitingState } from "../ports/waiting.ts";

/** What revoking needs of an app. */
export interface RevokingApp {
  /** The broker. */
  readonly broker: Broker;
}

/** Which tasks: those that meet all of it. */
export interface RevokeFilter {
  /** The name of the task. */
  readonly task?: string;
  /** The queue it waits in, or was taken from. */
  readonly queue?: string;
  /** `STARTED` for one that a worker holds. */
  readonly state?: WaitingState | "STARTED";
  /** Sent longer ago than this. */
  readonly olderThan?: Duration;
}

/** What became of the tasks that a filter fits. */
export interface RevokeSummary {
  /** How many are revoked. */
  readonly revoked: number;
  /** How many had ended before they could be. */
  readonly ended: number;
}

/** So many tasks of a tree are looked at in one go. */
const part = 1000;

/**
 * Revokes tasks, and with `tree` all that their handlers sent as their children, and so on. The mark that keeps later
 * children from starting is set first: none is sent between it and the search.
 *
 * @returns What became of these, in the same order.
 * @throws {InvalidInput} When an id or option breaks its rule.
 */
export async function revokeTasks(
  app: RevokingApp,
  ids: readonly string[],
  options: RevokeOptions = {},
): Promise<Revocation[]> {
  const { terminate, tree } = readOptions(options);
  const answers = await revoke(app, ids.map((id) => checkName("id", id)), { terminate, tree });
  if (!tree) return answers;
  const seen = new Set(ids);
  // Those whose children are still to be found, the deepest last: never many more than one task has.
  const open = [...ids];
  while (open.length > 0) {
    const found = await app.broker.inspector.children(open.splice(-part));
    const children = found.flat().filter((id) => !seen.has(id));
    for (const id of children) seen.add(id);
    await revoke(app, children, { terminate, tree });
    for (const id of children) open.push(id);
  }
  return answers;
}

/**
 * Revokes what waits, is delayed or runs and fits a filter. All of it is looked through, a part at a time: what moves
 * from one place to another meanwhile, as a retry does, may be passed over.
 *
 * @throws {InvalidInput} When the filter says nothing, or something in it breaks its rule.
 */
export async function revokeMatching(
  app: RevokingApp,
  filter: RevokeFilter,
  options?: RevokeOptions,
): Promise<RevokeSummary> {
  const fits = readFilter(filter, await app.broker.now());
  const counts = { revoked: 0, ended: 0, unknown: 0 };
  const seen = new Set<string>();
  for await (const messages of candidates(app.broker, filter)) {
    const ids = messages.filter((message) => !seen.has(message.id) && fits(message)).map(({ id }) => id);
    for (const id of ids) seen.add(id);
    for (const answer of await revokeTasks(app, ids, options)) counts[answer]++;
  }
  return { revoked: counts.revoked, ended: counts.ended + counts.unknown };
}

/** First what waits, then what workers hold: the way that tasks go. */
async function* candidates(
  { waiting, inspector }: Broker,
  { task, queue, state }: RevokeFilter,
): AsyncGenerator<readonly Message[]> {
  if (state !== "STARTED") {
    const query = {
      ...(task === undefined ? {} : { task }),
      ...(queue === undefined ? {} : { queue }),
      ...(state === undefined ? {} : { state }),
      limit: listed,
    };
    let cursor: string | undefined;
    do {
      const page = await waiting.list({ ...query, ...(cursor === undefined ? {} : { cursor }) });
      yield page.tasks.map(({ message }) => message);
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  if (state === undefined || state === "STARTED") yield* inspector.running(queue);
}

function readFilter(filter: RevokeFilter, now: number): (message: Message) => boolean {
  checkKeys(filter, ["task", "queue", "state", "olderThan"], "part of a filter", "filter");
  const { task, queue, state, olderThan } = filter;
  if (task === undefined && queue === undefined && state === undefined && olderThan === undefined) {
    throw new InvalidInput("filter", "A filter must say which tasks are meant: by task, queue, state or olderThan");
  }
  if (task !== undefined) checkTaskName(task);
  if (queue !== undefined) checkName("queue", queue);
  if (state !== undefined && !states.includes(state)) {
    throw new InvalidInput("state", `state must be one of ${states.join(", ")}, and it is ${show(state)}`);
  }
  const before = olderThan === undefined ? Infinity : now - milliseconds(olderThan, "olderThan");
  return (message) => (task ?? message.task) === message.task && message.sentAt < before;
}

const states: readonly RevokeFilter["state"][] = ["SCHEDULED", "QUEUED", "RETRY", "STARTED"];
/** How many that wait are asked for at once. */
const listed = 500;

async function revoke({ broker }: RevokingApp, ids: readonly string[], options: RevokeOptions) {
  return ids.length === 0 ? [] : await broker.control.revoke(ids, options);
}

function readOptions(options: RevokeOptions): Required<RevokeOptions> {
  checkKeys(options, ["terminate", "tree"], "option of revoke");
  const { terminate = false, tree = false } = options;
  return { terminate: readBoolean(terminate, "terminate"), tree: readBoolean(tree, "tree") };
}
