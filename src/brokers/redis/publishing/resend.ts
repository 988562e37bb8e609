/**
 * Sends dead letters again: messages go into their queues in place of records that say that they failed.
 *
 * @module
 */
import type { Resending } from "../../../ports/dead_letters.ts";
import type { Message } from "../../../message.ts";
import type { Caller } from "../connection/caller.ts";
import { recordingArg } from "../journal/journal_keys.ts";
import type { Keys } from "../keys.ts";
import { memberOf } from "../records/letter.ts";
import { addingKeys, chunks, type Prepared } from "./prepared.ts";
import { waitingRecord } from "../records/record.ts";
import type { Records } from "../records/records.ts";
import { resend } from "../scripts/dead_letters.ts";

/** What sending again needs of the broker. */
export interface ResendingOptions {
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts that may ask for more keys. */
  readonly caller: Caller;
  /** Reads records. */
  readonly records: Records;
  /** The broker's time. */
  readonly now: () => Promise<number>;
}

/** What the script says of a letter that was to be sent again. */
const resendings: { readonly [status: string]: Resending } = {
  S: "resent",
  E: "exists",
  A: "not_failed",
  U: "unknown",
};

/** Puts messages in place of their records. */
export async function resendLetters(messages: readonly Message[], options: ResendingOptions): Promise<Resending[]> {
  const answers: Resending[] = [];
  for (const part of chunks(messages)) answers.push(...await resendPart(part, options));
  return answers;
}

async function resendPart(
  messages: readonly Prepared[],
  { keys, caller, records, now: ask }: ResendingOptions,
): Promise<Resending[]> {
  const before = await records.read(messages.map(({ message }) => message.id));
  const now = await ask();
  const { journal } = keys;
  const queues = new Map<string, number>();
  const own = new Set<string>();
  const items = messages.flatMap(({ message, entry }, index) => {
    const { id, queue, priority, nonce = "", unique, parentId } = message;
    const known = before[index];
    const number = queues.get(queue) ?? queues.size + 1;
    queues.set(queue, number);
    const page = keys.page(id);
    const record = keys.record(id);
    const uniqueKey = unique === undefined ? "" : keys.unique(unique.key);
    const children = parentId === undefined ? "" : keys.children(parentId);
    for (const key of [page, record, uniqueKey, children]) if (key !== "") own.add(key);
    return [
      page,
      id,
      String(number),
      String(priority),
      waitingRecord(message, ""),
      nonce,
      entry,
      record,
      known?.state === "FAILURE" ? memberOf(known) : "",
      uniqueKey,
      unique === undefined ? "" : String(unique.for),
      parentId ?? "",
    ];
  });
  const reply = await caller.call(
    resend,
    () => [
      keys.map,
      keys.letters,
      keys.pageNames,
      ...new Set([...own, ...addingKeys(keys, messages, now), ...journal.needed(journal.recording(), now)]),
    ],
    () => [
      ...[keys.prefix, String(now), String(queues.size), recordingArg(journal.recording(), undefined)],
      ...queues.keys(),
      ...items,
    ],
  );
  caller.learn(reply, 2);
  return Array.from(reply[1]!, (status) => resendings[status]!);
}
