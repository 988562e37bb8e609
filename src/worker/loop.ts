/**
 * One life of a worker, from its first turn to its last: takes messages, lets the executor run them, and hands in what
 * they came to. One request is on its way at any time, and one timer.
 *
 * @module
 */
import type { Umbel } from "../app.ts";
import type { Delivery, Lease, Report, Settlement, Signal, Turn, TurnReply } from "../broker.ts";
import { BrokerRefused, InvalidInput, WorkerLost, WorkerStopped } from "../errors.ts";
import { type Logger, taskLogger } from "../log.ts";
import type { Message } from "../message.ts";
import { Unconfirmed } from "../policies/at_most_once.ts";
import { TimeLimits } from "../policies/time_limit.ts";
import { Executor } from "./executor.ts";
import { Herald } from "./herald.ts";
import { Narrator } from "./narrator.ts";
import { type Outcome, recordOf, settle } from "./outcome.ts";
import { Run, type Runner } from "./run.ts";
import { StartRate } from "./start_rate.ts";

/** What a worker did. */
export interface WorkerSummary {
  /** Messages that arrived. */
  readonly received: number;
  /** Tasks whose handler returned, or said by `Ignore` that they are done. */
  readonly done: number;
  /** Tasks that failed for good. */
  readonly failed: number;
  /** Runs that ended in another try. */
  readonly retried: number;
  /** Tasks that were revoked while they were here. */
  readonly revoked: number;
  /** Tasks that came too late. */
  readonly expired: number;
  /** Messages that were handed back: at the end, after a while, because their task is unknown here, or snoozed. */
  readonly returned: number;
  /** Messages whose lease was lost to another worker. */
  readonly lost: number;
}

/** What a loop is made of. */
export interface LoopOptions {
  /** The app. */
  readonly app: Umbel;
  /** The worker's id: of this life alone. */
  readonly id: string;
  /** The queues to take from. */
  readonly queues: readonly string[];
  /** Whether each of them in turn comes first. */
  readonly takesTurns: boolean;
  /** How many tasks run at once. */
  readonly concurrency: number;
  /** How many messages it may hold. */
  readonly prefetch: number;
  /** For how long they are leased (ms). */
  readonly lease: number;
  /** How long tasks may run on once it is told to stop (ms). */
  readonly grace: number;
  /** Whether to wait for signals; else it asks, and stops when nothing is left. */
  readonly listens: boolean;
  /** Stops after so long without anything to do (ms). */
  readonly idle: number | undefined;
  /** Says what happens. */
  readonly log: Logger;
}

/** The most settlements and reports of a turn, and about how many characters of settlements. */
const most = { settlements: 500, reports: 500, characters: 1_000_000 };
/** A task that runs for so long is reported as started (ms). */
const reportAfter = 500;
/** The least time between two turns that only report (ms). */
const reportEvery = 200;
/** An offer that was made by a signal is taken up by a turn within this time (ms): its lease is 5 s. */
const acknowledgeAfter = 1000;
/** A message that could not be started for so long goes back, for others to take (ms). */
const returnAfter = 1000;
/** The most time between two turns (ms): signals may get lost. */
const idleTurn = 30_000;
/** A turn is taken so long before the worker would count as dead (ms). */
const aliveMargin = 10_000;
/** Without signals it asks so often (ms). */
const pollEvery = 1000;
/** Pauses between tries of a turn that failed (ms). */
const pauses = { first: 50, longest: 5000 };
/** Pauses while "more" is waiting and none of it comes (ms). */
const emptyPauses = { first: 10, longest: 1000 };
/** For how long the broker may be silent before that is said, and the turn repeated (ms). */
const patience = 2000;
/** For how long it tries to say goodbye (ms): below what is left of 5 s after the usual grace. */
const goodbye = 900;
/** Handlers that return no promise run for so long at a stretch before others get their turn (ms). */
const stretch = 5;
/** How many leases are remembered after their end: signals that name them may come late. */
const remembered = 2000;

/** One life of a worker. */
export class Loop implements Runner {
  readonly #options: LoopOptions;
  readonly #executor: Executor;
  readonly #limits: TimeLimits;
  readonly #narrator: Narrator;
  readonly #herald: Herald;
  readonly #rate = new StartRate();
  /** All that the worker holds, by lease. */
  readonly #runs = new Map<Lease, Run>();
  /** Those that wait for a free runner. */
  #waiting: Run[] = [];
  /** Those that wait for a turn to name them. */
  readonly #unconfirmed = new Unconfirmed<Run>();
  #running = 0;
  /** Those that are over and were not handed in yet. */
  #over: Run[] = [];
  /** Those that are handed in by the turn that is on its way. */
  #handedIn: readonly Run[] = [];
  #recent = new Set<Lease>();
  #older = new Set<Lease>();
  readonly #counts = { received: 0, done: 0, failed: 0, retried: 0, revoked: 0, expired: 0, returned: 0, lost: 0 };
  readonly #listening = new AbortController();
  /** Aborted when the worker is to end at once. */
  readonly #cold = new AbortController();
  /** Aborted when the worker is to stop: cuts a pause short. */
  readonly #warm = new AbortController();
  readonly #graceOver = new AbortController();
  /** Whether the broker has answered. */
  #isReady = false;
  #isStopping = false;
  #goodbye: Promise<void> | undefined;
  #number = 0;
  #queues: readonly string[];
  #hasSignals: boolean;
  /** Broker's time less this machine's. */
  #offset = 0;
  #turnAt = -Infinity;
  #wakeAt = 0;
  #aliveUntil = Infinity;
  #emptyTurns = 0;
  #idleSince: number | undefined;
  /** Something may wait for this worker. */
  #isWoken = true;
  #offered = false;
  #news = false;
  #pumping = false;
  #pumpTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  #wait: AbortController | undefined;
  #giveUp: (() => void) | undefined;

  /** A life that has not begun. */
  constructor(options: LoopOptions) {
    this.#options = options;
    const { app, id, log, queues, listens } = options;
    this.#queues = queues;
    this.#hasSignals = listens;
    this.#limits = new TimeLimits(app.clock);
    this.#executor = new Executor({
      tasks: app.tasks,
      config: app.config,
      middleware: app.middleware,
      limits: this.#limits,
      now: () => this.#brokerNow(),
    });
    this.#narrator = new Narrator(log, id);
    this.#herald = new Herald(app.hooks, log, id);
  }

  /** What it did so far. */
  get summary(): WorkerSummary {
    return { ...this.#counts };
  }

  #now(): number {
    return this.#options.app.clock.now();
  }

  #brokerNow(): number {
    return this.#now() + this.#offset;
  }

  /** Lives until it is told to stop. */
  async run(): Promise<void> {
    const { listens, log, id, queues } = this.#options;
    const listened = listens ? this.#listen() : undefined;
    log.info(`${id} takes from ${queues.join(", ")}`, { queues });
    try {
      while (!this.#isFinished()) {
        const pause = this.#nextTurnAt(this.#now()) - this.#now();
        if (pause > 0) await this.#sleep(pause);
        else await this.#takeTurn();
      }
      await this.#leave();
    } finally {
      this.#dropAll();
      this.#graceOver.abort();
      this.#listening.abort();
      clearTimeout(this.#pumpTimer);
      clearTimeout(this.#silenceTimer);
      await listened;
      await this.#tellGoodbye();
    }
    log.info(`${id} has left`, this.summary as unknown as { [name: string]: unknown });
  }

  /** Stops taking, lets what runs finish within the grace, hands back the rest. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#warm.abort();
    const { app, grace, log, id } = this.#options;
    log.info(`${id} stops: ${this.#running} tasks still run`);
    this.#returnWaiting(Infinity);
    this.#poke();
    void app.clock.sleep(grace, this.#graceOver.signal).then(() => {
      if (!this.#graceOver.signal.aborted) this.abort();
    });
  }

  /** Stops at once: what runs is aborted and handed back. */
  abort(): void {
    this.stop();
    this.#cold.abort();
    this.#giveUp?.();
    this.#poke();
  }

  #isFinished(): boolean {
    if (!this.#isStopping) return false;
    return this.#cold.signal.aborted || (this.#running === 0 && this.#countOver() === this.#over.length);
  }

  // Waiting for the next turn.

  /** When the next turn is due, as far as it is known now. */
  #nextTurnAt(now: number): number {
    const { lease } = this.#options;
    if (this.#over.length > 0 || this.#unconfirmed.size > 0) return now;
    let at = Math.min(this.#turnAt + idleTurn, this.#aliveUntil - aliveMargin);
    if (this.#runs.size > 0) at = Math.min(at, this.#turnAt + lease / 3, this.#nextReportAt());
    if (this.#offered) at = Math.min(at, this.#turnAt + acknowledgeAfter);
    const oldest = this.#waiting[0];
    if (oldest) at = Math.min(at, oldest.takenAt + returnAfter);
    if (this.#room() > 0) at = Math.min(at, this.#nextTakingAt(now));
    return at;
  }

  #nextReportAt(): number {
    let at = this.#news ? this.#turnAt + reportEvery : Infinity;
    for (const run of this.#runs.values()) {
      if (run.isRunning && !run.isReported) at = Math.min(at, run.startedAt! - this.#offset + reportAfter);
    }
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

  async #sleep(ms: number): Promise<void> {
    this.#wait = new AbortController();
    await this.#options.app.clock.sleep(ms, this.#wait.signal);
    this.#wait = undefined;
  }

  /** Something happened that may make a turn due. */
  #poke(): void {
    this.#wait?.abort();
  }

  // Turns.

  async #takeTurn(): Promise<void> {
    const { app: { broker } } = this.#options;
    const turn = await this.#try(async () => {
      this.#offset = await broker.now() - this.#now();
      return this.#makeTurn(false);
    });
    if (!turn) return;
    const { runs, message } = turn;
    const reply = await this.#try(async () => {
      const silence = new AbortController();
      this.#silenceTimer = setTimeout(() => silence.abort(), patience);
      try {
        return await this.#exchange(message, silence.signal);
      } finally {
        clearTimeout(this.#silenceTimer);
      }
    });
    if (reply) this.#apply(message, runs, reply);
  }

  #makeTurn(leave: boolean): { readonly message: Turn; readonly runs: readonly Run[] } {
    const { id, lease } = this.#options;
    const now = this.#now();
    if (this.#idleSince === undefined) this.#rate.sample(now);
    this.#returnWaiting(now - returnAfter);
    const runs = this.#over.splice(0, this.#countOver());
    this.#handedIn = runs;
    const limit = leave ? 0 : this.#room();
    this.#isWoken = false;
    this.#offered = false;
    this.#number++;
    const message: Turn = {
      worker: id,
      number: this.#number,
      queues: this.#queues,
      limit,
      holds: [...this.#runs.keys()],
      settlements: runs.map(({ settlement }) => settlement!),
      reports: leave ? [] : this.#reports(),
      lease,
      park: limit > 0 && this.#hasSignals,
      leave,
    };
    return { message, runs };
  }

  /** How many of those that are over fit into one turn. */
  #countOver(): number {
    let count = 0;
    for (let characters = 0; count < this.#over.length && count < most.settlements; count++) {
      characters += this.#over[count]!.size;
      if (characters > most.characters && count > 0) break;
    }
    return count;
  }

  /** What is new about those that run. All that are reported soon anyway go along. */
  #reports(): Report[] {
    const reports: Report[] = [];
    const since = this.#brokerNow() - reportAfter / 2;
    this.#news = false;
    for (const run of this.#runs.values()) {
      if (!run.isRunning || !(run.hasNews || (!run.isReported && run.startedAt! <= since))) continue;
      if (reports.length === most.reports) {
        this.#news = true;
        break;
      }
      run.isReported = true;
      run.hasNews = false;
      const { lease, message, state, startedAt, meta } = run;
      reports.push({
        lease,
        record: {
          ...recordOf(message, state, message.retries),
          startedAt: startedAt!,
          worker: this.#options.id,
          ...(meta === undefined ? {} : { meta }),
        },
      });
    }
    return reports;
  }

  /** How many messages more it takes: no more than it can start soon. */
  #room(): number {
    if (this.#isStopping) return 0;
    const { concurrency, prefetch } = this.#options;
    const hold = Math.max(concurrency, Math.min(prefetch, concurrency + this.#rate.buffer(concurrency)));
    return Math.max(0, Math.min(500, hold - this.#running - this.#waiting.length - this.#unconfirmed.size));
  }

  async #exchange(turn: Turn, signal?: AbortSignal): Promise<TurnReply> {
    const { broker, backend } = this.#options.app;
    this.#turnAt = this.#now();
    if (!backend) return await broker.exchange(turn, signal ? { signal } : {});
    // The results come first: a crash between the two repeats the task, and loses nothing.
    const ended = turn.settlements.flatMap(({ again, record }) => again ? [] : [record]);
    if (ended.length > 0) await backend.store(ended);
    return await broker.exchange(
      { ...turn, settlements: turn.settlements.map(withoutResult) },
      signal ? { signal } : {},
    );
  }

  /**
   * Tries until it succeeds. What is tried changes nothing when it is repeated.
   *
   * @returns `undefined` when the worker is to end at once, or stops and has nothing more to wait for.
   */
  async #try<T>(action: () => Promise<T>): Promise<T | undefined> {
    const { log, app } = this.#options;
    for (let attempt = 0; !this.#cold.signal.aborted; attempt++) {
      if (attempt > 0 && this.#isStopping && this.#running === 0) return undefined;
      try {
        const result = await this.#unlessCold(action());
        if (attempt > 0) log.info("The broker answers again");
        return result;
      } catch (error) {
        if (error instanceof InvalidInput || error instanceof TypeError || error instanceof RangeError) throw error;
        // What is refused at the first turn is a wrong token or URL: nobody is to wait for that to get better.
        if (error instanceof BrokerRefused && this.#number <= 1) throw error;
        if (attempt === 0) log.error(`${sentence(error)}; trying on`);
        const pause = Math.min(pauses.first * 2 ** attempt, pauses.longest) * (0.5 + Math.random() / 2);
        await app.clock.sleep(pause, this.#isStopping ? this.#cold.signal : this.#warm.signal);
      }
    }
  }

  /** Not by `Promise.race`: that would keep a reaction for each turn until the worker ends. */
  #unlessCold<T>(promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#giveUp = () => resolve(undefined);
      promise.then(resolve, reject);
    });
  }

  #apply({ holds, limit }: Turn, handedIn: readonly Run[], reply: TurnReply): void {
    const now = this.#now();
    if (!this.#isReady) {
      this.#isReady = true;
      this.#herald.ready(this.#options.queues);
    }
    this.#handedIn = [];
    for (const run of handedIn) this.#forget(run);
    for (const lease of reply.lost) this.#lose(lease);
    for (const lease of reply.revoked) this.#runs.get(lease)?.revoke();
    this.#wakeAt = reply.wakeAt === undefined
      ? Infinity
      : Math.max(reply.wakeAt - this.#offset, now + emptyPauses.first);
    this.#aliveUntil = Math.max(reply.aliveUntil - this.#offset, now + aliveMargin + pollEvery);
    const before = this.#counts.received;
    this.#waiting.push(...this.#unconfirmed.confirm(holds));
    this.#receive(reply.deliveries, now, true);
    const isEmpty = this.#counts.received === before;
    if (reply.more && limit > 0) {
      // Nobody else may get at what is first in line.
      if (this.#options.takesTurns && this.#queues.length > 1) {
        this.#queues = [...this.#queues.slice(1), this.#queues[0]!];
      }
      this.#emptyTurns = isEmpty ? this.#emptyTurns + 1 : 0;
      if (!isEmpty) this.#isWoken = true;
    } else {
      if (limit > 0) this.#emptyTurns = 0;
      else if (reply.more) this.#isWoken = true;
    }
    this.#checkIdle(now, isEmpty && !reply.more && limit > 0 && holds.length === handedIn.length);
    this.#pump();
  }

  /** Stops once nothing has been left for long enough. */
  #checkIdle(now: number, isIdle: boolean): void {
    const { idle } = this.#options;
    if (!isIdle) {
      this.#idleSince = undefined;
      return;
    }
    this.#idleSince ??= now;
    if (idle !== undefined && now - this.#idleSince >= idle) this.stop();
  }

  #forget({ lease }: Run): void {
    this.#runs.delete(lease);
    this.#recent.add(lease);
    if (this.#recent.size < remembered) return;
    this.#older = this.#recent;
    this.#recent = new Set();
  }

  #lose(lease: Lease): void {
    const run = this.#runs.get(lease);
    this.#counts.lost++;
    if (!run) return;
    this.#drop(run, new WorkerLost("The lease was lost: another worker has the task, or will have it"));
    this.#narrator.lost(run);
    this.#herald.dropped(run);
  }

  #drop(run: Run, reason: unknown): void {
    const { isRunning } = run;
    run.drop(reason);
    run.isRunning = false;
    this.#limits.remove(run);
    this.#forget(run);
    if (isRunning) this.#running--;
    this.#over = this.#over.filter((other) => other !== run);
    this.#waiting = this.#waiting.filter((other) => other !== run);
  }

  /** The last turn: hands in what is finished, and back what is not. */
  async #leave(): Promise<void> {
    const { app, log, id } = this.#options;
    this.#dropAll();
    void this.#tellGoodbye();
    // Nobody knows whether a turn that was given up arrived: what it handed in is handed in again.
    this.#over = [...this.#handedIn, ...this.#over];
    const deadline = new AbortController();
    const timeUp = app.clock.sleep(goodbye, deadline.signal).then(() => deadline.abort());
    try {
      const { message } = this.#makeTurn(true);
      await untilAborted(this.#exchange(message, deadline.signal), deadline.signal);
    } catch (error) {
      log.error(`${id} could not say goodbye, what it holds comes back when its lease ends: ${sentence(error)}`);
    } finally {
      deadline.abort();
      await timeUp;
    }
  }

  /** Tells the hooks, once, and waits for those that have something to do: not longer than for the broker. */
  async #tellGoodbye(): Promise<void> {
    if (this.#isReady) await (this.#goodbye ??= this.#waitForHooks());
  }

  async #waitForHooks(): Promise<void> {
    const { app: { clock }, queues } = this.#options;
    const told = this.#herald.left(queues);
    if (!told) return;
    const over = new AbortController();
    await Promise.race([told, clock.sleep(goodbye, over.signal)]);
    over.abort();
  }

  #dropAll(): void {
    for (const run of this.#runs.values()) {
      if (run.isOver) continue;
      if (run.isRunning && run.isAtMostOnce) {
        // Handed back it would be run again.
        const thrown = new WorkerStopped(`Worker ${this.#options.id} stops, and the task is run at most once`);
        run.abort(thrown);
        run.end({ kind: "failed", thrown });
        continue;
      }
      this.#counts.returned++;
      this.#narrator.returned(run);
      this.#herald.dropped(run);
      run.drop(new WorkerStopped(`Worker ${this.#options.id} stops`));
      this.#limits.remove(run);
    }
  }

  // Deliveries.

  async #listen(): Promise<void> {
    const { app: { broker }, id, log } = this.#options;
    const { signal } = this.#listening;
    try {
      for await (const one of broker.watch([{ worker: id }], { signal })) this.#hear(one);
    } catch (error) {
      log.warning(`No signals come: ${sentence(error)}`);
    }
    // Without signals it asks.
    this.#hasSignals = false;
    this.#poke();
  }

  #hear(signal: Signal): void {
    switch (signal.kind) {
      case "delivery":
        // A worker that stops says so in its next turn; what is offered until then goes back with it.
        if (this.#isStopping) return;
        this.#offered = true;
        this.#receive(signal.deliveries, this.#now(), false);
        this.#pump();
        break;
      case "revoked":
        for (const run of this.#runs.values()) if (run.message.id === signal.id) run.revoke();
        break;
      case "wake":
        this.#isWoken = true;
        break;
    }
    this.#poke();
  }

  /** @param isFirm Whether a turn brought them, and no signal. */
  #receive(deliveries: readonly Delivery[], now: number, isFirm: boolean): void {
    for (const delivery of deliveries) {
      const { lease } = delivery;
      if (this.#runs.has(lease) || this.#recent.has(lease) || this.#older.has(lease)) continue;
      if (this.#idleSince !== undefined) this.#rate.pause(now);
      this.#idleSince = undefined;
      const run = new Run(delivery, this, now);
      this.#runs.set(lease, run);
      this.#counts.received++;
      this.#narrator.received(run);
      this.#herald.received(run);
      if (isFirm || !this.#options.app.tasks.get(run.message.task)?.settings.isAtMostOnce) this.#waiting.push(run);
      else this.#unconfirmed.add(run);
    }
    if (this.#isStopping) this.#returnWaiting(Infinity);
  }

  /** Hands back those that were taken until that time and have not been started. */
  #returnWaiting(until: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.takenAt <= until) {
      this.#waiting.shift()!.end({ kind: "returned" });
    }
    if (until < Infinity) return;
    for (const run of this.#unconfirmed.clear()) run.end({ kind: "returned" });
  }

  // Runs.

  /** Starts what waits, as far as there are free runners. */
  #pump(): void {
    if (this.#pumping || this.#waiting.length === 0) return;
    this.#pumping = true;
    const until = performance.now() + stretch;
    while (this.#waiting.length > 0 && this.#running < this.#options.concurrency) {
      this.#start(this.#waiting.shift()!);
      if (performance.now() < until) continue;
      // Turns, signals and timers come first for a moment: a lease may have to be renewed.
      this.#pumpTimer ??= setTimeout(() => {
        this.#pumpTimer = undefined;
        this.#pump();
      }, 0);
      break;
    }
    this.#pumping = false;
  }

  #start(run: Run): void {
    if (run.isOver) return;
    this.#rate.count();
    this.#running++;
    run.isRunning = true;
    this.#executor.execute(run);
  }

  /** Hears of the outcome of a run. */
  ended(run: Run, outcome: Outcome): void {
    const { app: { config }, id } = this.#options;
    if (run.isRunning) {
      run.isRunning = false;
      this.#running--;
      this.#limits.remove(run);
    }
    run.settlement = settle(run, outcome, { id, config }, this.#brokerNow());
    run.size = sizeOf(run, outcome);
    this.#count(outcome);
    this.#narrator.ended(run, outcome, run.settlement.record);
    this.#herald.ended(run, outcome, run.settlement.record);
    this.#over.push(run);
    this.#poke();
    this.#pump();
  }

  #count({ kind }: Outcome): void {
    const counts = this.#counts;
    if (kind === "succeeded" || kind === "ignored") counts.done++;
    else if (kind === "retry") counts.retried++;
    else if (kind === "unknown" || kind === "snoozed") counts.returned++;
    else counts[kind]++;
  }

  /** Hears that a handler is about to be called. */
  began(run: Run): void {
    this.#herald.began(run);
  }

  /** Hears that a handler told something. */
  told(): void {
    this.#news = true;
    this.#poke();
  }

  /** A logger for one run. */
  logFor({ task, id }: Message): Logger {
    return taskLogger(this.#options.log, task, id);
  }
}

/** About how many characters a settlement takes. */
function sizeOf({ message: { args, attempts = [] } }: Run, outcome: Outcome): number {
  let size = 300 + attempts.length * 1500 +
    (outcome.kind === "succeeded" ? outcome.size : outcome.kind === "failed" || outcome.kind === "retry" ? 4000 : 0);
  for (const value of args) {
    if (typeof value === "string") size += value.length;
    else size += typeof value === "object" ? JSON.stringify(value).length : 20;
  }
  return size;
}

/** What the broker is told of a task whose result is in the backend. */
function withoutResult(settlement: Settlement): Settlement {
  const { result: _, ...record } = settlement.record;
  return { ...settlement, record };
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("no answer in time")), { once: true });
    promise.then(resolve, reject);
  });
}
