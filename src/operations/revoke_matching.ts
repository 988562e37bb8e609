/**
 * Revoking all tasks that a filter fits.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import type { Message } from "../message.ts";
import { type Duration, milliseconds } from "../options/duration.ts";
import { checkKeys } from "../options/keys.ts";
import { readWhole, show } from "../options/values.ts";
import type { Broker } from "../ports/broker.ts";
import type { RevokeOptions } from "../ports/control.ts";
import { fitsListing, type ListingFilter } from "../ports/listing.ts";
import { isFinal, type TaskRecord } from "../ports/task_record.ts";
import type { WaitingState } from "../ports/waiting.ts";
import { revokeTasks, type RevokingApp } from "./revoking.ts";
import { filterNames, hasText, openFound, readFilter, type SearchedApp, type SearchFilter } from "./search.ts";

/**
 * Which tasks: those that meet all of it, and have not ended. The state `STARTED` is that of all that a worker holds,
 * whatever they say of themselves.
 */
export interface RevokeFilter extends SearchFilter {
  /** Sent longer ago than this. */
  readonly olderThan?: Duration;
}

/** How tasks are revoked that a filter fits. */
export interface RevokeMatchingOptions extends RevokeOptions {
  /**
   * How many at most.
   *
   * @default {all}
   */
  readonly limit?: number;
}

/** What became of the tasks that a filter fits. */
export interface RevokeSummary {
  /** How many are revoked. */
  readonly revoked: number;
  /** How many had ended before they could be. */
  readonly ended: number;
  /** Present when there were more than `limit`: the same once more revokes others. */
  readonly more?: true;
}

/** A task that has not ended, as far as it is known where it was found. */
interface Candidate {
  readonly message: Message;
  /** Absent for one that a worker holds. */
  readonly record?: TaskRecord;
}

/** What is asked of candidates. */
interface Question {
  readonly filter: Omit<ListingFilter, "states">;
  readonly states: readonly string[] | undefined;
  readonly text: string | undefined;
}

const waitingStates: readonly WaitingState[] = ["QUEUED", "SCHEDULED", "RETRY"];
/** How many that wait are asked for at once. */
const listed = 500;

/**
 * Revokes what waits, is delayed or runs and fits a filter. All of it is looked through, a part at a time: what moves
 * from one place to another meanwhile, as a retry does, may be passed over.
 *
 * @throws {InvalidInput} When the filter says nothing, or something in it breaks its rule.
 */
export async function revokeMatching(
  app: RevokingApp & SearchedApp,
  filter: RevokeFilter,
  { limit, ...options }: RevokeMatchingOptions = {},
): Promise<RevokeSummary> {
  const most = limit === undefined ? Infinity : readWhole(limit, "limit", 1);
  const question = readQuestion(filter, await app.broker.now());
  const counts = { revoked: 0, ended: 0, unknown: 0 };
  const seen = new Set<string>();
  for await (const found of candidates(app.broker, question)) {
    const fitting = await fitsOf(app, found.filter(({ message: { id } }) => !seen.has(id)), question);
    const left = most - seen.size;
    const ids = fitting.slice(0, left).map(({ message: { id } }) => id);
    for (const id of ids) seen.add(id);
    for (const answer of await revokeTasks(app, ids, options)) counts[answer]++;
    if (fitting.length > left) return { ...summaryOf(counts), more: true };
  }
  return summaryOf(counts);
}

function summaryOf({ revoked, ended, unknown }: { revoked: number; ended: number; unknown: number }): RevokeSummary {
  return { revoked, ended: ended + unknown };
}

/** First what waits, then what workers hold: the way that tasks go. */
async function* candidates(
  { waiting, inspector }: Broker,
  { filter: { task, queue }, states }: Question,
): AsyncGenerator<readonly Candidate[]> {
  const wanted = waitingStates.filter((state) => states?.includes(state) ?? true);
  if (wanted.length > 0) {
    const query = {
      ...(task === undefined ? {} : { task }),
      ...(queue === undefined ? {} : { queue }),
      ...(wanted.length === 1 ? { state: wanted[0]! } : {}),
      limit: listed,
    };
    let cursor: string | undefined;
    do {
      const page = await waiting.list({ ...query, ...(cursor === undefined ? {} : { cursor }) });
      yield page.tasks.filter(({ record }) => wanted.includes(record.state));
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  if (states?.every((state) => waitingStates.includes(state as WaitingState))) return;
  for await (const messages of inspector.running(queue)) yield messages.map((message) => ({ message }));
}

/** Those of them that fit. */
async function fitsOf(
  app: SearchedApp,
  found: readonly Candidate[],
  { filter: { queue: _, ...filter }, states, text }: Question,
): Promise<readonly Candidate[]> {
  // What a worker holds is in no state that its message tells; it is asked for where that is needed.
  const own = states !== undefined && !states.includes("STARTED");
  const asks = own || filter.worker !== undefined;
  const held = found.filter(({ record }) => !record);
  const known = asks && held.length > 0 ? await app.broker.fetch(held.map(({ message: { id } }) => id)) : [];
  const records = new Map(known.flatMap((record) => record ? [[record.id, record] as const] : []));
  const fits = await Promise.all(found.map(async ({ message, record: waits }) => {
    const { id, task, queue, sentAt, retries } = message;
    const record = waits ?? records.get(id) ?? { id, task, queue, sentAt, retries, state: "STARTED" };
    if (!fitsListing(record, filter) || own && !states.includes(record.state)) return false;
    return text === undefined || hasText(app, await openFound(app, { record, message }), text);
  }));
  return found.filter((_, index) => fits[index]);
}

function readQuestion({ olderThan, ...search }: RevokeFilter, now: number): Question {
  checkKeys(search, filterNames, "part of a filter", "filter");
  if (olderThan === undefined && Object.values(search).every((value) => value === undefined)) {
    throw new InvalidInput(
      "filter",
      `A filter must say which tasks are meant: by ${filterNames.join(", ")} or olderThan`,
    );
  }
  const { states, contains: _, ...filter } = readFilter(search);
  const ended = states?.find(isFinal);
  if (ended !== undefined) {
    throw new InvalidInput("state", `state must be one of tasks that have not ended, and it is ${show(ended)}`);
  }
  const before = olderThan === undefined ? undefined : now - milliseconds(olderThan, "olderThan");
  const to = before === undefined ? filter.to : Math.min(before, filter.to ?? Infinity);
  return { filter: { ...filter, ...(to === undefined ? {} : { to }) }, states, text: search.text };
}
