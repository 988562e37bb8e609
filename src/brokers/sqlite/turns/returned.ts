/**
 * What a worker hands in with its turn.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../../../ports/task_record.ts";
import type { Settlement } from "../../../ports/turn.ts";
import { encodeMessage, type Message } from "../../../message.ts";
import { add, enter } from "../add.ts";
import { laneOf } from "../lanes/lanes.ts";
import { encodeRecord, endOf } from "../record.ts";
import { findRecord, freeUnique } from "../revoke.ts";
import type { HeldRow, Statements } from "../statements/statements.ts";
import type { Work } from "../database/work.ts";

/** What a worker hands in. */
export class Returned {
  readonly #worker: string;
  readonly #statements: Statements;
  readonly #work: Work;

  /** By this worker, in this turn. */
  constructor(worker: string, statements: Statements, work: Work) {
    this.#worker = worker;
    this.#statements = statements;
    this.#work = work;
  }

  /** A task ends, or goes back to be run again. */
  settle(settlement: Settlement, row: HeldRow): void {
    const work = this.#work;
    const { record, again, followUps = [] } = settlement;
    const { setRecord, removeMessage } = this.#statements;
    const { now } = work;
    if (row.lane !== null) work.lanes.release(row.lane, 1);
    const before = findRecord(this.#statements, record.id, now);
    if (before && isFinal(before.state)) {
      if (before.state === "REVOKED") work.recorder.overruled(record);
      removeMessage.run(row.seq);
      return;
    }
    setRecord.run(endOf(record, now), encodeRecord(record), record.id);
    work.recorder.settled(settlement, before, this.#worker);
    if (record.state === "FAILURE") this.#statements.bury.run(record.finishedAt ?? now, record.id);
    if (isFinal(record.state)) {
      freeUnique(this.#statements, record);
      work.tasks.push({ kind: "ended", id: record.id, record });
    } else {
      work.tasks.push({ kind: "changed", id: record.id, record });
    }
    for (const message of followUps) this.#follow(message);
    if (!again) {
      removeMessage.run(row.seq);
      return;
    }
    this.#putBack(again, row);
    work.woken = true;
  }

  #follow(message: Message): void {
    if (findRecord(this.#statements, message.id, this.#work.now)) return;
    enter(this.#statements, message, this.#work);
    this.#work.woken = true;
  }

  #putBack({ message, head, deaths }: NonNullable<Settlement["again"]>, row: HeldRow): void {
    const work = this.#work;
    const { firstPlace, putBack, removeMessage } = this.#statements;
    if (!head) {
      removeMessage.run(row.seq);
      add(this.#statements, message, deaths, work);
      return;
    }
    const { queue, priority, eta = 0, lifo } = message;
    const lane = laneOf(message);
    // Nothing overtakes the head of a lane: until it is due, the lane rests.
    const rests = lane !== null && eta > work.now;
    const due = eta > work.now && !rests ? eta : 0;
    // Its own place is at the head of where it stood; elsewhere, only the first place of all surely is.
    const stays = queue === row.queue && priority === row.priority && lane === row.lane;
    const { seq } = stays ? row : firstPlace.get() as { seq: number };
    putBack.run(seq, queue, priority, due, deaths, lane, lifo ? 1 : 0, encodeMessage(message), row.seq);
    if (lane === null) return;
    work.lanes.arrive({ queue, priority, lane });
    if (rests) work.lanes.rest({ queue, priority, lane }, eta);
  }

  /** What is told of a task that runs. */
  report(record: TaskRecord): void {
    const { now, recorder, tasks } = this.#work;
    const before = findRecord(this.#statements, record.id, now);
    if (!before || isFinal(before.state)) return;
    this.#statements.setRecord.run(0, encodeRecord(record), record.id);
    recorder.reported(record, before, this.#worker);
    tasks.push({ kind: "changed", id: record.id, record });
  }
}
