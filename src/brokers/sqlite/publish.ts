/**
 * Adding messages: who holds a unique key, whose place is taken, and what a full queue does.
 *
 * @module
 */
import { isFinal, type RevocationReason, type TaskRecord } from "../../ports/task_record.ts";
import type { PublishOptions, Receipt } from "../../ports/publishing.ts";
import type { Signal } from "../../ports/signals.ts";
import { decodeMessage, type Message, type Uniqueness } from "../../message.ts";
import { sentEvent, settledEvent } from "../told.ts";
import { enter, noteChosen } from "./add.ts";
import type { Work } from "./database/work.ts";
import { laneOf } from "./lanes/lanes.ts";
import { decodeRecord, encodeRecord, endOf } from "./record.ts";
import { endRevoked, findRecord, type PlaceRow } from "./revoke.ts";
import type { RecordRow, Statements } from "./statements/statements.ts";

/** What a publication came to. */
export interface Published {
  /** One for each message. */
  readonly receipts: readonly Receipt[];
  /** Tasks that waited and came to their end by it. */
  readonly ended: readonly Signal[];
}

/** Adds messages, one after the other: to be called within a transaction. */
export function publish(
  statements: Statements,
  messages: readonly Message[],
  queues: PublishOptions["queues"],
  work: Work,
): Published {
  const publication = new Publication(statements, queues, work);
  return { receipts: messages.map((message) => publication.add(message)), ended: publication.ended };
}

interface Holder {
  readonly id: string;
  /** When the first of those was sent that replaced one another. */
  readonly since: number;
}

class Publication {
  readonly ended: Signal[] = [];
  readonly #statements: Statements;
  readonly #queues: PublishOptions["queues"];
  readonly #work: Work;
  readonly #now: number;
  /** How many wait in the queues that are limited. */
  readonly #counts = new Map<string, number>();

  constructor(statements: Statements, queues: PublishOptions["queues"], work: Work) {
    this.#statements = statements;
    this.#queues = queues;
    this.#work = work;
    this.#now = work.now;
  }

  add(message: Message): Receipt {
    const { id, nonce = "", queue, unique } = message;
    const known = this.#known(id);
    if (known) return { id, status: nonce === "" || known.nonce === nonce ? "added" : "exists" };
    const holder = unique && this.#holder(unique);
    const isReplaced = holder !== undefined && unique?.on === "replace" && this.#waits(holder.id);
    if (holder && !isReplaced) return { id: holder.id, status: "exists" };
    if (message.parentId !== undefined && this.#statements.isMarked.get(message.parentId)) {
      this.#bury(message);
      return { id, status: "added" };
    }
    if (isReplaced) this.#revoke(holder.id, "replaced", id);
    const { maxLength = Infinity, whenFull } = this.#queues?.get(queue) ?? {};
    const isFull = maxLength < Infinity && !isReplaced && (message.eta ?? 0) <= this.#now &&
      whenFull !== "dropOldest" && this.#count(queue) >= maxLength;
    if (isFull) return { id, status: "full" };
    this.#insert(message, isReplaced ? holder.since : this.#now);
    if (whenFull === "dropOldest") {
      while (this.#count(queue) > maxLength) this.#revoke(this.#oldest(queue), "queue_full");
    }
    return { id, status: "added" };
  }

  #insert(message: Message, since: number): void {
    const { id, queue, unique } = message;
    const eta = unique?.within === undefined ? message.eta : Math.min(message.eta ?? 0, since + unique.within);
    if (unique) this.#statements.setUnique.run(unique.key, id, this.#now + unique.for, since);
    enter(this.#statements, eta === message.eta ? message : { ...message, eta: eta! }, this.#work);
    if ((eta ?? 0) <= this.#now) this.#note(queue, laneOf(message), 1);
  }

  /** A task whose parent was revoked with its tree ends before it began. */
  #bury(message: Message): void {
    const { id, task, queue, sentAt, nonce = "", parentId } = message;
    const { addRecord, setParent } = this.#statements;
    const ended = { state: "REVOKED", finishedAt: this.#now, reason: "parent_revoked" } as const;
    const record: TaskRecord = { id, task, queue, sentAt, retries: 0, ...ended, message };
    addRecord.run(id, nonce, endOf(record, this.#now), encodeRecord(record));
    noteChosen(this.#statements, record);
    setParent.run(parentId!, id);
    this.#work.recorder.task(id, sentEvent(record));
    this.#work.recorder.task(id, settledEvent(record));
    this.ended.push({ kind: "ended", id, record });
  }

  #known(id: string): RecordRow | undefined {
    const row = this.#statements.findRecord.get(id) as unknown as RecordRow | undefined;
    return row && !(row.ends > 0 && row.ends < this.#now) ? row : undefined;
  }

  /** Who keeps the message out, or has to make room for it. */
  #holder({ key, states, on }: Uniqueness): Holder | undefined {
    const holder = this.#statements.findUnique.get(key, this.#now) as unknown as Holder | undefined;
    if (!holder || (states !== "waiting" && on !== "replace")) return holder;
    if (states === "waiting") return this.#waits(holder.id) ? holder : undefined;
    const row = this.#known(holder.id);
    const hasEnded = !row || isFinal(decodeRecord(row.record, this.#now).state);
    return hasEnded && states !== "any" ? undefined : holder;
  }

  #waits(id: string): boolean {
    return this.#statements.findWaiting.get(id) !== undefined;
  }

  #count(queue: string): number {
    let count = this.#counts.get(queue);
    if (count === undefined) {
      // What waits in lanes is never dropped, and so not counted where that is the rule.
      const { count: counting, countPlain } = this.#statements;
      ({ count } = (this.#drops(queue) ? countPlain : counting).get({ queue }) as { count: number });
      this.#counts.set(queue, count);
    }
    return count;
  }

  #note(queue: string, lane: string | null, change: 1 | -1): void {
    const count = this.#counts.get(queue);
    if (count === undefined || (lane !== null && this.#drops(queue))) return;
    this.#counts.set(queue, count + change);
  }

  #drops(queue: string): boolean {
    return this.#queues?.get(queue)?.whenFull === "dropOldest";
  }

  /** Of the lowest priority. */
  #oldest(queue: string): string {
    return (this.#statements.oldest.get({ queue }) as { id: string }).id;
  }

  /** Ends a task that waits. */
  #revoke(id: string, reason: RevocationReason, replacedBy?: string): void {
    const place = this.#statements.removeWaiting.get(id) as unknown as PlaceRow;
    const { queue, priority, lane, due, message } = place;
    if (due === 0) this.#note(queue, lane, -1);
    if (lane !== null) this.#work.lanes.leave({ queue, priority, lane });
    const known = findRecord(this.#statements, id, this.#now);
    if (!known || isFinal(known.state)) return;
    const change = { reason, ...(replacedBy === undefined ? {} : { replacedBy }) };
    this.ended.push(endRevoked(this.#statements, known, decodeMessage(id, message), this.#work, change));
  }
}
