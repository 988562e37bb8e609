/**
 * Since when messages wait.
 *
 * @module
 */
import { dueAt } from "../../../message.ts";
import type { Connection } from "../connection/connection.ts";
import { type Keys, readLayout } from "../keys.ts";
import { decodeEntry } from "../records/record.ts";
import { ends } from "../scripts/ends.ts";

/** The most lists of one request. */
const most = 250;

/**
 * By queue, since when the one at the ends of its lists that has waited longest may be taken.
 *
 * @param queues The queues' layouts, by name.
 */
export async function oldestOf(
  queues: ReadonlyMap<string, string>,
  { keys, connection }: { readonly keys: Keys; readonly connection: Connection },
): Promise<Map<string, number>> {
  const lists = [...queues].flatMap(([queue, layout]) =>
    readLayout(layout).lists.filter(({ count }) => count > 0).map((list) => ({ queue, ...list }))
  );
  const oldest = new Map<string, number>();
  for (let at = 0; at < lists.length; at += most) {
    const part = lists.slice(at, at + most);
    const names = part.flatMap(({ queue, priority, head, tail }) => [
      keys.list(queue, priority, head),
      keys.list(queue, priority, tail),
    ]);
    const entries = await connection.run(ends, names, [], undefined) as string[];
    for (const [index, entry] of entries.entries()) {
      // What left a list meanwhile, or lies there as a mark, waits no longer.
      if (!entry.includes("{")) continue;
      const { queue } = part[Math.floor(index / 2)]!;
      const since = dueAt(decodeEntry(entry).message);
      oldest.set(queue, Math.min(since, oldest.get(queue) ?? since));
    }
  }
  return oldest;
}
