/**
 * How long a task may wait for its start once it is due: `timeouts: { start }`.
 *
 * `expires` is a point in time, counted from the sending, for all tries together. This counts anew each time that the
 * task is due: after its delay, and after each retry's. What was started is in time, so that a task comes back however
 * long it ran when its worker died over it, or handed it back.
 *
 * @module
 */
import { dueAt, type Message } from "../message.ts";

/** Whether a message waited too long for its start. */
export function isTooLate({ startTimeout, ...message }: Message, deaths: number, now: number): boolean {
  return startTimeout !== undefined && deaths === 0 && dueAt(message) + startTimeout < now;
}

/** A message whose run is handed back: it is due from now on. */
export function dueAgain(message: Message, now: number): Message {
  return message.startTimeout === undefined ? message : Object.freeze({ ...message, eta: now });
}
