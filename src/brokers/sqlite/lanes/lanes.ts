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
import type { Limit, Limits } from "../../../ports/limits.ts";
import { checkLimit, checkLimits } from "../../../limits/limit.ts";
import type { Message } from "../../../message.ts";
import type { LaneRow } from "../statements/lanes.ts";
import { type Account, letsThrough, opensAt } from "./account.ts";
import { Ledger } from "./ledger.ts";
import { Lines, patience } from "./lines.ts";
import { afterStarts } from "./rate.ts";
import { Rounds } from "./rounds.ts";
import type { MessageRow, Statements } from "../statements/statements.ts";

/** Which lane: the names of its limits, in one queue and priority. */
export type LaneKey = Pick<LaneRow, "queue" | "priority" | "lane">;

/** A lane that may give some of its messages now, and how many at most. */
export interface ReadyLane {
  readonly row: LaneRow;
  readonly accounts: readonly Account[];
  readonly most: number;
}

/** How many lanes one transaction looks at: a turn stays cheap, whatever waits, and the next one goes on. */
const lookLimit = 500;

/** The lane of a message: the names of its limits. `null` when it has none. */
export function laneOf({ limits }: Message): string | null {
  return limits === undefined || limits.length === 0 ? null : [...new Set(limits)].join(" ");
}

/** The lanes as one transaction sees and changes them. */
export class Lanes {
  readonly #statements: Statements;
  readonly #now: number;
  readonly #ledger: Ledger;
  readonly #lines: Lines;
  /** Those that something came to. */
  readonly #grown = new Map<string, LaneKey>();
  /** The queues where a place that others left was offered. */
  readonly #offered = new Set<string>();
  readonly #rounds: Rounds;
  #looks = lookLimit;
  #any: boolean | undefined;
  #tells = false;

  constructor(statements: Statements, now: number) {
    this.#statements = statements;
    this.#now = now;
    this.#ledger = new Ledger(statements, now);
    this.#lines = new Lines(statements, this.#ledger, now);
    this.#rounds = new Rounds(statements);
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
    // No names have two spaces between them.
    const keyed = name.includes("#") ? "  " : ` ${name}#`;
    if (Number(this.#statements.readyNamed.run(` ${name} `, keyed).changes) > 0) this.#tells = true;
  }

  /** A message came to its lane. */
  arrive({ queue, priority, lane }: LaneKey): void {
    const key = `${queue} ${priority} ${lane}`;
    if (this.#grown.has(key)) return;
    this.#grown.set(key, { queue, priority, lane });
    this.#statements.makeLane.run(queue, priority, lane, this.#rounds.time(queue, priority), this.#now);
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
      for (const queue of this.#lines.queues(name)) {
        for (let calls = 0; calls < count && this.#lines.call(name, queue); calls++) this.#offered.add(queue);
      }
    }
  }

  /** Messages that waited in a lane are gone. */
  leave({ queue, priority, lane }: LaneKey): void {
    const row = this.#statements.findLane.get(queue, priority, lane) as unknown as LaneRow | undefined;
    if (!row || this.#count(row, 1) > 0) return;
    this.#statements.removeLane.run(row.id);
    for (const name of lane.split(" ")) {
      this.#lines.letGo(row.id, this.#ledger.account(name));
      if (this.#lines.call(name, queue)) this.#offered.add(queue);
    }
  }

  /** Before lanes are looked at: alarms go off, and batches that were filled are ready. */
  wake(queue: string): void {
    this.#wakeGrown();
    const { dueLanes, missLane, readyLane } = this.#statements;
    for (const row of dueLanes.all(queue, this.#now, lookLimit) as unknown as LaneRow[]) {
      const { id, state, misses, waits_for: name } = row;
      if (state === 2 || misses >= patience || this.#ledger.account(name!).heldBy === id) {
        readyLane.run(id);
        continue;
      }
      missLane.run(id);
      this.#lines.call(name!, queue);
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
      for (const { name } of accounts) this.#lines.call(name, row.queue);
      return undefined;
    }
    const blocking = this.#blocking(row, accounts);
    if (!blocking) return { row, accounts, most: this.#most(row, accounts) };
    const { name: blocker } = blocking;
    this.#statements.blockLane.run(blocker, row.id);
    if (row.misses >= patience) this.#lines.hold(row, accounts, blocking);
    for (const { name } of accounts) this.#lines.call(name, row.queue, name === blocker ? undefined : blocker);
    return undefined;
  }

  /** Of the limits that let nothing through now, the one that does so last. */
  #blocking(row: LaneRow, accounts: readonly Account[]): Account | undefined {
    let last: Account | undefined;
    let until = this.#now;
    for (const account of accounts) {
      // Whether somebody waited matters only for places that are over, and those are open.
      const at = opensAt(account, row.id, this.#now, false);
      if (at <= until) continue;
      last = account;
      until = at;
    }
    return last;
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
      most = Math.min(most, letsThrough(account, row.id, this.#now, this.#waited(row, account)));
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
      this.#lines.letGo(id, account);
      account.running += rows.length;
      if (account.rate && rows.length > 0) {
        account.free = afterStarts(account.rate, account.free, this.#now, this.#waited(row, account), rows.length);
      }
      this.#ledger.touch(account);
    }
    const vt = this.#rounds.serve(row);
    if (this.#count(row, 1) === 0) removeLane.run(id);
    else serveLane.run(vt + 1, this.#now, id);
    for (const { name } of accounts) this.#lines.call(name, queue);
    return rows;
  }

  /** Whether the next place that cannot be halved is for a plain message: they take turns. */
  plainFirst(queue: string, priority: number): boolean {
    return this.#rounds.plainFirst(queue, priority);
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
   * @returns Whether workers are to be told: a place was offered to a lane, and it has not used it, or only waits for
   * a time now of which only this worker knows.
   */
  close(): boolean {
    this.#wakeGrown();
    this.#ledger.flush();
    this.#rounds.flush();
    const { nextLane } = this.#statements;
    return this.#tells ||
      [...this.#offered].some((queue) => this.#lines.alarmed.has(queue) || nextLane.get(queue) !== undefined);
  }
}

function batchOf(accounts: readonly Account[]): Limit["batch"] {
  return accounts.find(({ batch }) => batch)?.batch;
}
