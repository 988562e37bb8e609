/**
 * The messages of tasks that have not ended: their records do not hold them.
 *
 * @module
 */
import type { Inspector } from "./inspector.ts";
import type { Message } from "../message.ts";
import type { Waiting } from "./waiting.ts";

/** Where they are looked for. */
export interface OpenPlaces {
  /** What waits. */
  readonly waiting: Pick<Waiting, "find">;
  /** What runs. */
  readonly inspector: Pick<Inspector, "running">;
}

/** The messages of these tasks by their ids, as far as they are found: one that moves meanwhile may be passed over. */
export async function openMessages(
  { waiting, inspector }: OpenPlaces,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Message>> {
  const messages = new Map<string, Message>();
  if (ids.length === 0) return messages;
  const held = new Set<string>();
  const findings = await waiting.find(ids);
  for (const [index, finding] of findings.entries()) {
    if (typeof finding === "object") messages.set(ids[index]!, finding.message);
    else if (finding === "running") held.add(ids[index]!);
  }
  if (held.size === 0) return messages;
  for await (const part of inspector.running()) {
    for (const message of part) if (held.delete(message.id)) messages.set(message.id, message);
    if (held.size === 0) break;
  }
  return messages;
}
