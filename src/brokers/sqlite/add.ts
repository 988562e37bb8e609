/**
 * How a message comes to where it waits.
 *
 * @module
 */
import { encodeMessage, type Message } from "../../message.ts";
import { laneOf, type Lanes } from "./lanes.ts";
import type { Statements } from "./statements.ts";

/** What adding needs of the verb at work. */
export interface Adding {
  /** The time. */
  readonly now: number;
  /** The lanes, as this verb knows them. */
  readonly lanes: Lanes;
}

/** A message comes to the end of its queue or lane, or to the head if it is `lifo`; or it is delayed. */
export function add(statements: Statements, message: Message, deaths: number, { now, lanes }: Adding): void {
  const { addFirst, addLast, addMessage } = statements;
  const { id, queue, priority, eta = 0, lifo } = message;
  const lane = laneOf(message);
  const due = eta > now ? eta : 0;
  const text = encodeMessage(message);
  if (lane === null && !lifo) {
    addMessage.run(id, queue, priority, due, deaths, text);
    return;
  }
  (lifo && due === 0 ? addFirst : addLast).run(id, queue, priority, due, deaths, lane, lifo ? 1 : 0, text);
  if (lane !== null && due === 0) lanes.arrive({ queue, priority, lane });
}
