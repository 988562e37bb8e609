/**
 * The messages of tasks whose records do not hold them: where they wait, and in workers' hands.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../../../ports/task_record.ts";
import type { Message } from "../../../message.ts";
import { decodeEntry } from "../records/record.ts";
import type { Records } from "../records/records.ts";
import { held, type RunningOptions } from "./running.ts";
import type { WaitingReader } from "./waiting_reader.ts";

/** Where they are looked for. */
export interface MessagesOptions extends RunningOptions {
  /** Reads records. */
  readonly records: Records;
  /** Reads what waits. */
  readonly reader: WaitingReader;
}

/** The messages of these tasks, in the same order: of one that was revoked, as long as no turn has met it. */
export async function messagesOf(
  ids: readonly string[],
  { records, reader, ...options }: MessagesOptions,
): Promise<(Message | undefined)[]> {
  const known = await records.read(ids);
  const open = new Map(known.flatMap((record) => record && isOpen(record) ? [[record.id, record]] : []));
  const found = new Map<string, Message>();
  const note = (message: Message) => {
    if (open.delete(message.id)) found.set(message.id, message);
  };
  if (open.size > 0) { for (const { entry } of await reader.seek(open)) note(decodeEntry(entry).message); }
  // The way that tasks go: what was not in its queue any more is in a worker's hands.
  if (open.size > 0) {
    for await (const part of held(undefined, options)) {
      for (const message of part) note(message);
      if (open.size === 0) break;
    }
  }
  return ids.map((id) => found.get(id));
}

function isOpen({ state, message }: TaskRecord): boolean {
  return !message && (!isFinal(state) || state === "REVOKED");
}
