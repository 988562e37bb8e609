/**
 * When a worker's next turn is due, and how much it may take. Decided from what is known; nothing happens in here.
 *
 * @module
 */
import type { Turn, TurnReply } from "../ports/turn.ts";
import type { Budget } from "../policies/budget.ts";
import type { Holdings } from "./holdings.ts";
import type { Reporter } from "./telling/reporter.ts";
import { horizon, StartRate } from "./start_rate.ts";

/** What a pace depends on. */
export interface PaceOptions {
  /** How many messages the worker may hold. */
  readonly prefetch: number;
  /** For how long they are leased (ms). */
  readonly lease: number;
  /** Whether signals come; else it asks. */
  readonly listens: boolean;
  /** Stops after so long without anything to do (ms). */
  readonly idle: number | undefined;
  /** What may be spent on it. */
  readonly budget: Budget | undefined;
}

/** A message that has waited in the worker for so long goes back, for others to take, unless it starts soon (ms). */
const returnAfter = horizon;
/** After this it goes back in any case: whatever made it look as if it would start soon was wrong (ms). */
const returnAtLast = 2 * horizon;
/** An offer that was made by a signal is taken up by a turn within this time (ms): its lease is 5 s. */
const acknowledgeAfter = 1000;
/** The most time between two turns (ms): signals may get lost. */
const idleTurn = 30_000;
/** A turn is taken so long before the worker would count as dead (ms). */
const aliveMargin = 10_000;
/** Without signals it asks so often (ms). */
const pollEvery = 1000;
/** Pauses while "more" is waiting and none of it comes (ms). */
const emptyPauses = { first: 10, longest: 1000 };
/** The most deliveries of a turn. */
const mostDeliveries = 500;

/** Knows when the next turn is due. All times are this machine's. */
export class Pace {
  readonly #options: PaceOptions;
  readonly #places: () => number;
  readonly #holdings: Holdings;
  readonly #reporter: Reporter;
  readonly #rate = new StartRate();
  #hasSignals: boolean;
  #turnAt = -Infinity;
  /** When a task was last started. */
  #startedAt = -Infinity;
  #wakeAt = 0;
  #aliveUntil = Infinity;
  #emptyTurns = 0;
  #idleSince: number | undefined;
  /** Something may wait for this worker. */
  #isWoken = true;
  #isOffered = false;
  /** The worker asks for another thing than before. */
  #isHurried = false;

  /** Of a worker that can run so many tasks at once, holds this, and tells this of it. */
  constructor(options: PaceOptions, places: () => number, holdings: Holdings, reporter: Reporter) {
    this.#options = options;
    this.#places = places;
    this.#holdings = holdings;
    this.#reporter = reporter;
    this.#hasSignals = options.listens;
  }

  /** Whether messages may come by signals: where turns are spread they wait for the next one, to come together. */
  parks(now: number): boolean {
    return this.#hasSignals && !this.#options.budget?.isShort(now);
  }

  /** How many messages more it takes: no more than it can start soon. */
  get room(): number {
    const { prefetch } = this.#options;
    const { running, waiting, unconfirmed } = this.#holdings;
    const places = this.#places();
    const hold = Math.max(places, Math.min(prefetch, places + this.#rate.buffer(places)));
    return Math.max(0, Math.min(mostDeliveries, hold - running - waiting - unconfirmed));
  }

  /**
   * When the next turn is due, as far as it is known now.
   *
   * @param takes Whether it would take something.
   */
  nextTurnAt(now: number, takes: boolean): number {
    const { budget } = this.#options;
    if (this.#isHurried) return now;
    // One that stops is not to wait for anything.
    return takes && budget?.isShort(now) ? this.#spreadTurnAt(budget) : this.#soonestTurnAt(now, takes);
  }

  /**
   * What is handed in, and what is next, waits for its turn; leases are kept all the same. A worker that holds nothing may
   * count as dead meanwhile: its next turn brings it back.
   */
  #spreadTurnAt(budget: Budget): number {
    const { unconfirmed, size } = this.#holdings;
    let at = budget.nextTurnAt(this.#turnAt);
    if (size > 0) at = Math.min(at, this.#turnAt + this.#options.lease / 3);
    if (this.#isOffered || unconfirmed > 0) at = Math.min(at, this.#turnAt + acknowledgeAfter);
    return at;
  }

  #soonestTurnAt(now: number, takes: boolean): number {
    const { hasOver, unconfirmed, size, oldestWaiting } = this.#holdings;
    if (hasOver || unconfirmed > 0) return now;
    let at = Math.min(this.#turnAt + idleTurn, this.#aliveUntil - aliveMargin);
    if (size > 0) at = Math.min(at, this.#turnAt + this.#options.lease / 3, this.#reporter.dueAt(this.#turnAt));
    if (this.#isOffered) at = Math.min(at, this.#turnAt + acknowledgeAfter);
    if (oldestWaiting) {
      const { takenAt } = oldestWaiting;
      at = Math.min(at, this.#stallsAt(takenAt), takenAt + returnAtLast);
    }
    if (takes && this.room > 0) at = Math.min(at, this.#nextTakingAt(now));
    return at;
  }

  #nextTakingAt(now: number): number {
    if (this.#isWoken) return now;
    if (this.#emptyTurns > 0) {
      return this.#turnAt + Math.min(emptyPauses.first * 2 ** (this.#emptyTurns - 1), emptyPauses.longest);
    }
    let at = this.#wakeAt;
    if (!this.#hasSignals) at = Math.min(at, this.#turnAt + pollEvery);
    const { idle } = this.#options;
    if (idle !== undefined && this.#idleSince !== undefined) at = Math.min(at, this.#idleSince + idle);
    return at;
  }

  /** Something may wait for this worker. */
  wake(): void {
    this.#isWoken = true;
  }

  /** A turn is due, whatever there is to take. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** Something was offered by a signal. */
  offered(): void {
    this.#isOffered = true;
  }

  /** No signals come any more: it asks. */
  deafen(): void {
    this.#hasSignals = false;
  }

  /** A message arrived. */
  received(now: number): void {
    if (this.#idleSince !== undefined) this.#rate.pause(now);
    this.#idleSince = undefined;
  }

  /** A task was started. */
  started(now: number): void {
    this.#startedAt = now;
    this.#rate.count();
  }

  /** When it is clear that what waits does not start soon: it has waited for long, and so has everything before it. */
  #stallsAt(takenAt: number): number {
    return Math.max(takenAt, this.#startedAt) + returnAfter;
  }

  /** What may stay of that which waits: those that came after this time, and so many of the others, which start soon. */
  stays(now: number): { readonly since: number; readonly others: number } {
    const { oldestWaiting } = this.#holdings;
    const isOverdue = oldestWaiting && oldestWaiting.takenAt + returnAtLast <= now;
    return { since: now - returnAfter, others: isOverdue ? 0 : this.#rate.buffer(this.#places()) };
  }

  /** A turn is being made. */
  begin(now: number): void {
    const { oldestWaiting } = this.#holdings;
    if (oldestWaiting && this.#stallsAt(oldestWaiting.takenAt) <= now) this.#rate.stall(now);
    else if (this.#idleSince === undefined) this.#rate.sample(now);
    this.#isWoken = false;
    this.#isOffered = false;
    this.#isHurried = false;
    this.#options.budget?.turn(now);
  }

  /** A turn is sent, or sent again. */
  sent(now: number): void {
    this.#turnAt = now;
  }

  /** The turn was answered; the times of the reply are this machine's already. */
  answered({ limit }: Turn, { wakeAt, aliveUntil, more }: TurnReply, isEmpty: boolean, now: number): void {
    this.#wakeAt = wakeAt === undefined ? Infinity : Math.max(wakeAt, now + emptyPauses.first);
    this.#aliveUntil = Math.max(aliveUntil, now + aliveMargin + pollEvery);
    if (more && limit > 0) {
      this.#emptyTurns = isEmpty ? this.#emptyTurns + 1 : 0;
      if (!isEmpty) this.#isWoken = true;
    } else if (limit > 0) this.#emptyTurns = 0;
    else if (more) this.#isWoken = true;
  }

  /**
   * Takes down whether there was anything to do.
   *
   * @returns Whether there has been nothing for so long that the worker is to stop.
   */
  rested(isIdle: boolean, now: number): boolean {
    if (!isIdle) {
      this.#idleSince = undefined;
      return false;
    }
    this.#idleSince ??= now;
    const { idle } = this.#options;
    return idle !== undefined && now - this.#idleSince >= idle;
  }
}
