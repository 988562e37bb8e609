/**
 * Which tasks a task sent as its children.
 *
 * @module
 */
import type { Connection } from "./connection/connection.ts";
import type { Keys } from "./keys.ts";
import { children } from "./scripts/children.ts";

/** The most tasks of one request. */
const most = 500;

/** The ids of the children of each. */
export async function childrenOf(
  ids: readonly string[],
  { keys, connection }: { readonly keys: Keys; readonly connection: Connection },
): Promise<string[][]> {
  const found: string[][] = ids.map(() => []);
  for (let at = 0; at < ids.length;) {
    const part = ids.slice(at, at + most);
    const from = part.map((_, index) => String(found[at + index]!.length));
    const lists = part.map((id) => keys.children(id));
    const [done, ...texts] = await connection.run(children, lists, from, undefined) as string[];
    for (const [index, text] of texts.entries()) if (text !== "") found[at + index]!.push(...text.split(" "));
    at += Number(done);
  }
  // One that was sent again is noted once more.
  return found.map((children) => [...new Set(children)]);
}
