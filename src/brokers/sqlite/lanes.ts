/**
 * Lanes: what waits behind limits, in order. Each lane is
 *
 * - ready: it is looked at when its turn comes, and may be found blocked then,
 * - blocked: it stands in its queue's line for one limit, and is not looked at meanwhile, or
 * - asleep until a time: its batch is not full, or its first message is tried again then.
 *
 * No place stays free for nothing as long as this holds: where a limit lets one through and a queue has a line for it,
 * one that is ready there names it, or one in another line does, or the first of the line has an alarm. So whoever
 * stops being ready, or leaves room behind, calls the next one of each line.
 *
 * @module
 */
import type { Limit, Limits } from "../../broker.ts";
import { checkLimit, checkLimits } from "../../limit.ts";
import type { Message } from "../../message.ts";
import type { LaneRow } from "./lane_statements.ts";
import { type Account, Ledger } from "./ledger.ts";
import { afterStarts, nextStart, startsNow } from "./rate.ts";
import type { MessageRow, Statements } from "./statements.ts";

/** Which lane: the names of its limits, in one queue and priority. */
export type LaneKey = Pick<LaneRow, "queue" | "priority" | "lane">;

/** A lane that may give some of its messages now, and how many at most. */
interface ReadyLane {
  readonly row: LaneRow;
  readonly accounts: readonly Account[];
  readonly most: number;
}

/** How the lanes and the plain messages of a priority take turns. */
interface Round extends Pick<LaneRow, "queue" | "priority"> {
  vt: number;
  plain: 0 | 1;
  changed: boolean;
}

/** How many lanes one transaction looks at: a turn stays cheap, whatever waits, and the next one goes on. */
const lookLimit = 500;

/** No names have two spaces between them. */
const nobody = "  ";

/** The lane of a message: the names of its limits. `null` when it has none. */
export function laneOf({ limits }: Message): string | null {
  return limits === undefined || limits.length === 0 ? null : [...new Set(limits)].join(" ");
}

/** The lanes as one transaction sees and changes them. */
export class Lanes {
  readonly #statements: Statements;
  readonly #now: number;
  readonly #ledger: Ledger;
  /** Those that something came to. */
  readonly #grown = new Map<string, LaneKey>();
  /** The queues where a place that others left was offered. */
  readonly #offered = new Set<string>();
  readonly #rounds = new Map<string, Round>();
  #looks = lookLimit;
  #any: boolean | undefined;
  #tells = false;

  constructor(statements: Statements, now: number) {
    this.#statements = statements;
    this.#now = now;
    this.#ledger = new Ledger(statements, now);
  }

  /** Whether there are any: asked once, so that who has none pays for nothing else. */
  get any(): boolean {
    return this.#any ??= this.#statements.anyLane.get() !== undefined;
  }

  /** What workers, or with `overwrites: false` producers, declare. */
  declare(limits: Limits, overwrites: boolean): void {
    for (const [name, limit] of checkLimits(limits)) {
      if (this.#ledger.declare(name, limit, overwrites)) this.#lookAnew(name);
    }
  }

  /** What is set over that. */
  choose(name: string, limit: Limit | undefined): void {
    if (this.#ledger.choose(name, limit && checkLimit(name, limit))) this.#lookAnew(name);
  }

  #lookAnew(name: string): void {
    const keyed = name.includes("#") ? nobody : ` ${name}#`;
    if (Number(this.#statements.readyNamed.run(` ${name} `, keyed).changes) > 0) this.#tells = true;
  }

  /** A message came to its lane. */
  arrive({ queue, priority, lane }: LaneKey): void {
    const key = `${queue} ${priority} ${lane}`;
    if (this.#grown.has(key)) return;
    this.#grown.set(key, { queue, priority, lane });
    this.#statements.makeLane.run(queue, priority, lane, this.#round(queue, priority).vt, this.#now);
    this.#any = true;
  }

  /** The first message of a lane is tried again, and all behind it wait for that. */
  rest({ queue, priority, lane }: LaneKey, until: number): void {
    this.#statements.restLane.run(until, queue, priority, lane);
  }

  /** Messages of a lane are leased no more. */
  release(lane: string, count: number): void {
    for (const name of lane.split(" ")) {
      const account = this.#ledger.account(name);
      account.running = Math.max(account.running - count, 0);
      this.#ledger.touch(account);
      for (const queue of this.#linesFor(name)) {
        for (let calls = 0; calls < count && this.#callNext(name, queue); calls++) this.#offered.add(queue);
      }
    }
  }

  /** Messages that waited in a lane are gone. */
  leave({ queue, priority, lane }: LaneKey): void {
    const row = this.#statements.findLane.get(queue, priority, lane) as unknown as LaneRow | undefined;
    if (!row || this.#count(row, 1) > 0) return;
    this.#statements.removeLane.run(row.id);
    for (const name of lane.split(" ")) if (this.#callNext(name, queue)) this.#offered.add(queue);
  }

  *#linesFor(name: string): Generator<string> {
    for (let last = "";;) {
      const { queue } = this.#statements.nextBlockedQueue.get(name, last) as { queue: string | null };
      if (queue === null) return;
      yield last = queue;
    }
  }

  /**
   * Calls the first of a queue's line for a limit, if that lets one through: it is ready then. If it does so later, the
   * first gets an alarm.
   *
   * @param except Passes over those that wait for this limit too: one of them stands in that line already.
   * @returns Whether somebody was called.
   */
  #callNext(name: string, queue: string, except?: string): boolean {
    const { firstBlocked, readyLane, wakeLaneAt } = this.#statements;
    const first = firstBlocked.get(name, queue, except === undefined ? nobody : ` ${except} `) as unknown as
      | LaneRow
      | undefined;
    const account = first && this.#ledger.account(name);
    if (!account || isFull(account)) return false;
    const at = account.rate ? nextStart(account.rate, account.free, this.#now, true) : 0;
    if (at <= this.#now) {
      readyLane.run(first.id);
      return true;
    }
    if (first.wakes !== at) wakeLaneAt.run(at, first.id);
    return false;
  }

  /** Before lanes are looked at: alarms go off, and batches that were filled are ready. */
  wake(queue: string): void {
    this.#wakeGrown();
    const { dueLanes, readyLane, wakeLaneAt } = this.#statements;
    for (const row of dueLanes.all(queue, this.#now, lookLimit) as unknown as LaneRow[]) {
      if (row.state === 2) {
        readyLane.run(row.id);
        continue;
      }
      wakeLaneAt.run(0, row.id);
      this.#callNext(row.waits_for!, queue);
    }
  }

  #wakeGrown(): void {
    const { findLane, readyLane, wakeLaneAt } = this.#statements;
    for (const { queue, priority, lane } of this.#grown.values()) {
      const row = findLane.get(queue, priority, lane) as unknown as LaneRow | undefined;
      if (row?.state !== 2) continue;
      const at = this.#readyAt(row, lane.split(" ").map((name) => this.#ledger.account(name)));
      if (at <= this.#now) readyLane.run(row.id);
      else if (at !== row.wakes) wakeLaneAt.run(at, row.id);
    }
    this.#grown.clear();
  }

  /** When the lane has enough to give, whatever its limits say. */
  #readyAt(row: LaneRow, accounts: readonly Account[]): number {
    const batch = batchOf(accounts);
    if (!batch || row.since + batch.wait <= this.#now || this.#count(row, batch.size) >= batch.size) return row.rest;
    return Math.max(row.rest, row.since + batch.wait);
  }

  #count({ queue, priority, lane }: LaneKey, most: number): number {
    return (this.#statements.countLane.get(queue, priority, lane, most) as { count: number }).count;
  }

  /** The lane whose turn it is and that may give something now. Those before it that may not are put aside. */
  next(queue: string): ReadyLane | undefined {
    while (this.#looks > 0) {
      const row = this.#statements.nextLane.get(queue) as unknown as LaneRow | undefined;
      if (!row) return undefined;
      const ready = this.#look(row);
      if (ready) return ready;
      this.#looks--;
    }
    return undefined;
  }

  #look(row: LaneRow): ReadyLane | undefined {
    const accounts = row.lane.split(" ").map((name) => this.#ledger.account(name));
    const at = this.#readyAt(row, accounts);
    if (at > this.#now) {
      this.#statements.sleepLane.run(at, row.id);
      for (const { name } of accounts) this.#callNext(name, row.queue);
      return undefined;
    }
    // A place on a time line is taken last, by one who can use it.
    const blocking = accounts.find(isFull) ?? this.#latest(accounts);
    if (!blocking) return { row, accounts, most: this.#most(row, accounts) };
    this.#statements.blockLane.run(blocking.name, row.id);
    for (const { name } of accounts) {
      this.#callNext(name, row.queue, name === blocking.name ? undefined : blocking.name);
    }
    return undefined;
  }

  /** Of the rates that let nothing through now, the one that does so last. */
  #latest(accounts: readonly Account[]): Account | undefined {
    let latest: Account | undefined;
    let until = this.#now;
    for (const account of accounts) {
      const { rate, free } = account;
      if (!rate || free <= this.#now) continue;
      const at = nextStart(rate, free, this.#now, false);
      if (at <= until) continue;
      latest = account;
      until = at;
    }
    return latest;
  }

  /** Whether it, or anybody, waited for this rate. */
  #waited(row: LaneRow, { name, free }: Account): boolean {
    if (free >= this.#now) return false;
    return row.waits_for === name || this.#statements.anyBlocked.get(name) !== undefined;
  }

  #most(row: LaneRow, accounts: readonly Account[]): number {
    let most = batchOf(accounts)?.size ?? 1;
    if (most === 1) return 1;
    for (const account of accounts) {
      const { rate, concurrency, running, free } = account;
      if (concurrency !== undefined) most = Math.min(most, concurrency - running);
      if (rate) most = Math.min(most, startsNow(rate, free, this.#now, this.#waited(row, account)));
    }
    return most;
  }

  /** Takes from a lane that may give something: its turn is over then. */
  take({ row, accounts, most }: ReadyLane, worker: string, turn: number): MessageRow[] {
    const { id, queue, priority, lane } = row;
    const { removeLane, serveLane, takeLane } = this.#statements;
    const rows = takeLane.all(worker, turn, queue, priority, lane, most) as unknown as MessageRow[];
    // RETURNING says nothing of the order.
    rows.sort((a, b) => a.seq - b.seq);
    for (const account of accounts) {
      account.running += rows.length;
      if (account.rate && rows.length > 0) {
        account.free = afterStarts(account.rate, account.free, this.#now, this.#waited(row, account), rows.length);
      }
      this.#ledger.touch(account);
    }
    const round = this.#round(queue, priority);
    round.vt = Math.max(round.vt, row.vt);
    round.changed = true;
    if (this.#count(row, 1) === 0) removeLane.run(id);
    else serveLane.run(round.vt + 1, this.#now, id);
    for (const { name } of accounts) this.#callNext(name, queue);
    return rows;
  }

  /** Whether the next place that cannot be halved is for a plain message: they take turns. */
  plainFirst(queue: string, priority: number): boolean {
    const round = this.#round(queue, priority);
    round.plain = round.plain === 1 ? 0 : 1;
    round.changed = true;
    return round.plain === 0;
  }

  #round(queue: string, priority: number): Round {
    const key = `${queue} ${priority}`;
    const known = this.#rounds.get(key);
    if (known) return known;
    const row = this.#statements.findRound.get(queue, priority) as unknown as Pick<Round, "vt" | "plain"> | undefined;
    const round: Round = { queue, priority, vt: row?.vt ?? 0, plain: row?.plain ?? 0, changed: false };
    this.#rounds.set(key, round);
    return round;
  }

  /** Whether a lane of this queue may give something at once, and when else to look. */
  outlook(queue: string): { readonly more: boolean; readonly wakeAt: number } {
    this.wake(queue);
    const { nextLane, nextWake } = this.#statements;
    const more = this.next(queue) !== undefined || (this.#looks === 0 && nextLane.get(queue) !== undefined);
    const { wakes } = nextWake.get(queue) as { wakes: number | null };
    return { more: more || (wakes ?? Infinity) <= this.#now, wakeAt: wakes ?? Infinity };
  }

  /**
   * Writes what is left to be written.
   *
   * @returns Whether workers are to be told: a place was offered to a lane, and it has not used it.
   */
  close(): boolean {
    this.#wakeGrown();
    this.#ledger.flush();
    for (const { queue, priority, vt, plain, changed } of this.#rounds.values()) {
      if (changed) this.#statements.setRound.run(queue, priority, vt, plain);
    }
    return this.#tells || [...this.#offered].some((queue) => this.#statements.nextLane.get(queue) !== undefined);
  }
}

function isFull({ concurrency, running }: Account): boolean {
  return concurrency !== undefined && running >= concurrency;
}

function batchOf(accounts: readonly Account[]): Limit["batch"] {
  return accounts.find(({ batch }) => batch)?.batch;
}
