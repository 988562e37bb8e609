/**
 * Runs what a worker holds: starts what waits as far as there are free runners, settles what ends, and says so.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import type { Delivery, Lease } from "../ports/turn.ts";
import { steady } from "../clock.ts";
import { WorkerLost, WorkerStopped } from "../errors.ts";
import { type Logger, type TaskLogger, taskLogger } from "../log.ts";
import { keepingLogger } from "../policies/kept_log.ts";
import { TimeLimits } from "../policies/time_limit.ts";
import type { Encoded } from "../wire/encoded.ts";
import { type Batch, inBatches } from "./runs/batch.ts";
import { Executor, type RunLimits } from "./runs/executor.ts";
import type { Herald } from "./telling/herald.ts";
import { type Holdings, runsOf } from "./holdings.ts";
import { Narrator } from "./telling/narrator.ts";
import type { Outcome } from "./runs/outcome.ts";
import { settle, withResult } from "./runs/settlement.ts";
import type { Pool, PoolMaker } from "./pools/pool.ts";
import { told } from "./telling/reporter.ts";
import { Run, type Runner } from "./runs/run.ts";
import { Tally } from "./telling/summary.ts";

/** What a crew is made of. */
export interface CrewOptions {
  /** The app. */
  readonly app: Umbel;
  /** The worker's id. */
  readonly id: string;
  /** How many tasks run at once. */
  readonly concurrency: number;
  /** Where they run. */
  readonly pool: PoolMaker;
  /** Says what happens. */
  readonly log: Logger;
  /** Tells the hooks what happens. */
  readonly herald: Herald;
  /** What the worker holds. */
  readonly holdings: Holdings;
  /** The broker's time (ms). */
  readonly brokerNow: () => number;
  /** Hears that a task is started. */
  readonly started: () => void;
  /** Hears that a handler told something. */
  readonly told: () => void;
  /** Hears how long a task took (ms). */
  readonly took: (duration: number) => void;
  /** Hears that something can be handed in. */
  readonly ended: () => void;
  /** Hears that there may be more places than before. */
  readonly roomier: () => void;
}

/** Handlers that return no promise run for so long at a stretch before others get their turn (ms). */
const stretch = 5;

/** Runs tasks. */
export class Crew implements Runner {
  /** What it did so far. */
  readonly tally: Tally = new Tally();
  readonly #options: CrewOptions;
  readonly #holdings: Holdings;
  readonly #herald: Herald;
  readonly #narrator: Narrator;
  readonly #limits: TimeLimits;
  readonly #pool: Pool;
  readonly #executor: Executor;
  #isStarting = false;
  #startTimer: ReturnType<typeof setTimeout> | undefined;

  /** A crew that has nothing to do yet. */
  constructor(options: CrewOptions) {
    this.#options = options;
    const { app, id, log, holdings, herald, brokerNow, concurrency } = options;
    this.#holdings = holdings;
    this.#herald = herald;
    this.#narrator = new Narrator(log, id);
    this.#limits = new TimeLimits(app.clock);
    this.#pool = options.pool.make({ app, size: concurrency, log, now: brokerNow, changed: () => this.#roomChanged() });
    this.#executor = new Executor({
      tasks: app.tasks,
      config: app.config,
      middleware: app.middleware,
      wire: app.wire,
      limits: this.#limits,
      now: brokerNow,
      pool: this.#pool,
    });
  }

  /** Gets ready to run something, unless it is aborted. @throws {PoolFailed} When its pool cannot. */
  async open(signal: AbortSignal): Promise<void> {
    await this.#pool.open(signal);
  }

  /** How many tasks can run now, those that run included. */
  get places(): number {
    return this.#pool.places;
  }

  /** How many children there are, in a pool that has any. */
  get children(): number | undefined {
    return this.#pool.children;
  }

  /**
   * Replaces the children, each after what it runs.
   *
   * @returns How many these are; `undefined` in a pool that has none.
   */
  restartPool(): number | undefined {
    return this.#pool.restart?.();
  }

  /**
   * Sets the time limits (ms) of a task's runs that are started from now on; `null` takes back what was set, `undefined`
   * leaves it as it is.
   *
   * @returns What holds now, for calls that name none of their own.
   * @throws {InvalidInput} When the soft limit would not be below the hard one.
   */
  setTimeLimits(task: string, change: { readonly [kind in "soft" | "hard"]: number | null | undefined }): RunLimits {
    return this.#executor.setLimits(task, change);
  }

  /** So many tasks at once from now on. */
  resize(size: number): void {
    const before = this.places;
    this.#pool.resize(size);
    if (this.places > before) this.#roomChanged();
  }

  #roomChanged(): void {
    this.startWaiting();
    this.#options.roomier();
  }

  /**
   * Deliveries arrived.
   *
   * @param now This machine's time (ms).
   * @param isFirm Whether a turn brought them, and no signal.
   */
  receive(deliveries: readonly Delivery[], now: number, isFirm: boolean): void {
    const { tasks } = this.#options.app;
    const runs = deliveries.map((delivery) => new Run(delivery, this, now));
    for (const run of runs) {
      this.#holdings.add(run);
      this.tally.count("received");
      this.#narrator.received(run);
      this.#herald.received(run);
    }
    const unsure = isFirm ? [] : runs.filter(({ message }) => tasks.get(message.task)?.settings.isAtMostOnce);
    for (const run of unsure) this.#holdings.doubt(run);
    const sure = unsure.length === 0 ? runs : runs.filter((run) => !unsure.includes(run));
    for (const place of inBatches(sure, (task) => tasks.get(task)?.settings.batch?.size)) this.#holdings.line(place);
  }

  /** Starts what waits, as far as there are free runners. */
  startWaiting(): void {
    if (this.#isStarting || this.#holdings.waiting === 0) return;
    this.#isStarting = true;
    const now = () => steady(this.#options.app.clock);
    const until = now() + stretch;
    try {
      while (this.#holdings.waiting > 0 && this.#holdings.running < this.#pool.places) {
        this.#start(this.#holdings.takeWaiting()!);
        if (now() < until) continue;
        // Turns, signals and timers come first for a moment: a lease may have to be renewed.
        this.#startTimer ??= setTimeout(() => {
          this.#startTimer = undefined;
          this.startWaiting();
        }, 0);
        break;
      }
    } finally {
      this.#isStarting = false;
    }
  }

  #start(place: Run | Batch): void {
    if (place.isOver) return;
    this.#options.started();
    this.#holdings.start(place);
    for (const run of runsOf(place)) if (!run.isOver) this.#executor.execute(run);
  }

  /** Lets go of its timer and its pool. */
  async close(): Promise<void> {
    clearTimeout(this.#startTimer);
    await this.#pool.close();
  }

  /** Hears that a handler is about to be called. */
  began(run: Run): void {
    this.#herald.began(run);
  }

  /** Hears that a handler told something. */
  told(): void {
    this.#options.told();
  }

  /** A logger for one run. */
  logFor(run: Run): TaskLogger {
    const { log, brokerNow } = this.#options;
    const said = taskLogger(log, run.message.task, run.message.id);
    return run.keepsLog ? keepingLogger(said, (level, message) => run.keep(brokerNow(), level, message)) : said;
  }

  /** Hears of the outcome of a run. */
  ended(run: Run, outcome: Outcome): void {
    const { app, id, brokerNow } = this.#options;
    this.#release(run);
    run.settlement = settle(run, outcome, { id, config: app.config }, brokerNow());
    run.size = sizeOf(run, outcome);
    const { task } = run.message;
    this.tally.ended(outcome, app.tasks.has(task) ? task : undefined);
    this.#follow(run);
    this.#narrator.ended(run, outcome, run.settlement.record);
    this.#herald.ended(run, outcome, run.settlement.record);
    // Those who were told saw the value; the broker gets what the codecs made of it.
    if (run.encodedResult) run.settlement = withResult(run.settlement, run.encodedResult);
    this.#holdings.end(run);
    if (run.startedAt !== undefined) this.#options.took(brokerNow() - run.startedAt);
    this.#options.ended();
    this.startWaiting();
  }

  /** Sends with a settlement what is to be told of it. */
  #follow(run: Run): void {
    const { app, log } = this.#options;
    const { message, settlement } = run;
    if (!app.callbacks) {
      if (message.callback) {
        log.warning(`Task ${message.task}[${message.id}] asks for a callback: this app allows none`);
      }
      return;
    }
    run.settlement = app.callbacks.follow(settlement!, message, app);
    const sent = run.settlement.followUps;
    if (sent) run.size += JSON.stringify(sent).length;
  }

  /** Hears what a handler came to when its run was over already. */
  late(run: Run, outcome: Outcome): void {
    this.#narrator.late(run, outcome);
  }

  /** Hands back those that have not been started, but for those taken after that time, and so many others. */
  returnWaiting({ since, others }: { readonly since: number; readonly others: number }): void {
    for (const place of this.#holdings.takeLate(since, others)) {
      for (const run of runsOf(place)) run.end({ kind: "returned" });
    }
  }

  /** Hands back all that have not been started. */
  returnAllWaiting(): void {
    this.returnWaiting({ since: Infinity, others: 0 });
    for (const run of this.#holdings.takeUnconfirmed()) run.end({ kind: "returned" });
  }

  /** Another worker has the task now, or will have it. */
  lose(lease: Lease): void {
    this.tally.count("lost");
    const run = this.#holdings.get(lease);
    if (!run) return;
    run.drop(new WorkerLost("The lease was lost: another worker has the task, or will have it"));
    this.#release(run);
    this.#holdings.remove(run);
    this.#narrator.lost(run);
    this.#herald.dropped(run);
  }

  /** The worker leaves: what is not over goes back with its last turn. */
  dropAll(): void {
    for (const run of this.#holdings.all()) {
      if (run.isOver) continue;
      if (run.isRevoked) {
        run.end({ kind: "revoked", terminated: true });
        continue;
      }
      if (run.isRunning && run.isAtMostOnce) {
        // Handed back it would be run again.
        const thrown = new WorkerStopped(`Worker ${this.#options.id} stops, and the task is run at most once`);
        run.abort(thrown);
        run.end({ kind: "failed", thrown });
        continue;
      }
      if (run.isRunning && run.message.startTimeout !== undefined) {
        // Else it would be counted as waiting while it ran.
        run.abort(new WorkerStopped(`Worker ${this.#options.id} stops`));
        run.end({ kind: "returned" });
        continue;
      }
      this.tally.count("returned");
      this.#narrator.returned(run);
      this.#herald.dropped(run);
      run.drop(new WorkerStopped(`Worker ${this.#options.id} stops`));
      this.#release(run);
    }
  }

  /** Nobody waits for its handler any longer. */
  #release(run: Run): void {
    this.#limits.remove(run);
    this.#pool.ended(run);
  }
}

/** About how many characters a settlement takes. */
function sizeOf(run: Run, outcome: Outcome): number {
  const { message: { args, attempts = [], encoded }, settlement } = run;
  const { error } = settlement!.record;
  // With a retry, what was said is in the record and in the message.
  let size = 300 + (encoded ? sizeOfData(encoded) : 0) + attempts.length * 1500 + 2 * told(run) +
    (outcome.kind === "succeeded" ? outcome.size : error ? JSON.stringify(error).length : 0);
  for (const value of args) {
    if (typeof value === "string") size += value.length;
    else size += typeof value === "object" ? JSON.stringify(value).length : 20;
  }
  return size;
}

function sizeOfData({ data }: Encoded): number {
  return typeof data === "string" ? data.length : JSON.stringify(data ?? null).length;
}
