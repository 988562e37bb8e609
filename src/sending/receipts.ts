/**
 * What the receipts of calls say to their sender: some are errors.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import type { Receipt } from "../ports/publishing.ts";
import { AlreadyExists, IdempotencyMismatch, QueueFull } from "../errors.ts";
import type { Message } from "../message.ts";

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

/**
 * Refuses a call under an idempotency key under which something else was called. What a dead letter was that has been
 * sent again nobody can say any more: then it is taken for the same.
 *
 * @param fetch What is known of tasks.
 * @throws {IdempotencyMismatch}
 */
export async function checkContents(
  messages: readonly Message[],
  receipts: readonly Receipt[],
  fetch: Broker["fetch"],
): Promise<void> {
  const others = messages.filter(({ id, idempotent }, index) =>
    idempotent !== undefined && receipts[index]!.status === "exists" && receipts[index]!.id === id
  );
  if (others.length === 0) return;
  const records = await fetch(others.map(({ id }) => id));
  for (const [index, { task }] of others.entries()) {
    if (records[index]?.resentAt !== undefined) continue;
    throw new IdempotencyMismatch(
      `Task ${JSON.stringify(task)} was called with other arguments or options under the same idempotency key`,
    );
  }
}

function notSent(receipts: readonly Receipt[]): string {
  const added = receipts.filter(({ status }) => status === "added").length;
  return receipts.length === 1 ? "the call was not sent" : `of ${receipts.length} calls ${added} were added`;
}
