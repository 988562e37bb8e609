/**
 * What waits or runs and may contain a text: only its entry tells.
 *
 * @module
 */
import type { Inspector } from "../../../ports/inspector.ts";
import type { Message } from "../../../message.ts";
import { decodeEntry } from "../records/record.ts";
import type { WaitingReader } from "./waiting_reader.ts";

/** Where it is looked for. */
export interface OpenEntries {
  /** Reads what waits. */
  readonly reader: WaitingReader;
  /** Reads what runs. */
  readonly inspector: Pick<Inspector, "running">;
}

/** How many parts of what waits are read: of some 20,000 entries each. */
const mostParts = 25;
/** How many messages are told. */
const mostFound = 5000;

/** The messages that may contain a text, in lower case: of what waits, the first 500,000, and of what runs. */
export async function messagesContaining(
  text: string,
  { queue, task }: { readonly queue?: string; readonly task?: string },
  { reader, inspector }: OpenEntries,
): Promise<ReadonlyMap<string, Message>> {
  const messages = new Map<string, Message>();
  const note = (message: Message) => {
    if (messages.size < mostFound && (task ?? message.task) === message.task) messages.set(message.id, message);
  };
  let parts = mostParts;
  for await (const { found } of reader.parts(mostFound, queue, undefined, text)) {
    for (const { entry } of found) note(decodeEntry(entry).message);
    if (--parts === 0 || messages.size === mostFound) break;
  }
  for await (const part of inspector.running(queue)) for (const message of part) note(message);
  return messages;
}
