/**
 * Turns of workers in any language: they say what became of what they hold, and are told what is next. What a turn takes
 * beyond that (numbers, records, what is over before it starts) is seen to here.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Delivery, Lease, Report, Settlement, TurnReply } from "../../ports/turn.ts";
import type { TaskRecord } from "../../ports/task_record.ts";
import { systemClock } from "../../clock.ts";
import { noReason } from "../../streams/no_reason.ts";
import { InvalidInput } from "../../errors.ts";
import { withoutResult } from "../../worker/line.ts";
import type { Ledger } from "./ledger.ts";
import {
  isSettled,
  PlainDeliveries,
  type PlainDelivery,
  type PlainReport,
  type PlainSettlement,
} from "./plain_delivery.ts";

/** What a worker asks, checked. */
export interface PlainTurn {
  /** The worker, as the broker knows it. */
  readonly worker: string;
  /** The queues to take from. */
  readonly queues: readonly string[];
  /** How many it can take. */
  readonly limit: number;
  /** For how long all that it holds is leased (ms). */
  readonly lease: number;
  /** How long to wait for something to do (ms). */
  readonly wait: number;
  /** What it has not done yet. */
  readonly holds: readonly Lease[];
  /** What is done. */
  readonly settlements: readonly PlainSettlement[];
  /** What is told of that which is not. */
  readonly reports: readonly PlainReport[];
  /** Whether it is its last turn. */
  readonly leave: boolean;
}

/** What it is answered. */
export interface PlainReply {
  /** What it is to do. */
  readonly deliveries: readonly PlainDelivery[];
  /** What it no longer holds. */
  readonly lost: readonly Lease[];
  /** What it holds and need not do: it was revoked. */
  readonly revoked: readonly Lease[];
}

/** A turn that was taken. */
export interface PlainTaken {
  /** What the worker is answered: what is known so far. */
  readonly reply: () => PlainReply;
  /** Takes further turns while there is nothing to do; absent when the worker is answered at once. */
  readonly wait?: (over: AbortSignal) => Promise<void>;
}

/** What is handed in, and what is asked for, in one turn of the broker. */
interface Step {
  readonly settlements?: readonly Settlement[];
  readonly reports?: readonly Report[];
  readonly holds: readonly Lease[];
  readonly limit: number;
  readonly park?: boolean;
  readonly leave?: boolean;
}

/**
 * Numbers within one millisecond: no more, since scripts of Redis write a number with 14 digits. Two processes that take
 * turns of the same worker at the same moment could choose the same one: then one of them counts as a repetition of the
 * other, and what it hands in is run again when its lease ends.
 */
const perMillisecond = 32;
/** How often a number may be too low: each time it is raised by twice as much, from 50 ms on. */
const mostRaises = 12;

/** Takes turns for workers. */
export class PlainTurns {
  readonly #app: Umbel;
  readonly #ledger: Ledger;
  #last = 0;

  /** Of this app. */
  constructor(app: Umbel, ledger: Ledger) {
    this.#app = app;
    this.#ledger = ledger;
  }

  /** Takes a turn. */
  async take(turn: PlainTurn): Promise<PlainTaken> {
    const one = new PlainTaking(this.#app, this.#ledger, turn, (step) => this.#exchange(turn, step));
    await one.first();
    if (turn.wait === 0 || turn.limit === 0 || one.hasNews) return { reply: () => one.reply };
    const ends = performance.now() + turn.wait;
    return { reply: () => one.reply, wait: (over) => this.#wait(one, turn, ends, over) };
  }

  /** Waits for signals: the first one comes at once. */
  async #wait(one: PlainTaking, { worker }: PlainTurn, ends: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    const signals = this.#app.broker.watch([{ worker }], { signal: stop })[Symbol.asyncIterator]();
    try {
      let next = signals.next();
      while (!stop.aborted && !one.hasNews) {
        const left = Math.min(ends, one.worthWhileAt) - performance.now();
        const nap = new AbortController();
        const isSignal = await Promise.race([
          next.then(({ done }) => !done),
          systemClock.sleep(left, AbortSignal.any([nap.signal, stop])).then(() => undefined),
        ]);
        nap.abort(noReason);
        if (stop.aborted || isSignal === false || (isSignal === undefined && performance.now() >= ends)) return;
        if (isSignal) next = signals.next();
        await one.again();
      }
    } finally {
      over.abort(noReason);
      await signals.return?.();
      // Nobody listens from now on: what was offered meanwhile is taken, and nothing more is to be offered.
      await one.unpark();
    }
  }

  /** A turn of the broker; its number is the time, so that processes that share nothing count upwards together. */
  async #exchange({ worker, queues, lease }: PlainTurn, step: Step): Promise<TurnReply> {
    const { broker, wire, backend } = this.#app;
    const { settlements = [], reports = [], park = false, leave = false, holds, limit } = step;
    const fields = { worker, queues, lease, settlements, reports, park, leave, holds, limit };
    const packed = await wire.packTurn({ ...fields, number: 0 });
    const ended = packed.settlements.flatMap(({ again, record }): TaskRecord[] => again ? [] : [record]);
    if (backend && ended.length > 0) await backend.store(ended);
    const turn = backend ? { ...packed, settlements: packed.settlements.map(withoutResult) } : packed;
    const now = await broker.now();
    for (let raises = 0, ahead = 0;; raises++) {
      try {
        return await broker.exchange({ ...turn, number: this.#number(now + ahead) });
      } catch (error) {
        // Another process whose clock is ahead had the turn before.
        if (!(error instanceof InvalidInput && error.field === "number") || raises === mostRaises) throw error;
        ahead += 50 * 2 ** raises;
      }
    }
  }

  #number(now: number): number {
    const number = Math.floor(now) * perMillisecond + Math.floor(Math.random() * perMillisecond);
    // Never the same twice from here: it would count as a repetition.
    return this.#last = number <= this.#last && this.#last - number < perMillisecond * 1000 ? this.#last + 1 : number;
  }
}

/** One turn of a worker, however many of the broker that takes. */
class PlainTaking {
  readonly #app: Umbel;
  readonly #ledger: Ledger;
  readonly #turn: PlainTurn;
  readonly #exchange: (step: Step) => Promise<TurnReply>;
  readonly #deliveries: PlainDelivery[] = [];
  readonly #lost = new Set<Lease>();
  readonly #revoked = new Set<Lease>();
  #worthWhileAt = Infinity;
  #isParked = false;

  constructor(app: Umbel, ledger: Ledger, turn: PlainTurn, exchange: (step: Step) => Promise<TurnReply>) {
    this.#app = app;
    this.#ledger = ledger;
    this.#turn = turn;
    this.#exchange = exchange;
  }

  /** Whether there is something that the worker is to know at once. */
  get hasNews(): boolean {
    return this.#deliveries.length + this.#revoked.size > 0 || this.#turn.leave;
  }

  /** When another turn is worth while without a signal (by `performance.now()`). */
  get worthWhileAt(): number {
    return this.#worthWhileAt;
  }

  get reply(): PlainReply {
    return { deliveries: this.#deliveries, lost: [...this.#lost], revoked: [...this.#revoked] };
  }

  /** Hands in what is done, and takes what is next. */
  async first(): Promise<void> {
    const { worker, settlements, reports, holds, limit, leave } = this.#turn;
    const now = await this.#app.broker.now();
    const known = await this.#held();
    const deliveries = new PlainDeliveries(this.#app, worker, now);
    const handedIn = await Promise.all(settlements.flatMap((said) => {
      const found = known.get(said.lease);
      if (!found) this.#lost.add(said.lease);
      const { startedAt = found?.at } = said;
      return found ? [deliveries.settle(found.delivery, { ...said, ...(startedAt ? { startedAt } : {}) })] : [];
    }));
    const told = reports.flatMap((said) => {
      const found = known.get(said.lease);
      return found ? [deliveries.report(found.delivery, said, found.at ?? now)] : [];
    });
    const leases = settlements.map(({ lease }) => lease);
    const step = { settlements: handedIn, reports: told, holds: [...new Set([...holds, ...leases])], limit, leave };
    await this.#step(step);
    this.#ledger.forget(worker, leases);
  }

  /** Takes what is next, as a worker that waits. */
  async again(): Promise<void> {
    await this.#step({ holds: this.#turn.holds, limit: this.#turn.limit, park: true });
  }

  /** Takes what was offered by a signal, and no more offers. */
  async unpark(): Promise<void> {
    const { holds, limit } = this.#turn;
    const shown = this.#deliveries.map(({ lease }) => lease);
    if (this.#isParked && shown.length < limit) {
      await this.#step({ holds: [...new Set([...holds, ...shown])], limit: 0 });
    }
  }

  /** A turn; and another one for what came and is over already. */
  async #step(step: Step): Promise<void> {
    const { worker, limit, holds } = this.#turn;
    for (let next: Step | undefined = step; next;) {
      const reply: TurnReply = await this.#exchange(next);
      this.#isParked = next.park ?? false;
      const now = await this.#app.broker.now();
      for (const lease of reply.lost) this.#lost.add(lease);
      for (const lease of reply.revoked) if (!this.#lost.has(lease)) this.#revoked.add(lease);
      this.#worthWhileAt = reply.wakeAt === undefined ? Infinity : performance.now() + Math.max(reply.wakeAt - now, 50);
      const over = await this.#open(reply.deliveries, now);
      const settled: readonly Lease[] = over.map(({ lease }) => lease);
      const shown = this.#deliveries.map(({ lease }) => lease);
      next = over.length === 0 ? undefined : {
        settlements: over,
        holds: [...new Set([...holds, ...shown, ...settled])],
        limit: Math.max(0, limit - shown.length),
      };
      this.#ledger.forget(worker, settled);
    }
  }

  /** Takes in what came; returns what is over before it was started. */
  async #open(came: readonly Delivery[], now: number): Promise<readonly Settlement[]> {
    const { worker, limit } = this.#turn;
    // Who takes nothing may have another request on its way that does: the next one that takes brings it.
    if (limit === 0) return [];
    const deliveries = new PlainDeliveries(this.#app, worker, now);
    const over: Settlement[] = [];
    for (const delivery of came) {
      this.#ledger.note(worker, delivery, now);
      const opened = await deliveries.open(delivery);
      if (isSettled(opened)) over.push(opened);
      else this.#deliveries.push(opened);
    }
    return over;
  }

  /** What the worker speaks of, as it was handed out: as far as this process remembers, else as the broker knows it. */
  async #held(): Promise<ReadonlyMap<Lease, { readonly delivery: Delivery; readonly at?: number }>> {
    const { worker, settlements, reports, holds } = this.#turn;
    const held = new Map<Lease, { readonly delivery: Delivery; readonly at?: number }>();
    const missing = new Set<Lease>();
    for (const { lease } of [...settlements, ...reports]) {
      const known = this.#ledger.find(worker, lease);
      if (known) held.set(lease, known);
      else missing.add(lease);
    }
    if (missing.size === 0) return held;
    // The broker delivers again whatever the worker does not name.
    const { deliveries } = await this.#exchange({ holds: holds.filter((lease) => !missing.has(lease)), limit: 0 });
    for (const delivery of deliveries) if (missing.has(delivery.lease)) held.set(delivery.lease, { delivery });
    return held;
  }
}
