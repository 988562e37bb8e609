/**
 * A worker: takes messages from queues and runs their tasks.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import { readSetting } from "../config/config.ts";
import { milliseconds } from "../options/duration.ts";
import { hostname } from "../environment.ts";
import { InvalidInput } from "../errors.ts";
import { newWord } from "../id.ts";
import { createLogger, type Logger, unfailing } from "../log.ts";
import { readBoolean, readLimit, readWhole } from "../options/values.ts";
import { checkName } from "../message.ts";
import { Budget, type BudgetLimit, type BudgetText, readBudget } from "../policies/budget.ts";
import { type AutoscaleOptions, readAutoscale } from "../policies/autoscale.ts";
import { Loop } from "./loop.ts";
import { checkWorkerOptions, type DrainOptions, readPool, readSize, type WorkerOptions } from "./options.ts";
import type { PoolMaker, PoolSource } from "./pools/pool.ts";
import { type QueueOrder, readQueueOrder, weightedQueues } from "./queue_order.ts";
import type { Size } from "./sizer.ts";
import type { WorkerSummary } from "./telling/summary.ts";
import type { WorkerView } from "./view.ts";

export type { AutoscaleOptions, BudgetText, DrainOptions, PoolSource, QueueOrder, WorkerOptions, WorkerSummary };

interface Life {
  readonly loop: Loop;
  readonly over: Promise<WorkerSummary>;
}

/**
 * Takes messages from queues and runs their tasks, until it is told to stop.
 *
 * @example
 * ```ts
 * import { Umbel, Worker } from "@umbel/umbel";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { assertEquals } from "@std/assert";
 *
 * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
 * const add = app.task("add", (x: number, y: number) => x + y);
 * const sum = await add.delay(1, 2);
 *
 * await using worker = new Worker(app);
 * void worker.run();
 * assertEquals(await sum.get({ timeout: "1m" }), 3);
 * ```
 */
export class Worker implements WorkerView, AsyncDisposable {
  /** Its name; several processes may have the same. */
  readonly name: string;
  readonly #app: Umbel;
  readonly #queues: readonly string[] | undefined;
  readonly #excluded: ReadonlySet<string>;
  readonly #queueOrder: QueueOrder;
  readonly #pool: PoolMaker;
  #size: Size;
  readonly #prefetch: number;
  readonly #lease: number;
  readonly #grace: number;
  readonly #budgetLimit: BudgetLimit | undefined;
  readonly #remoteControl: boolean;
  readonly #log: Logger;
  #budget: Budget | undefined;
  #life: Life | undefined;
  #summary: WorkerSummary = {
    received: 0,
    done: 0,
    failed: 0,
    retried: 0,
    revoked: 0,
    expired: 0,
    returned: 0,
    lost: 0,
  };

  /**
   * Makes a worker; it does nothing yet.
   *
   * @throws {InvalidInput} When an option is unknown or breaks its rule.
   */
  constructor(app: Umbel, options: WorkerOptions = {}) {
    checkWorkerOptions(options);
    const { config } = app;
    const {
      queues,
      excludeQueues = [],
      queueOrder = "turns",
      pool = "async",
      prefetch,
      name = "worker@%h",
      lease,
      grace,
      budget,
      remoteControl = true,
      log,
    } = options;
    if (queues && queues.length === 0) throw new InvalidInput("queues", "queues must name at least one queue");
    this.#app = app;
    this.name = checkName("worker", name.replaceAll("%h", hostname()));
    this.#queues = queues && [...new Set(queues.map((queue) => checkName("queue", queue)))];
    this.#excluded = new Set(excludeQueues.map((queue) => checkName("queue", queue)));
    this.#queueOrder = readQueueOrder(queueOrder, this.#queues);
    if (queues) this.#checkQueues();
    this.#pool = readPool(pool);
    this.#size = readSize(options, this.#pool, config);
    this.#prefetch = prefetch === undefined ? config.prefetch : readSetting("prefetch", prefetch);
    this.#lease = lease === undefined ? config.lease : readSetting("lease", lease);
    this.#grace = grace === undefined ? config.grace : readSetting("grace", grace);
    this.#budgetLimit = budget === undefined ? undefined : readBudget(budget);
    this.#remoteControl = readBoolean(remoteControl, "remoteControl");
    this.#log = unfailing(log ?? createLogger({ level: "warning", name: this.name }));
  }

  /** The queues that it takes from. */
  get queues(): readonly string[] {
    if (!this.#life) return this.#ownQueues;
    const now = this.#life.loop.queues;
    const own = this.#ownQueues;
    return [...own.filter((queue) => now.includes(queue)), ...now.filter((queue) => !own.includes(queue))];
  }

  /** Those that it takes from at first. */
  get #ownQueues(): readonly string[] {
    return (this.#queues ?? this.#named()).filter((queue) => !this.#excluded.has(queue));
  }

  /** Those that the app, its tasks, its routes and the weights name. */
  #named(): readonly string[] {
    const { tasks, config: { defaultQueue, routes } } = this.#app;
    const named = [...tasks.values()].flatMap(({ name, settings }) =>
      settings.queue ?? routes?.queueOfTask(name) ?? []
    );
    return [...new Set([defaultQueue, ...named, ...weightedQueues(this.#queueOrder)])];
  }

  #checkQueues(): void {
    if (this.#ownQueues.length > 0) return;
    throw new InvalidInput(
      "excludeQueues",
      `excludeQueues leaves worker ${this.name} no queue to take from: ${[...this.#excluded].join(", ")}`,
    );
  }

  /** What it did in its present life, or in its last. */
  get summary(): WorkerSummary {
    return this.#life?.loop.summary ?? this.#summary;
  }

  /** How many tasks it runs at once. */
  get concurrency(): number {
    return this.#life?.loop.concurrency ?? (typeof this.#size === "number" ? this.#size : this.#size.min);
  }

  /**
   * Runs so many tasks more at once from now on; not by itself any longer, if it did.
   *
   * @returns How many it runs at once.
   * @throws {InvalidInput} When that is no whole number, or there would be more than 500.
   */
  grow(count = 1): number {
    return this.#resize(readSetting("concurrency", this.concurrency + readWhole(count, "count", 1)));
  }

  /**
   * Runs so many tasks fewer at once from now on: what runs is finished.
   *
   * @returns How many it runs at once.
   * @throws {InvalidInput} When that is no whole number, or none would be left.
   */
  shrink(count = 1): number {
    return this.#resize(readSetting("concurrency", this.concurrency - readWhole(count, "count", 1)));
  }

  /**
   * Runs as many tasks at once as it takes, from now on.
   *
   * @returns How many it runs at once.
   * @throws {InvalidInput} When a bound breaks its rule.
   */
  autoscale(bounds: AutoscaleOptions): number {
    return this.#resize(readAutoscale(bounds));
  }

  #resize(size: Size): number {
    this.#size = size;
    this.#life?.loop.resize(size);
    return this.concurrency;
  }

  /** How many tasks run. */
  get running(): number {
    return this.#life?.loop.view.running ?? 0;
  }

  /** How many messages it holds that do not run yet. */
  get waiting(): number {
    return this.#life?.loop.view.waiting ?? 0;
  }

  /** Whether it works, and is not about to stop. */
  get isWorking(): boolean {
    return this.#life?.loop.view.isWorking ?? false;
  }

  /** When the broker last answered it (ms since 1970, this machine's time); `undefined` while that is out of reach. */
  get answeredAt(): number | undefined {
    return this.#life?.loop.view.answeredAt;
  }

  /**
   * Works until it is told to stop.
   *
   * @param options `signal`: stops it when aborted, as {@linkcode stop} does.
   * @returns What it did.
   * @throws {BrokerRefused} When the broker refuses its first turn.
   */
  async run({ signal }: { readonly signal?: AbortSignal } = {}): Promise<WorkerSummary> {
    if (signal?.aborted) return this.#summary;
    const stop = () => void this.stop();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      return await this.#begin(true, undefined).over;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  /**
   * Works for so long, or until nothing is left that may be run now: for cron and the edge.
   *
   * @returns What it did.
   */
  async drain({ seconds, idle = 0 }: DrainOptions): Promise<WorkerSummary> {
    const time = readLimit(seconds, "seconds");
    const patience = milliseconds(idle, "idle");
    const over = new AbortController();
    const life = this.#begin(patience > 0, patience);
    const timeUp = this.#app.clock.sleep(time, over.signal).then(() => {
      if (!over.signal.aborted) life.loop.stop();
    });
    try {
      return await life.over;
    } finally {
      over.abort();
      await timeUp;
    }
  }

  #begin(listens: boolean, idle: number | undefined): Life {
    if (this.#life) throw new InvalidInput("worker", `Worker ${this.name} runs already`);
    this.#checkQueues();
    const loop = new Loop({
      app: this.#app,
      // A worker that has left is forgotten by the broker, turns and all: each life has a name of its own.
      id: `${this.name}~${newWord(8)}`,
      queues: this.#ownQueues,
      queueOrder: this.#queueOrder,
      size: this.#size,
      pool: this.#pool,
      prefetch: this.#prefetch,
      lease: this.#lease,
      grace: this.#grace,
      remoteControl: this.#remoteControl,
      listens,
      idle,
      budget: this.#budget ??= this.#makeBudget(),
      log: this.#log,
    });
    const over = loop.run().then(() => loop.summary).finally(() => {
      this.#summary = loop.summary;
      this.#life = undefined;
    });
    return this.#life = { loop, over };
  }

  #makeBudget(): Budget | undefined {
    if (!this.#budgetLimit) return undefined;
    const { broker } = this.#app;
    const meter = broker.meter?.();
    if (meter) return new Budget(this.#budgetLimit, meter, this.#log);
    this.#log.warning(`Broker ${broker.name} bills nothing: there is no budget to keep`);
  }

  /** Stops taking, lets what runs finish within the grace, and hands back the rest. Resolves when that is done. */
  async stop(): Promise<void> {
    this.#life?.loop.stop();
    await this.#over();
  }

  /** Stops at once: what runs is aborted and handed back. Resolves when that is done. */
  async abort(): Promise<void> {
    this.#life?.loop.abort();
    await this.#over();
  }

  /** Whoever started it hears of its error; whoever stops it is not to hear of it again. */
  async #over(): Promise<void> {
    await this.#life?.over.catch(() => {});
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
