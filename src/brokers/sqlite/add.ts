/**
 * How a message comes to where it waits.
 *
 * @module
 */
import { readId } from "../../id.ts";
import { encodeMessage, type Message } from "../../message.ts";
import type { TaskRecord } from "../../ports/task_record.ts";
import { sentEvent } from "../told.ts";
import { laneOf, type Lanes } from "./lanes/lanes.ts";
import { encodeRecord } from "./record.ts";
import type { Statements } from "./statements/statements.ts";
import type { Work } from "./database/work.ts";

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

/** A record whose id its caller chose is listed by when it was sent: the id does not say so. */
export function noteChosen({ noteChosen }: Statements, { id, sentAt }: TaskRecord): void {
  if (!readId(id)) noteChosen.run(id, sentAt);
}

/** A message comes for the first time, with its record. */
export function enter(statements: Statements, message: Message, work: Work): void {
  const { id, task, queue, sentAt, nonce = "", eta, unique, parentId } = message;
  const record: TaskRecord = {
    id,
    task,
    state: "QUEUED",
    queue,
    sentAt,
    retries: 0,
    ...(eta ? { eta } : {}),
    ...(unique && unique.states !== "any" ? { unique: unique.key } : {}),
  };
  statements.addRecord.run(id, nonce, 0, encodeRecord(record));
  noteChosen(statements, record);
  if (parentId !== undefined) statements.setParent.run(parentId, id);
  add(statements, message, 0, work);
  work.recorder.task(id, sentEvent(record));
}
