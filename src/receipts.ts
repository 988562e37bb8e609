/**
 * What the receipts of calls say to their sender: some are errors.
 *
 * @module
 */
import type { Receipt } from "./broker.ts";
import { AlreadyExists, QueueFull } from "./errors.ts";
import type { Message } from "./message.ts";

/**
 * Refuses what was not added and should have been; the first such call decides on the error.
 *
 * @throws {QueueFull} When a queue takes no more.
 * @throws {AlreadyExists} When there is one that is the same, and its task wants to hear of it.
 */
export function checkReceipts(messages: readonly Message[], receipts: readonly Receipt[]): void {
  for (const [index, { id, status }] of receipts.entries()) {
    const { id: sent, task, queue, unique } = messages[index]!;
    if (status === "full") {
      throw new QueueFull(`Queue ${JSON.stringify(queue)} is full: ${notSent(receipts)}`, { queue, calls: receipts });
    }
    if (status === "exists" && id !== sent && unique?.on === "reject") {
      throw new AlreadyExists(`Task ${JSON.stringify(task)} is there already, as ${id}: ${notSent(receipts)}`, {
        id,
        calls: receipts,
      });
    }
  }
}

function notSent(receipts: readonly Receipt[]): string {
  const added = receipts.filter(({ status }) => status === "added").length;
  return receipts.length === 1 ? "the call was not sent" : `of ${receipts.length} calls ${added} were added`;
}
