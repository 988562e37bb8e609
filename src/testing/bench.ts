/**
 * A bench for an app's tasks: in a test they go through memory, and time moves when the test says so.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import type { BrokerSource } from "../brokers/registry.ts";
import { currentTask } from "../current.ts";
import { createLogger, type Logger } from "../log.ts";
import type { Message } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { readBoolean } from "../options/values.ts";
import type { TaskDefinition } from "../tasks/task.ts";
import { Worker, type WorkerSummary } from "../worker/worker.ts";
import { around } from "./around.ts";
import { ManualClock } from "./manual_clock.ts";

/** How a bench is set up. */
export interface TestBenchOptions {
  /**
   * Whether what is sent and is due is run before `delay()` returns.
   *
   * @default false
   */
  readonly eager?: boolean;
  /**
   * The broker in place of the app's own.
   *
   * @default {SQLite in memory}
   */
  readonly broker?: BrokerSource;
  /**
   * The clock in place of the app's own.
   *
   * @default {one that stands at the 15th of January 2027, 8:00 UTC}
   */
  readonly clock?: ManualClock;
  /**
   * Takes what the workers say.
   *
   * @default {a text log of warnings and errors}
   */
  readonly log?: Logger;
}

/**
 * Stands in for an app's broker and clock while a test lasts: nothing leaves the process, what is sent can be looked at,
 * and runs when the test says so.
 *
 * @example
 * ```ts
 * import { Umbel } from "@umbel/umbel";
 * import { TestBench } from "@umbel/umbel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * // The program: as a rule in a file of its own.
 * const app = new Umbel("shop");
 * const mail = app.task("mail", (to: string) => `sent to ${to}`);
 * const signUp = async (address: string) => await mail.applyAsync([address], { countdown: "1h" });
 *
 * // The test.
 * await using bench = await TestBench.open(app);
 * const sent = await signUp("ada@example.org");
 * assertEquals(bench.sent(mail).map(({ args }) => args), [["ada@example.org"]]);
 * assertEquals((await bench.work()).done, 0);
 *
 * await bench.clock.advance("1h");
 * assertEquals((await bench.work()).done, 1);
 * assertEquals(await sent.get(), "sent to ada@example.org");
 * ```
 */
export class TestBench implements AsyncDisposable {
  /** The clock that the app goes by: `await bench.clock.advance("1h")`. */
  readonly clock: ManualClock;
  readonly #app: Umbel;
  readonly #log: Logger;
  readonly #sent: Message[] = [];
  readonly #nested: Promise<WorkerSummary>[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #close: () => Promise<void> = () => Promise.resolve();

  private constructor(app: Umbel, clock: ManualClock, log: Logger) {
    this.#app = app;
    this.clock = clock;
    this.#log = log;
  }

  /**
   * Puts an app on the bench, until that is disposed: `await using bench = await TestBench.open(app)`.
   *
   * @throws {InvalidInput} When an option breaks its rule, or the app has opened its broker already.
   */
  static async open(app: Umbel, options: TestBenchOptions = {}): Promise<TestBench> {
    checkKeys(options, ["eager", "broker", "clock", "log"], "option of a bench");
    const { clock = new ManualClock(), log = createLogger({ level: "warning", name: "bench" }) } = options;
    const eager = readBoolean(options.eager ?? false, "eager");
    // Loaded here: what else is for tests does without SQLite.
    const source = options.broker ?? (await import("../brokers/sqlite/mod.ts")).sqlite(":memory:");
    const bench = new TestBench(app, clock, log);
    const end = app.standIn((name) => {
      const broker = source(name, clock);
      return around(broker, {
        async publish(messages, options) {
          const receipts = await broker.publish(messages, options);
          // What a handler sends is run beside it: it may wait for that, and time stands still.
          const work = currentTask() ? bench.#beside() : eager ? bench.work() : undefined;
          if (eager) await work;
          return receipts;
        },
      });
    }, clock);
    const off = app.on("afterTaskPublish", ({ message, receipt }) => {
      if (receipt.status === "added") bench.#sent.push(message);
    });
    bench.#close = async () => {
      off();
      await end();
    };
    return bench;
  }

  /**
   * What was sent so far, by the test and by handlers, in this order; what was there already is left out.
   *
   * @param task Calls of this task alone.
   */
  sent(task?: Pick<TaskDefinition, "name"> | string): readonly Message[] {
    const name = typeof task === "object" ? task.name : task;
    return this.#sent.filter((message) => name === undefined || message.task === name);
  }

  /**
   * Runs all that is due, in whichever queue, and what that sends, until nothing is left that may run now. What is
   * delayed, to be retried or held back by a limit waits until the clock was moved.
   *
   * @returns What was done. A task that failed is counted, and logged with its error.
   */
  async work(): Promise<WorkerSummary> {
    const turn = this.#turn.then(async () => {
      let total = await this.#drain();
      for (let nested; (nested = this.#nested.shift());) total = sumOf(total, await nested);
      return total;
    });
    this.#turn = turn.catch(() => undefined);
    return await turn;
  }

  /** Works beside a handler that runs, and is counted with the work that runs it. */
  #beside(): Promise<unknown> {
    const work = this.#drain();
    this.#nested.push(work);
    return work;
  }

  async #drain(): Promise<WorkerSummary> {
    let total: WorkerSummary | undefined;
    for (;;) {
      const queues = (await this.#app.broker.inspector.queues()).map(({ name }) => name);
      const worker = new Worker(this.#app, { log: this.#log, ...(queues.length === 0 ? {} : { queues }) });
      const summary = await worker.drain({ seconds: "1d" });
      total = total ? sumOf(total, summary) : summary;
      if (summary.received === 0) return total;
    }
  }

  /** Closes its broker, and gives the app back its own. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
    await this.#close();
  }
}

function sumOf(one: WorkerSummary, other: WorkerSummary): WorkerSummary {
  return Object.fromEntries(
    (Object.keys(one) as (keyof WorkerSummary)[]).map((name) => [name, one[name] + other[name]]),
  ) as unknown as WorkerSummary;
}
