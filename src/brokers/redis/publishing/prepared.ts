/**
 * Messages on their way into their queues.
 *
 * @module
 */
import { byteLength } from "../../../json.ts";
import type { Message } from "../../../message.ts";
import type { Keys } from "../keys.ts";
import { encodeEntry, laneOf } from "../records/record.ts";

/** The most messages of one request, and the most bytes of all of them: quoted once more they stay below 10 MB. */
export const most = { messages: 2000, bytes: 4 * 1024 * 1024 };

/** A message and its entry. */
export interface Prepared {
  /** The message. */
  readonly message: Message;
  /** What lies in its queue. */
  readonly entry: string;
}

/** Messages with their entries. */
export function* prepared(messages: readonly Message[]): Generator<Prepared> {
  for (const message of messages) yield { message, entry: encodeEntry(message, 0) };
}

/** The same, in parts of one request each. */
export function* chunks(messages: readonly Message[]): Generator<Prepared[]> {
  let part: Prepared[] = [];
  let bytes = 0;
  for (const { message, entry } of prepared(messages)) {
    // Measured only where it matters: a character takes 3 bytes at most.
    const size = entry.length < 10_000 ? entry.length * 3 : byteLength(entry);
    if (part.length === most.messages || (part.length > 0 && bytes + size > most.bytes)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push({ message, entry });
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/** The keys that messages need that are added to their queues. */
export function addingKeys(keys: Keys, messages: readonly Prepared[], now: number): string[] {
  const sums = new Map<string, { queue: string; priority: number; entries: number; bytes: number }>();
  const needed = new Set<string>();
  for (const { message, entry } of messages) {
    const { queue, priority, eta } = message;
    const lane = laneOf(message);
    if (lane !== "") {
      for (const key of keys.addingToLane(queue, priority, lane)) needed.add(key);
      if ((eta ?? 0) > now) { for (const key of keys.delaying(queue)) needed.add(key); }
      continue;
    }
    keys.use(queue, priority);
    if ((eta ?? 0) > now) {
      for (const key of keys.delaying(queue)) needed.add(key);
    }
    const name = `${priority}${queue}`;
    const sum = sums.get(name) ?? { queue, priority, entries: 0, bytes: 0 };
    sums.set(name, { ...sum, entries: sum.entries + 1, bytes: sum.bytes + 3 * entry.length });
  }
  for (const { queue, priority, entries, bytes } of sums.values()) {
    for (const key of keys.adding(queue, priority, entries, bytes)) needed.add(key);
  }
  return [...needed];
}
