/**
 * Lines: the lanes of a queue that one limit blocks. The first of a line is called when the limit lets one through; for
 * a rate it has an alarm.
 *
 * @module
 */
import { type Account, heldFromOthers, opensAt } from "./account.ts";
import type { LaneRow } from "../statements/lanes.ts";
import type { Ledger } from "./ledger.ts";
import { lateness } from "./rate.ts";
import type { Statements } from "../statements/statements.ts";

/**
 * How often a lane is blocked, by one limit after another, until places are held for it: where others use up each as soon
 * as it is free, it would never find all of them free at once.
 */
export const patience = 8;

/** Nothing is held for longer (ms), nor a place of a rate for longer than its interval. */
const longestHold = 10_000;

/** How far into a line to look for one that does not wait for another limit. */
const lookahead = 100;

/** The lines as one transaction sees and changes them. */
export class Lines {
  readonly #statements: Statements;
  readonly #ledger: Ledger;
  readonly #now: number;
  /** The queues in which somebody got an alarm: who was told nothing of it might sleep too long. */
  readonly alarmed: Set<string> = new Set();

  constructor(statements: Statements, ledger: Ledger, now: number) {
    this.#statements = statements;
    this.#ledger = ledger;
    this.#now = now;
  }

  /** The queues that have a line for this limit. */
  *queues(name: string): Generator<string> {
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
  call(name: string, queue: string, except?: string): boolean {
    const { readyLane } = this.#statements;
    const first = this.#first(name, queue, except);
    if (!first) return false;
    const at = opensAt(this.#ledger.account(name), first.id, this.#now, true);
    if (at <= this.#now) {
      readyLane.run(first.id);
      return true;
    }
    if (at < Infinity && first.wakes !== at) this.#alarm(first, at);
    return false;
  }

  #alarm({ id, queue }: LaneRow, at: number): void {
    this.#statements.wakeLaneAt.run(at, id);
    this.alarmed.add(queue);
  }

  #first(name: string, queue: string, except: string | undefined): LaneRow | undefined {
    const most = except === undefined ? 1 : lookahead;
    const line = this.#statements.firstBlocked.all(name, queue, most) as unknown as LaneRow[];
    const first = line.find(({ lane }) => except === undefined || !lane.split(" ").includes(except));
    // Behind so many there may be one. Each of those that is called goes over to the other line, until it is the first.
    return first ?? (line.length === lookahead ? line[0] : undefined);
  }

  /** Holds a place of each limit for a lane until this one, which it waits for, lets it through. */
  hold(row: LaneRow, accounts: readonly Account[], blocking: Account): void {
    const at = opensAt(blocking, row.id, this.#now, false);
    // One that waits for what is held for another holds nothing itself: so no two wait for each other.
    if (at > this.#now + longestHold || heldFromOthers(blocking, row.id, this.#now)) return;
    for (const account of accounts) {
      const interval = account.rate ? account.rate.period / account.rate.limit : Infinity;
      if (heldFromOthers(account, row.id, this.#now) || at - this.#now > interval) continue;
      account.heldBy = row.id;
      account.heldUntil = at + lateness;
      this.#ledger.touch(account);
    }
    this.#alarm(row, at);
  }

  /** Holds nothing for a lane any more. */
  letGo(id: number, account: Account): void {
    if (account.heldBy !== id) return;
    account.heldBy = account.heldUntil = 0;
    this.#ledger.touch(account);
  }
}
