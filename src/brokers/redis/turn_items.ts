/**
 * What a worker hands in with its turn, as the script takes it.
 *
 * @module
 */
import type { Lease, Settlement, Turn } from "../../ports/turn.ts";
import type { TaskRecord } from "../../ports/task_record.ts";
import type { Recording } from "../../ports/journal.ts";
import { reportLines, settlementLines } from "./journal/journal_text.ts";
import type { Message } from "../../message.ts";
import type { Keys } from "./keys.ts";
import { memberOf } from "./records/letter.ts";
import type { Prepared } from "./publishing/prepared.ts";
import { encodeEntry, encodeInPlace, encodeRecord, pageEndOf, waitingRecord } from "./records/record.ts";

/** What was revoked, and has been met by a turn where it waited. */
export interface Met {
  /** To be handed in with the next turn. */
  readonly lease: Lease;
  /** The task. */
  readonly id: string;
}

/** What a turn tells of one task. */
interface Item {
  readonly texts: readonly string[];
  /** What is written down of it. */
  readonly lines: (recording: Recording) => readonly string[];
}

const noLines: readonly string[] = ["", "", ""];

/** The settlements and reports of a turn. */
export class TurnItems {
  /** The queues that are served, and behind them those that something goes back into; their numbers, from 1. */
  readonly queues = new Map<string, number>();
  /** What goes back into a queue. */
  readonly backs: Prepared[] = [];
  /** The keys of records, and of what goes with them. */
  readonly recordKeys = new Set<string>();
  /** The leases that are handed in. */
  readonly settled = new Set<Lease>();
  /** What each is, and what is written down of it. */
  readonly #items: Item[] = [];
  readonly #keys: Keys;
  readonly #now: number;

  /** Those of this turn, and what the turn before has met that was revoked. */
  constructor(turn: Turn, met: readonly Met[], keys: Keys, now: number) {
    this.#keys = keys;
    this.#now = now;
    for (const queue of turn.queues) this.#numberOf(queue);
    for (const settlement of turn.settlements) {
      const { lease, followUps = [] } = settlement;
      this.#items.push({
        texts: this.#settlement(settlement),
        lines: (recording) => settlementLines(settlement, recording),
      });
      // Behind their settlement: whether that one counts decides about them.
      for (const message of followUps) {
        this.#items.push({
          texts: this.#followUp(lease, message),
          lines: () => noLines,
        });
      }
    }
    for (const { lease, id } of met) {
      this.settled.add(lease);
      this.#items.push({ texts: this.#met(lease, id), lines: () => noLines });
    }
    for (const { lease, record } of turn.reports) {
      this.#items.push({ texts: this.#report(lease, record), lines: (recording) => reportLines(record, recording) });
    }
  }

  /** The arguments. */
  args(recording: Recording): string[] {
    return this.#items.flatMap(({ texts, lines }) => [...texts, ...lines(recording)]);
  }

  #numberOf(queue: string): number {
    const number = this.queues.get(queue) ?? this.queues.size + 1;
    this.queues.set(queue, number);
    return number;
  }

  #declare(key: string): string {
    this.recordKeys.add(key);
    return key;
  }

  #settlement({ lease, record, again }: Settlement): string[] {
    const { id, unique } = record;
    this.settled.add(lease);
    const entry = again ? encodeEntry(again.message, again.deaths) : "";
    if (again) this.backs.push({ message: again.message, entry });
    const text = encodeRecord(record);
    const inPlace = again ? undefined : encodeInPlace(record, text);
    const isLetter = record.state === "FAILURE";
    if (isLetter) this.#declare(this.#keys.letters);
    return [
      this.#declare(this.#keys.page(id)),
      id,
      lease,
      inPlace ?? text,
      String(pageEndOf(record, this.#now)),
      again ? String(this.#numberOf(again.message.queue)) : "0",
      String(again?.message.priority ?? 0),
      String(again?.message.eta ?? 0),
      again?.head ? "head" : "tail",
      entry,
      inPlace === undefined ? "" : this.#declare(this.#keys.record(id)),
      inPlace === undefined ? "" : text,
      unique === undefined ? "" : this.#declare(this.#keys.unique(unique)),
      isLetter ? memberOf(record) : "",
    ];
  }

  #followUp(lease: Lease, message: Message): string[] {
    const { id, queue, priority, eta = 0, nonce, parentId } = message;
    const entry = encodeEntry(message, 0);
    this.backs.push({ message, entry });
    const record = waitingRecord(message, nonce ? ` n${nonce}` : "");
    const place = [String(this.#numberOf(queue)), String(priority), String(eta)];
    const page = this.#declare(this.#keys.page(id));
    if (this.#keys.isChosen(page)) this.#declare(this.#keys.chosen);
    if (parentId !== undefined) this.#declare(this.#keys.children(parentId));
    return [page, id, lease, record, "0", ...place, "new", entry, "", parentId ?? "", "", ""];
  }

  /** Its record keeps the message: by a key of its own, if the message is large. */
  #met(lease: Lease, id: string): string[] {
    const page = this.#declare(this.#keys.page(id));
    return [page, id, lease, "", "0", "0", "0", "0", "revoked", "", "", "", "", ""];
  }

  #report(lease: Lease, record: TaskRecord): string[] {
    const page = this.#declare(this.#keys.page(record.id));
    return [page, record.id, lease, encodeRecord(record), "0", "0", "0", "0", "tail", "", "", "", "", ""];
  }
}
