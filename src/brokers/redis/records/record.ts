/**
 * How a task's record and entry are written. A record is `<letter><words>\t<JSON>`: the letter is the state, the words
 * are for scripts, the JSON is for clients:
 *
 * - ` c<client>` waits for the end
 * - ` u<client>` hears of every change
 * - ` n<nonce>` tells repetitions of a publish, ` m<nonce>` those of the last change while it waited
 * - ` l` says that the whole record lies elsewhere, since it is large or a dead letter
 * - ` k` says that it holds a unique key, so that the map may note that a worker has taken it
 * - ` t` says that it was revoked with its tree
 * - ` f<time>` tells when the first of those was sent that replaced one another
 *
 * In the JSON a tab, which is mere space there, parts what brokers and workers say from what users do: up to
 * it, or to the end, each member's name is found once, and scripts that count may look at them.
 *
 * @module
 */
import { isFinal, type TaskRecord, type TaskState } from "../../../ports/task_record.ts";
import { readId } from "../../../id.ts";
import { decodeMessage, defaultQueue, encodeMessage, type Message } from "../../../message.ts";
import { withoutAttempts } from "../../../policies/attempts.ts";

const letters: Record<string, string> = {
  SCHEDULED: "Q",
  QUEUED: "Q",
  STARTED: "T",
  RETRY: "R",
  SUCCESS: "S",
  FAILURE: "F",
  REVOKED: "X",
  EXPIRED: "E",
};
const states: Record<string, TaskState> = {
  Q: "QUEUED",
  T: "STARTED",
  R: "RETRY",
  S: "SUCCESS",
  F: "FAILURE",
  X: "REVOKED",
  E: "EXPIRED",
};
/** The letter of a state that a handler made up; its name is in the JSON. */
const ownState = "P";

/** The letter of a state; others may have the same one. */
export function letterOfState(state: TaskState): string {
  return letters[state] ?? ownState;
}

/** How long a record stays when nothing else was said: a day (ms). */
export const usualKeep = 86_400_000;
/** The least time a record stays, result or not: the memory against repetitions that come late (ms). */
const leastKeep = 60_000;

/** The record of a message that was just published. Small: there is one for each waiting message. */
export function waitingRecord(message: Message, words: string): string {
  const { id, task, queue, sentAt, resentAt, eta, unique } = message;
  const known = readId(id)?.madeAt === sentAt;
  return `Q${words}${unique === undefined ? "" : " k"}\t` + JSON.stringify({
    task,
    ...(queue === defaultQueue ? {} : { queue }),
    ...(known ? {} : { sentAt }),
    ...(resentAt === undefined ? {} : { resentAt }),
    ...(eta === undefined ? {} : { eta }),
    ...(unique === undefined || unique.states === "any" ? {} : { unique: unique.key }),
  });
}

/** The text of a record, with no words. */
export function encodeRecord(record: TaskRecord): string {
  const { id, state, queue, sentAt, retries, result, error, attempts, meta, log, encoded, message, ...rest } = record;
  const letter = letters[state] ?? ownState;
  const plain = JSON.stringify({
    ...rest,
    ...(letter === ownState ? { state } : {}),
    ...(queue === defaultQueue ? {} : { queue }),
    ...(readId(id)?.madeAt === sentAt ? {} : { sentAt }),
    ...(retries === 0 ? {} : { retries }),
  });
  const users = { result, error, attempts, meta, log, encoded };
  const own = JSON.stringify(message ? { ...users, message: encodeMessage(message) } : users);
  return `${letter}\t${own === "{}" ? plain : `${plain.slice(0, -1)},\t${own.slice(1)}`}`;
}

/** From so many characters on a record that has ended lies on a key of its own: no page may grow towards 100 MB. */
export const largest = 32_768;

/**
 * What stands on the common page in the place of a record that lies on a key of its own, since it is large, or a dead
 * letter, which is not to keep others for as long as it stays itself; `undefined` for another.
 */
export function encodeInPlace(record: TaskRecord, text: string): string | undefined {
  if (!isFinal(record.state) || (text.length <= largest && record.state !== "FAILURE")) return undefined;
  const { id, task, state, queue, sentAt, resentAt, retries, startedAt, finishedAt, keep, worker, unique } = record;
  return encodeRecord({
    ...{ id, task, state, queue, sentAt, retries },
    ...(resentAt === undefined ? {} : { resentAt }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(keep === undefined ? {} : { keep }),
    ...(worker === undefined ? {} : { worker }),
    ...(unique === undefined ? {} : { unique }),
  });
}

/** Whether a text stands in the place of a record that lies elsewhere: the script that wrote it says so in its head. */
export function isElsewhere(text: string): boolean {
  return text.slice(0, text.indexOf("\t")).split(" ").includes("l");
}

/** When the common page of a record that has ended may go: a dead letter's does not wait for it. 0 for another. */
export function pageEndOf(record: TaskRecord, now: number): number {
  const end = endOf(record, now);
  return record.state === "FAILURE" && readId(record.id) ? Math.min(end, now + usualKeep) : end;
}

/** When a record that says the task has ended may go: 0 for another. */
export function endOf(record: TaskRecord, now: number): number {
  return isFinal(record.state) ? now + Math.max(record.keep ?? usualKeep, leastKeep) : 0;
}

/** The record of a text; `undefined` when its time is over. */
export function decodeRecord(id: string, text: string, now: number): TaskRecord | undefined {
  const tab = text.indexOf("\t");
  if (tab === -1) return undefined;
  const { message, entry, ...wire } = JSON.parse(text.slice(tab + 1));
  const record: TaskRecord = {
    id,
    queue: defaultQueue,
    sentAt: readId(id)?.madeAt ?? 0,
    retries: 0,
    ...wire,
    state: states[text[0]!] ?? wire.state,
    ...(message === undefined ? {} : { message: decodeMessage(id, message) }),
    // A script that ends a task has no more than its entry.
    ...(entry === undefined ? {} : { message: withoutAttempts(decodeEntry(entry).message) }),
  };
  if (record.state === "QUEUED" && (record.eta ?? 0) > now) return { ...record, state: "SCHEDULED" };
  // What stands in a letter's place, and the letter is gone, is known for as long as its page.
  const end = isElsewhere(text) ? pageEndOf : endOf;
  if (isFinal(record.state) && now > end(record, record.finishedAt ?? now)) return undefined;
  return record;
}

/** The lane that a message waits in: the limits that it names; empty for none. */
export function laneOf({ limits = [] }: Message): string {
  return limits.join(",");
}

/** The entry of a message: what lies in a queue. */
export function encodeEntry(message: Message, deaths: number): string {
  const { limits: _limits, lifo, ...rest } = message;
  const mark = `${message.unique ? "$" : ""}${lifo ? "^" : ""}${laneOf(message)}`;
  return `${message.priority}|${deaths}|${message.id}|${mark}${encodeMessage(rest)}`;
}

/** The message of an entry, and how many workers died while they held it. */
export function decodeEntry(entry: string): { readonly message: Message; readonly deaths: number } {
  const afterDeaths = entry.indexOf("|", 2);
  const afterId = entry.indexOf("|", afterDeaths + 1);
  const brace = entry.indexOf("{", afterId);
  const message = decodeMessage(entry.slice(afterDeaths + 1, afterId), entry.slice(brace));
  return {
    message: brace === afterId + 1 ? message : withMark(message, entry.slice(afterId + 1, brace)),
    deaths: Number(entry.slice(2, afterDeaths)),
  };
}

function withMark(message: Message, mark: string): Message {
  const lane = mark.replace(/^[$^]+/, "");
  return Object.freeze({
    ...message,
    ...(lane === "" ? {} : { limits: Object.freeze(lane.split(",")) }),
    ...(mark.includes("^") ? { lifo: true as const } : {}),
  });
}
