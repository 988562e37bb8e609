/**
 * What a worker hands in with its turn, as the script takes it.
 *
 * @module
 */
import type { Lease, Settlement, TaskRecord, Turn } from "../../broker.ts";
import type { Recording } from "../../journal.ts";
import { reportLines, settlementLines } from "./journal_text.ts";
import type { Keys } from "./keys.ts";
import { memberOf } from "./letter.ts";
import type { Prepared } from "./prepared.ts";
import { encodeEntry, encodeInPlace, encodeRecord, pageEndOf } from "./record.ts";

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
  readonly #turn: Turn;
  /** What each is, without what is written down of it. */
  readonly #items: (readonly string[])[];
  readonly #keys: Keys;
  readonly #now: number;

  /** Those of this turn. */
  constructor(turn: Turn, keys: Keys, now: number) {
    this.#turn = turn;
    this.#keys = keys;
    this.#now = now;
    for (const queue of turn.queues) this.#numberOf(queue);
    this.#items = [
      ...turn.settlements.map((settlement) => this.#settlement(settlement)),
      ...turn.reports.map(({ lease, record }) => this.#report(lease, record)),
    ];
  }

  /** The arguments. */
  args(recording: Recording): string[] {
    const { settlements, reports } = this.#turn;
    const lines = [
      ...settlements.map((settlement) => settlementLines(settlement, recording)),
      ...reports.map(({ record }) => reportLines(record, recording)),
    ];
    return lines.flatMap((texts, index) => [...this.#items[index]!, ...texts]);
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

  #report(lease: Lease, record: TaskRecord): string[] {
    const page = this.#declare(this.#keys.page(record.id));
    return [page, record.id, lease, encodeRecord(record), "0", "0", "0", "0", "tail", "", "", "", "", ""];
  }
}
