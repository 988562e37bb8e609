/**
 * An app: a name, its tasks, and the broker they go through.
 *
 * @module
 */
import type { BrokerSource } from "../brokers/registry.ts";
import { Callbacks } from "../callbacks/callbacks.ts";
import { type Clock, steady, systemClock } from "../clock.ts";
import { type Config, readConfig } from "../config/config.ts";
import { type Hook, type HookEvents, Hooks } from "../hooks.ts";
import type { Json } from "../json.ts";
import { LimitBook } from "../limits/book.ts";
import { createLogger, type Logger, silentLogger, taskLogger, unfailing } from "../log.ts";
import { checkName, type Message } from "../message.ts";
import { type Middleware, MiddlewareChain } from "../middleware.ts";
import { type Bill, type BillOptions, readBill } from "../operations/billing.ts";
import type { ChangeAnswer, ChangeOptions } from "../options/change_options.ts";
import { changeTasks } from "../operations/changing.ts";
import { AppControl } from "../operations/control.ts";
import { type CountOptions, countTasks, type SearchCounts } from "../operations/counting.ts";
import { DeadLetterOffice } from "../operations/dead_letter_office.ts";
import { detailOf, type DetailOptions, type TaskDetail } from "../operations/detail.ts";
import { type EventOptions, type HistoryOptions, readEvents, readHistory } from "../operations/event_stream.ts";
import { AppInspect } from "../operations/inspection.ts";
import {
  type RetryFilter,
  retryMatching,
  type RetryMatchingOptions,
  type RetrySummary,
} from "../operations/retry_matching.ts";
import { type RetryAnswer, retryTask, type RetryTaskOptions } from "../operations/retrying.ts";
import {
  type RevokeFilter,
  revokeMatching,
  type RevokeMatchingOptions,
  type RevokeSummary,
} from "../operations/revoke_matching.ts";
import { revokeTasks } from "../operations/revoking.ts";
import { type SearchOptions, type SearchPage, searchTasks } from "../operations/search.ts";
import { listWaiting, type WaitingListOptions } from "../operations/waiting_list.ts";
import type { CallOptions } from "../options/call_options.ts";
import { checkKeys } from "../options/keys.ts";
import type { BeatEntry, BeatSchedule, PeriodicTaskOptions, TickSummary } from "../periodic/entry_options.ts";
import { Periodic } from "../periodic/periodic.ts";
import type { BatchCall, BatchResults, ResultsOf } from "../policies/batch.ts";
import { retryLimits } from "../policies/retry.ts";
import type { Backend } from "../ports/backend.ts";
import type { Broker } from "../ports/broker.ts";
import type { Revocation, RevokeOptions } from "../ports/control.ts";
import type { HistoryPoint } from "../ports/history.ts";
import type { AppEvent } from "../ports/journal.ts";
import type { PublishingVerb, Receipt } from "../ports/publishing.ts";
import type { WaitingPage } from "../ports/waiting.ts";
import { AsyncResult } from "../results/result.ts";
import { Waits } from "../results/waits.ts";
import { Drafter } from "../sending/drafter.ts";
import { Post } from "../sending/post.ts";
import { Wake } from "../sending/wake.ts";
import { Context, type TaskContext } from "../tasks/context.ts";
import type { Schemas, StandardSchema } from "../tasks/schema.ts";
import type { Signature } from "../tasks/signature.ts";
import { type Call, type Sender, type Stored, Task, type TaskDefinition } from "../tasks/task.ts";
import type { AnyTaskOptions, ArgsSchema, Batching, ResultSchema, TaskOptions } from "../tasks/task_options.ts";
import { readCodecs } from "../wire/codec.ts";
import { PayloadStore } from "../wire/store.ts";
import { Wire } from "../wire/wire.ts";
import { BrokerChoice } from "./broker_choice.ts";
import { type Handles, type NamedCall, toCall } from "./calls.ts";
import type { UmbelOptions } from "./options.ts";
import { TaskBook } from "./task_book.ts";

/**
 * An app: names tasks, sends them, and asks for their results.
 *
 * @example
 * ```ts
 * import { Umbel } from "@umbel/umbel";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Umbel("shop");
 * const add = app.task("add", (x: number, y: number) => x + y);
 * assertEquals(await add.run(1, 2), 3);
 * ```
 */
export class Umbel implements Sender, AsyncDisposable {
  /** The app's name: its own space in the broker. */
  readonly name: string;
  /** The settings, checked. */
  readonly config: Config;
  /** Holds results apart from the broker, if one was given. */
  readonly backend: Backend | undefined;
  /**
   * Told what happens; `on` adds one.
   *
   * @internal
   */
  readonly hooks: Hooks = new Hooks();
  /**
   * Stands around sending and running; `use` adds one.
   *
   * @internal
   */
  readonly middleware: MiddlewareChain = new MiddlewareChain();
  /** What failed for good: to be looked at, sent again or deleted. */
  readonly deadLetters: DeadLetterOffice = new DeadLetterOffice(this);
  /** What is sent again and again: the entries that the code declares. */
  readonly periodic: Periodic = new Periodic(
    this,
    () => this.hooks.tell("onAfterConfigure", { app: this }, this.#log),
  );
  /**
   * Between the app and its broker: codecs and the store.
   *
   * @internal
   */
  readonly wire: Wire;
  /**
   * What its tasks and queues declare.
   *
   * @internal
   */
  readonly limits: LimitBook;
  /**
   * Where it is told what tasks came to, if anywhere.
   *
   * @internal
   */
  readonly callbacks: Callbacks | undefined;
  /** Asks workers how they are. */
  readonly inspect: AppInspect = new AppInspect(this);
  /** Sets limits, pauses queues, and tells workers what to do, while they run. */
  readonly control: AppControl = new AppControl(this);
  readonly #tasks: TaskBook;
  readonly #choice: BrokerChoice;
  readonly #log: Logger;
  readonly #drafter: Drafter;
  readonly #post: Post;
  readonly #waits: Waits;
  readonly #wake: Wake | undefined;
  #clock: Clock;
  #isStoodIn = false;

  /**
   * Makes an app. The broker is opened when it is first needed.
   *
   * @param name Letters, digits and `_ . @ / + -`: apps of one name share their tasks.
   * @throws {InvalidInput} When the name or a setting breaks its rule.
   */
  constructor(name: string, options: UmbelOptions = {}) {
    checkKeys(
      options,
      ["broker", "backend", "config", "clock", "env", "log", "codecs", "store", "callbacks", "wake"],
      "option of an app",
    );
    const { broker, backend, config, env, log, codecs = [], store, callbacks, wake } = options;
    this.name = checkName("app", name);
    this.config = readConfig(config, env);
    this.#clock = options.clock ?? systemClock;
    // What lives as long as the app asks whichever clock it goes by.
    const clock: Clock = {
      now: () => this.#clock.now(),
      steady: () => steady(this.#clock),
      sleep: (ms, signal) => this.#clock.sleep(ms, signal),
    };
    this.backend = backend;
    this.#choice = new BrokerChoice(this.name, broker, clock, env);
    this.#log = unfailing(log ?? createLogger({ level: "warning", name }));
    this.limits = new LimitBook(this.config.queues);
    this.wire = new Wire({
      app: this.name,
      codecs: readCodecs(codecs),
      store: store && new PayloadStore(store),
      limit: this.config.maxMessageSize,
      taskNamed: (task) => this.#drafter.find(task),
    });
    this.callbacks = callbacks && new Callbacks(callbacks, clock);
    this.#tasks = new TaskBook(this.name, this.callbacks);
    this.#drafter = new Drafter({
      ...{ config: this.config, clock, limits: this.limits, wire: this.wire, tasks: this.#tasks.all },
      callbacks: this.callbacks,
      brokerNow: () => this.broker.now(),
    });
    this.#wake = wake && new Wake(wake, this.#log);
    this.#post = new Post({
      ...{ config: this.config, limits: this.limits, wire: this.wire, hooks: this.hooks, middleware: this.middleware },
      log: this.#log,
      wake: () => this.#isStoodIn ? undefined : this.#wake,
      broker: () => this.broker,
      taskNamed: (task) => this.#drafter.find(task),
    });
    this.#waits = new Waits(() => this.broker, backend, clock, this.wire, (id, change) => this.change(id, change));
    if (this.callbacks) this.include(this.callbacks.task);
  }

  /** The app's tasks by name. */
  get tasks(): ReadonlyMap<string, TaskDefinition> {
    return this.#tasks.all;
  }

  /** Tells the time and waits. */
  get clock(): Clock {
    return this.#clock;
  }

  /** The broker; opened now if it was not. @throws {InvalidInput} When none is named, or its URL means none. */
  get broker(): Broker {
    return this.#choice.broker;
  }

  /** Whether a broker is named, by an option or the environment. */
  get hasBroker(): boolean {
    return this.#choice.isMade;
  }

  /**
   * Names the broker, in place of the one that was named so far: for a command line's `--broker`.
   *
   * @throws {InvalidInput} When the app has opened its broker already.
   */
  useBroker(broker: Broker | BrokerSource | string): void {
    this.#choice.use(broker);
  }

  /**
   * Puts another broker and another clock in place of the app's own, and wakes nobody meanwhile: for tests, see `TestBench`
   * of `@umbel/umbel/testing`.
   *
   * @returns Closes that broker, and puts back what was there.
   * @throws {InvalidInput} When the app has opened its broker already.
   */
  standIn(broker: Broker | BrokerSource, clock: Clock): () => Promise<void> {
    const own = this.#clock;
    const end = this.#choice.standIn(broker);
    this.#clock = clock;
    this.#isStoodIn = true;
    return async () => {
      await end();
      this.#clock = own;
      this.#isStoodIn = false;
    };
  }

  /**
   * Declares a task.
   *
   * @param name By this name it is called, and found by workers.
   * @throws {InvalidInput} When there is a task of that name already.
   */
  task<Args extends unknown[], Result>(
    name: string,
    handler: (...args: Args) => Result,
  ): Task<Args, Stored<Awaited<Result>>>;
  // First those with batches, and those with a schema: else the compiler would settle what the handler gets before it has
  // seen them.
  /** Declares a task with a schema of its arguments, whose handler gets many calls at once. */
  task<Sent extends unknown[], Args extends unknown[], Results extends BatchResults>(
    name: string,
    options: TaskOptions & ArgsSchema<Sent, Args> & Schemas & Batching,
    handler: (calls: readonly BatchCall<NoInfer<Args>>[]) => Results | Promise<Results>,
  ): Task<Sent, Stored<ResultsOf<Results>>>;
  /** Declares a task whose handler gets many calls at once. */
  task<Args extends unknown[], Results extends BatchResults>(
    name: string,
    options: TaskOptions & { readonly resultSchema?: StandardSchema } & Batching,
    handler: (calls: readonly BatchCall<Args>[]) => Results | Promise<Results>,
  ): Task<Args, Stored<ResultsOf<Results>>>;
  /** Declares a task with a schema of its arguments, whose handler gets the context first. */
  task<Sent extends unknown[], Args extends unknown[], Result, Kept = Stored<Awaited<Result>>>(
    name: string,
    options: TaskOptions & ArgsSchema<Sent, Args> & ResultSchema<Kept> & { readonly bind: true },
    handler: (self: TaskContext, ...args: NoInfer<Args>) => Result,
  ): Task<Sent, Kept>;
  /** Declares a task with a schema of its arguments. */
  task<Sent extends unknown[], Args extends unknown[], Result, Kept = Stored<Awaited<Result>>>(
    name: string,
    options: TaskOptions & ArgsSchema<Sent, Args> & ResultSchema<Kept> & { readonly bind?: false },
    handler: (...args: NoInfer<Args>) => Result,
  ): Task<Sent, Kept>;
  /** Declares a task whose handler gets the context first. */
  task<Args extends unknown[], Result, Kept = Stored<Awaited<Result>>>(
    name: string,
    options: TaskOptions & ResultSchema<Kept> & { readonly bind: true },
    handler: (self: TaskContext, ...args: Args) => Result,
  ): Task<Args, Kept>;
  /** Declares a task with options. */
  task<Args extends unknown[], Result, Kept = Stored<Awaited<Result>>>(
    name: string,
    options: TaskOptions & ResultSchema<Kept> & { readonly bind?: false },
    handler: (...args: Args) => Result,
  ): Task<Args, Kept>;
  task(name: string, ...rest: unknown[]): Task {
    const [options, handler] = rest.length < 2 ? [{}, rest[0]] : rest;
    const task = new Task(name, options as AnyTaskOptions, handler as (...args: never[]) => unknown);
    this.include(task);
    return task;
  }

  /**
   * Takes in tasks that were declared elsewhere: shared tasks, or modules that export some.
   *
   * @throws {InvalidInput} When there is another task of that name already: then none is taken in.
   */
  include(...sources: readonly object[]): void {
    for (const task of this.#tasks.add(sources)) {
      this.limits.add(task);
      task.join(this);
    }
  }

  /**
   * Tells a function what happens here, by the names of Celery's signals: `app.on("taskFailure", (event) => …)`. What
   * happens to a task in a worker is told in the worker's process. What the function throws is logged.
   *
   * @returns Ends that.
   * @throws {InvalidInput} When there is no such hook.
   */
  on<Name extends keyof HookEvents>(name: Name, hook: Hook<Name>): () => void {
    return this.hooks.on(name, hook);
  }

  /**
   * Puts something around sending and around handlers, within what is there already.
   *
   * @throws {InvalidInput} When it is no middleware.
   */
  use(middleware: Middleware): void {
    this.middleware.add(middleware);
  }

  /**
   * The periodic tasks that the code declares, by their names, as Celery's `beat_schedule`:
   * `{ "every-30-seconds": { task: add, schedule: 30, args: [1, 2] } }`. A beat sends them.
   *
   * @throws {InvalidInput} When an entry breaks a rule, or has the name of one that was added.
   */
  get beatSchedule(): BeatSchedule {
    return this.periodic.schedule;
  }

  set beatSchedule(schedule: BeatSchedule) {
    this.periodic.schedule = schedule;
  }

  /**
   * Declares a periodic task: `app.addPeriodicTask(crontab("0 7 * * *"), report.s("daily"), { name: "report" })`.
   *
   * @param schedule By `every`, `crontab`, `at` or `solar`; a number of seconds or another duration is an interval.
   * @returns Its name.
   * @throws {InvalidInput} When it breaks a rule, or there is one of that name.
   */
  addPeriodicTask(schedule: BeatEntry["schedule"], signature: Signature, options: PeriodicTaskOptions = {}): string {
    return this.periodic.add(schedule, signature, options);
  }

  /**
   * Sends the periodic tasks that are due now, each once however many call this at the same time: for cron and the edge,
   * where no beat runs on.
   *
   * @throws {InvalidInput} When `@umbel/umbel/beat` was not imported.
   */
  async tick(): Promise<TickSummary> {
    return await this.periodic.tick();
  }

  /** The task of that name. @throws {UnknownTask} With the nearest name there is. */
  taskNamed(name: string): TaskDefinition {
    return this.#tasks.named(name);
  }

  /** Sends a call of a task that belongs to several apps. */
  sendTask<Args extends unknown[], Result>(
    task: Task<Args, Result>,
    args: NoInfer<Args>,
    options?: CallOptions,
  ): Promise<AsyncResult<Result>>;
  /** Sends a call by the task's name: its code may be elsewhere. */
  sendTask(name: string, args?: readonly unknown[], options?: CallOptions): Promise<AsyncResult<Json>>;
  sendTask(task: string | Task, args: readonly unknown[] = [], options?: CallOptions): Promise<AsyncResult<never>> {
    return this.send({ task, args, ...(options ? { options } : {}) });
  }

  /**
   * Sends any number of calls, of any tasks, in one round trip (one for each 2,000 messages or 4 MiB).
   *
   * @example
   * ```ts ignore
   * const [sum, mail] = await app.sendMany([add.call([1, 2]), ["send_mail", ["a@example.org"]]]);
   * ```
   */
  async sendMany<const Calls extends readonly (Call | NamedCall)[]>(calls: Calls): Promise<Handles<Calls>> {
    return await this.sendAll(calls.map(toCall)) as Handles<Calls>;
  }

  /** Sends a call, in one round trip with those that are sent at the same time. */
  async send<Result>(call: Call<Result>): Promise<AsyncResult<Result>> {
    return this.#handle(await this.#post.send(await this.#drafter.draft(call)));
  }

  /** Sends calls, all in one round trip. */
  async sendAll<Result>(calls: readonly Call<Result>[]): Promise<AsyncResult<Result>[]> {
    if (calls.length === 0) return [];
    const receipts = await this.#post.sendAll(await this.#drafter.draftAll(calls));
    return receipts.map((receipt) => this.#handle<Result>(receipt));
  }

  /**
   * The message of a call, checked as if it were sent: for a beat, which sends it by {@linkcode postBy}.
   *
   * @internal
   */
  async draft(call: Call): Promise<Message> {
    return (await this.#drafter.draft(call)).message;
  }

  /**
   * Sends messages by another verb of the broker than `publish`, through middleware, hooks and codecs.
   *
   * @internal
   */
  async postBy(messages: readonly Message[], verb: PublishingVerb): Promise<readonly Receipt[]> {
    return await this.#post.by(messages, verb);
  }

  #handle<Result>({ id, status }: Receipt): AsyncResult<Result> {
    return new AsyncResult<Result>(id, this.#waits, { confirmed: true, existed: status === "exists" });
  }

  /** The handle of a task that was sent, from its id. */
  result<Result = Json>(id: string): AsyncResult<Result> {
    return new AsyncResult<Result>(checkName("id", id), this.#waits);
  }

  /**
   * Revokes tasks: one that waits is never run, one that runs is told by its signal; with `terminate` its run is over at
   * once, with `tree` what it sent as its children is revoked too.
   *
   * @returns In the same order: `ended` for one that had ended already, `unknown` for one of which nothing is known.
   */
  revoke(ids: string | readonly string[], options?: RevokeOptions): Promise<Revocation[]>;
  /**
   * Revokes what waits, is delayed or runs and fits a filter: `app.revoke({ task: "send_mail", olderThan: "1h" })`. All
   * of it is looked through, a part at a time, up to `limit`.
   *
   * @throws {InvalidInput} When the filter says nothing.
   */
  revoke(filter: RevokeFilter, options?: RevokeMatchingOptions): Promise<RevokeSummary>;
  async revoke(
    which: string | readonly string[] | RevokeFilter,
    options?: RevokeMatchingOptions,
  ): Promise<Revocation[] | RevokeSummary> {
    if (typeof which === "string") return await revokeTasks(this, [which], options);
    if (isList(which)) return await revokeTasks(this, which, options);
    return await revokeMatching(this, which, options);
  }

  /**
   * Changes tasks that wait, also for their time or a retry: their priority, delay, arguments, queue and more.
   *
   * @returns In the same order; `running` for one that a worker holds, which stays as it is.
   * @throws {InvalidInput} When an option breaks its rule, or arguments do not fit a task's schema: then none is changed.
   */
  async change(ids: string | readonly string[], options: ChangeOptions): Promise<ChangeAnswer[]> {
    return await changeTasks(this, typeof ids === "string" ? [ids] : ids, options);
  }

  /** Makes tasks due that wait for their time or a retry. */
  async promote(ids: string | readonly string[]): Promise<ChangeAnswer[]> {
    return await this.change(ids, { countdown: 0 });
  }

  /**
   * A part of what waits, also for its time or a retry: by queue, in each the highest priority first, in the order of
   * their turns, and at last what is not yet due.
   *
   * @returns Records and messages, and where to go on if there are more: `cursor`.
   * @throws {InvalidInput} When an option breaks its rule.
   */
  async waiting(options: WaitingListOptions = {}): Promise<WaitingPage> {
    return await listWaiting(this, options);
  }

  /**
   * A part of all tasks of which something is known, whatever became of them, the newest first:
   * `app.search({ state: "FAILURE", text: "ann@example.org" })`.
   *
   * @returns Records and messages, and where to go on if there are more: `cursor`.
   * @throws {InvalidInput} When an option breaks its rule.
   *
   * @example
   * ```ts
   * import { Umbel } from "@umbel/umbel";
   * import { sqlite } from "@umbel/umbel/sqlite";
   * import { assertEquals } from "@std/assert";
   *
   * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
   * const mail = app.task("mail", (to: string) => to);
   * await mail.delay("ann@example.org");
   * await mail.delay("bob@example.org");
   * const { tasks } = await app.search({ task: "mail", text: "ANN@" });
   * assertEquals(tasks.map(({ message }) => message?.args), [["ann@example.org"]]);
   * ```
   */
  async search(options: SearchOptions = {}): Promise<SearchPage> {
    return await searchTasks(this, options);
  }

  /**
   * How many tasks are in which state: `app.count({ task: "mail" })`. The newest are counted, as far as `looks` goes.
   *
   * @returns Counts by state, their sum, and `since` when earlier ones were not counted.
   * @throws {InvalidInput} When an option breaks its rule.
   *
   * @example
   * ```ts
   * import { Umbel } from "@umbel/umbel";
   * import { sqlite } from "@umbel/umbel/sqlite";
   * import { assertEquals } from "@std/assert";
   *
   * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
   * const mail = app.task("mail", (to: string) => to);
   * await mail.delayMany([["ann@example.org"], ["bob@example.org"]]);
   * assertEquals(await app.count({ task: "mail" }), { states: { QUEUED: 2 }, total: 2 });
   * ```
   */
  async count(options: CountOptions = {}): Promise<SearchCounts> {
    return await countTasks(this, options);
  }

  /**
   * All that is known of a task: its record, its message, the tasks that it came from and those that it sent.
   *
   * @returns `undefined` when nothing is known of it.
   * @throws {InvalidInput} When an option breaks its rule.
   */
  async detail(id: string, options: DetailOptions = {}): Promise<TaskDetail | undefined> {
    return await detailOf(this, id, options);
  }

  /**
   * Sends a task again that has ended: one that failed for good under its own id, any other as a new task with the same
   * arguments, queue, priority and headers.
   *
   * @returns What came of it, and the id of the task that waits now.
   * @throws {InvalidInput} When an option breaks its rule, or arguments do not fit the task's schema.
   */
  retry(id: string, options?: RetryTaskOptions): Promise<RetryAnswer>;
  /**
   * Sends tasks again that have ended and fit a filter, up to `limit`: `app.retry({ state: "FAILURE", task: "mail" })`.
   * It may be repeated: each end of a task is followed by one new task at most.
   *
   * @returns How many, and where to go on if there are more: `cursor`.
   * @throws {InvalidInput} When the filter says no state, or something breaks its rule.
   */
  retry(filter: RetryFilter, options?: RetryMatchingOptions): Promise<RetrySummary>;
  async retry(
    which: string | RetryFilter,
    options: RetryTaskOptions & RetryMatchingOptions = {},
  ): Promise<RetryAnswer | RetrySummary> {
    return typeof which === "string"
      ? await retryTask(this, which, options)
      : await retryMatching(this, which, options);
  }

  /**
   * What happened and happens, at the level of the setting `events`: `for await (const event of app.events()) …`. Whoever
   * was away goes on with the `cursor` of the last event it saw.
   *
   * @throws {InvalidInput} When an option breaks its rule.
   */
  events(options: EventOptions = {}): AsyncGenerator<AppEvent> {
    return readEvents(this, options);
  }

  /**
   * How many commands the broker billed, by day and by what they were for, and what they cost: where the setting `history`
   * is on.
   *
   * @throws {InvalidInput} When an option breaks its rule.
   */
  async bill(options: BillOptions = {}): Promise<Bill> {
    return await readBill(this, options);
  }

  /**
   * What tasks came to, by minute or by hour, where the setting `history` is on.
   *
   * @throws {InvalidInput} When an option breaks its rule.
   */
  async history(options: HistoryOptions = {}): Promise<HistoryPoint[]> {
    return await readHistory(this, options);
  }

  /**
   * A context for a handler that runs in place.
   *
   * @internal
   */
  localContext(task: TaskDefinition, args: readonly unknown[]): TaskContext {
    const message = this.#drafter.local({ task, args });
    return new Context({
      message,
      deaths: 0,
      retryLimits: retryLimits(message, task.settings, this.config, Math.random),
      signal: new AbortController().signal,
      log: taskLogger(silentLogger, task.name, message.id),
      report() {},
    });
  }

  /** Closes the broker and the backend. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#choice.close();
    await this.backend?.[Symbol.asyncDispose]();
    await this.#wake?.close();
    await this.wire.settled();
  }
}

function isList(which: readonly string[] | RevokeFilter): which is readonly string[] {
  return Array.isArray(which);
}
