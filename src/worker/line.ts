/**
 * A worker's line to the broker: one request is on its way at any time, and it is repeated until it is answered.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import { steady } from "../clock.ts";
import type { Settlement, Turn, TurnReply } from "../ports/turn.ts";
import { BrokerRefused, InvalidInput } from "../errors.ts";
import type { Logger } from "../log.ts";

/** What a line is made of. */
export interface LineOptions {
  /** The app. */
  readonly app: Umbel;
  /** Says when the broker does not answer. */
  readonly log: Logger;
  /** Hears that a turn is sent, or sent again, at this machine's time. */
  readonly sent: (now: number) => void;
  /** Whether an answer is still worth waiting for. */
  readonly isNeeded: () => boolean;
}

/** Pauses between tries of a request that failed (ms). */
const pauses = { first: 50, longest: 5000 };
/** For how long the broker may be silent before that is said, and the turn repeated (ms). */
const patience = 2000;

/** The line to the broker. */
export class Line {
  readonly #options: LineOptions;
  /** Aborted when the worker is to stop: cuts a pause short. */
  readonly #stopping = new AbortController();
  /** Aborted when the worker is to end at once. */
  readonly #cut = new AbortController();
  #giveUp: (() => void) | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  #hasAnswered = false;
  #answeredAt: number | undefined;
  /** Since when it does not answer. */
  #awaySince: number | undefined;
  /** The broker's time less this machine's. */
  #offset = 0;

  /** A line over which nothing has gone yet. */
  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** Whether the broker has answered a turn. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** When the broker last answered (ms since 1970); `undefined` while it does not. */
  get answeredAt(): number | undefined {
    return this.#answeredAt && this.#options.app.clock.now() - (this.now() - this.#answeredAt);
  }

  /** This machine's time, as it would be had nobody set its clock since it was started: turns are due by that. */
  now(): number {
    return Math.floor(steady(this.#options.app.clock));
  }

  /** The broker's time. */
  brokerNow(): number {
    return this.now() + this.#offset;
  }

  /** A time of this machine's by the broker's clock. */
  toBroker(time: number): number {
    return time + this.#offset;
  }

  /** A time of the broker's by this machine's clock. */
  toLocal(time: number): number {
    return time - this.#offset;
  }

  /** The worker is to stop: it does not pause any longer. */
  stop(): void {
    this.#stopping.abort();
  }

  /** The worker is to end at once: what is on its way is given up. */
  cut(): void {
    this.#cut.abort();
    this.#giveUp?.();
  }

  /** Whether it was cut. */
  get isCut(): boolean {
    return this.#cut.signal.aborted;
  }

  /** Lets go of its timer. */
  close(): void {
    clearTimeout(this.#silenceTimer);
  }

  /**
   * Measures the broker's time.
   *
   * @returns Whether that was possible before the worker had to give up.
   */
  async measure(): Promise<boolean> {
    const { broker } = this.#options.app;
    const offset = await this.#persist(async () => await broker.now() - this.now());
    if (offset === undefined) return false;
    this.#offset = offset;
    return true;
  }

  /** Takes a turn. @returns `undefined` when the worker had to give up. */
  async exchange(turn: Turn): Promise<TurnReply | undefined> {
    const packed = await this.#pack(turn);
    const reply = await this.#persist(async () => {
      const silence = new AbortController();
      this.#silenceTimer = setTimeout(() => silence.abort(), patience);
      try {
        return await this.#send(packed, silence.signal);
      } finally {
        clearTimeout(this.#silenceTimer);
      }
    });
    if (reply) this.#hasAnswered = true;
    return reply;
  }

  /** Takes the last turn: tried once, and for no longer than so many ms. */
  async exchangeWithin(turn: Turn, limit: number): Promise<void> {
    const deadline = new AbortController();
    const timeUp = this.#options.app.clock.sleep(limit, deadline.signal).then(() => deadline.abort());
    try {
      const packed = await this.#pack(turn);
      await untilAborted(this.#send(packed, deadline.signal), deadline.signal);
    } finally {
      deadline.abort();
      await timeUp;
    }
  }

  /** Once for all repetitions: a repeated turn must not differ. */
  #pack(turn: Turn): Turn | Promise<Turn> {
    return this.#options.app.wire.packTurn(turn);
  }

  async #send(turn: Turn, signal: AbortSignal): Promise<TurnReply> {
    const { app: { broker, backend }, sent } = this.#options;
    sent(this.now());
    if (!backend) return await broker.exchange(turn, { signal });
    // The results come first: a crash between the two repeats the task, and loses nothing.
    const ended = turn.settlements.flatMap(({ again, record }) => again ? [] : [record]);
    if (ended.length > 0) await backend.store(ended);
    return await broker.exchange({ ...turn, settlements: turn.settlements.map(withoutResult) }, { signal });
  }

  /**
   * Tries until it succeeds. What is tried changes nothing when it is repeated.
   *
   * @returns `undefined` when the worker is to end at once, or stops and has nothing more to wait for.
   */
  async #persist<T>(action: () => Promise<T>): Promise<T | undefined> {
    const { app, isNeeded } = this.#options;
    for (let attempt = 0; !this.isCut; attempt++) {
      if (attempt > 0 && !isNeeded()) return undefined;
      try {
        const result = await this.#unlessCut(action());
        if (!this.isCut) this.#reached();
        return result;
      } catch (error) {
        if (error instanceof InvalidInput || error instanceof TypeError || error instanceof RangeError) throw error;
        // What is refused at the first turn is a wrong token or URL: nobody is to wait for that to get better.
        if (error instanceof BrokerRefused && !this.#hasAnswered) throw error;
        this.#missed(error);
        const pause = Math.min(pauses.first * 2 ** attempt, pauses.longest) * (0.5 + Math.random() / 2);
        await app.clock.sleep(pause, (this.#stopping.signal.aborted ? this.#cut : this.#stopping).signal);
      }
    }
  }

  #reached(): void {
    this.#answeredAt = this.now();
    if (this.#awaySince === undefined) return;
    const seconds = (this.#answeredAt - this.#awaySince) / 1000;
    this.#options.log.info(`The broker answers again, after ${seconds.toFixed(1)} s`, { seconds });
    this.#awaySince = undefined;
  }

  /** Said once, and not for each try. */
  #missed(error: unknown): void {
    this.#answeredAt = undefined;
    if (this.#awaySince !== undefined) return;
    this.#awaySince = this.now();
    this.#options.log.warning(`${sentence(error)}; trying on`);
  }

  /** Not by `Promise.race`: that would keep a reaction for each turn until the worker ends. */
  #unlessCut<T>(promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#giveUp = () => resolve(undefined);
      promise.then(resolve, reject);
    });
  }
}

/** What the broker is told of a task whose result is in the backend. */
export function withoutResult(settlement: Settlement): Settlement {
  const { result: _, encoded: { result: _encoded, ...encoded } = {}, ...record } = settlement.record;
  return { ...settlement, record: { ...record, ...(encoded.meta ? { encoded } : {}) } };
}

/** What is said of an error. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("no answer in time")), { once: true });
    promise.then(resolve, reject);
  });
}
