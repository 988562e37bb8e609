/**
 * What becomes of a message whose task the worker does not know: it goes back with a delay that grows, so that it waits
 * for a worker of the right version without being lost and without keeping the others busy.
 *
 * @module
 */
import type { Message } from "../message.ts";

/** The first delay and the longest (ms). */
const delays = { first: 1000, longest: 300_000 };

/** The message as it goes back: later each time, up to 5 minutes. */
export function comeBackLater(message: Message, now: number): Message {
  const unknown = (message.unknown ?? 0) + 1;
  const delay = Math.min(delays.first * 2 ** (unknown - 1), delays.longest);
  return Object.freeze({ ...message, unknown, eta: now + delay });
}
