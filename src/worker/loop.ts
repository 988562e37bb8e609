/**
 * One life of a worker, from its first turn to its last: takes messages, has them run, and hands in what they came to.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import type { Delivery, Turn, TurnReply } from "../ports/turn.ts";
import type { Signal } from "../ports/signals.ts";
import type { Logger } from "../log.ts";
import type { Budget } from "../policies/budget.ts";
import { Crew } from "./crew.ts";
import { Herald } from "./telling/herald.ts";
import { Holdings } from "./holdings.ts";
import { LetterKeeper } from "./letter_keeper.ts";
import { Line, sentence } from "./line.ts";
import { Pace } from "./pace.ts";
import type { PoolMaker } from "./pools/pool.ts";
import { type QueueOrder, QueueTurns } from "./queue_order.ts";
import { Clerk } from "./remote/clerk.ts";
import { Reporter } from "./telling/reporter.ts";
import { type Size, Sizer } from "./sizer.ts";
import { noReason } from "../streams/no_reason.ts";
import type { WorkerSummary } from "./telling/summary.ts";
import { Sweeper } from "./sweeper.ts";
import type { WorkerView } from "./view.ts";

/** What a loop is made of. */
export interface LoopOptions {
  /** The app. */
  readonly app: Umbel;
  /** The worker's id: of this life alone. */
  readonly id: string;
  /** The queues to take from. */
  readonly queues: readonly string[];
  /** Which of them comes first. */
  readonly queueOrder: QueueOrder;
  /** How many tasks run at once. */
  readonly size: Size;
  /** Where they run. */
  readonly pool: PoolMaker;
  /** How many messages it may hold. */
  readonly prefetch: number;
  /** For how long they are leased (ms). */
  readonly lease: number;
  /** How long tasks may run on once it is told to stop (ms). */
  readonly grace: number;
  /** Whether it does what it is told by remote commands. */
  readonly remoteControl: boolean;
  /** Whether to wait for signals; else it asks, and stops when nothing is left. */
  readonly listens: boolean;
  /** Stops after so long without anything to do (ms). */
  readonly idle: number | undefined;
  /** What may be spent on it. */
  readonly budget: Budget | undefined;
  /** Says what happens. */
  readonly log: Logger;
}

/** For how long it tries to say goodbye (ms): below what is left of 5 s after the usual grace. */
const goodbye = 900;

/** One life of a worker. */
export class Loop {
  readonly #options: LoopOptions;
  readonly #line: Line;
  readonly #holdings = new Holdings();
  readonly #crew: Crew;
  readonly #pace: Pace;
  readonly #order: QueueTurns;
  readonly #reporter: Reporter;
  readonly #herald: Herald;
  readonly #letters: LetterKeeper;
  readonly #sweeper: Sweeper;
  readonly #sizer: Sizer;
  readonly #clerk: Clerk;
  readonly #startedAt: number;
  readonly #opening = new AbortController();
  readonly #listening = new AbortController();
  readonly #graceOver = new AbortController();
  #isStopping = false;
  #number = 0;
  #nap: AbortController | undefined;

  /** A life that has not begun. */
  constructor(options: LoopOptions) {
    this.#options = options;
    const { app, id, queues, queueOrder, size, pool, log } = options;
    const holdings = this.#holdings;
    this.#sizer = new Sizer({ size, id, log, holdings, changed: (concurrency) => this.#crew.resize(concurrency) });
    this.#order = new QueueTurns(queues, queueOrder);
    this.#herald = new Herald(app.hooks, log, id);
    this.#letters = new LetterKeeper(app, log);
    this.#sweeper = new Sweeper(app);
    this.#line = new Line({
      app,
      log,
      sent: (now) => this.#pace.sent(now),
      isNeeded: () => !this.#isStopping || holdings.running > 0,
    });
    this.#reporter = new Reporter(id, holdings, this.#line);
    this.#pace = new Pace(options, () => this.#crew.places + this.#sizer.spare, holdings, this.#reporter);
    this.#crew = new Crew({
      ...{ app, id, concurrency: this.#sizer.concurrency, pool, log, holdings, herald: this.#herald },
      brokerNow: () => this.#line.brokerNow(),
      started: () => this.#pace.started(this.#line.now()),
      told: () => this.#poke(),
      took: (duration) => this.#sizer.took(duration),
      ended: () => this.#poke(),
      roomier: () => {
        this.#pace.wake();
        this.#poke();
      },
    });
    this.#startedAt = this.#line.now();
    this.#clerk = new Clerk({
      ...{ ...options, holdings, crew: this.#crew, sizer: this.#sizer, order: this.#order },
      startedAt: () => this.#line.toBroker(this.#startedAt),
      isStopping: () => this.#isStopping,
      brokerNow: () => this.#line.brokerNow(),
      toBroker: (time) => this.#line.toBroker(time),
      hurry: () => {
        this.#pace.hurry();
        this.#poke();
      },
      stop: (cold) => cold ? this.abort() : this.stop(),
    }, log);
  }

  /** What it did so far. */
  get summary(): WorkerSummary {
    return this.#crew.tally.summary;
  }

  /** How many tasks run, how many more it holds, and how it stands with its broker. */
  get view(): Pick<WorkerView, "running" | "waiting" | "isWorking" | "answeredAt"> {
    const { running, waiting, unconfirmed } = this.#holdings;
    return {
      running,
      waiting: waiting + unconfirmed,
      isWorking: !this.#isStopping,
      answeredAt: this.#line.hasAnswered ? this.#line.answeredAt : undefined,
    };
  }

  /** The queues that it takes from. */
  get queues(): readonly string[] {
    return this.#order.queues;
  }

  /** How many tasks run at once. */
  get concurrency(): number {
    return this.#sizer.concurrency;
  }

  /** So many tasks at once from now on, or as many as it takes. */
  resize(size: Size): void {
    this.#sizer.resize(size);
  }

  /** Lives until it is told to stop. */
  async run(): Promise<void> {
    const { listens, log, id, queues } = this.#options;
    const listened = listens ? this.#listen() : undefined;
    log.info(`${id} takes from ${queues.join(", ")}`, { queues });
    try {
      await this.#crew.open(this.#opening.signal);
      while (!this.#isFinished()) {
        const now = this.#line.now();
        const takes = !this.#isStopping && this.#order.queues.length > 0;
        const pause = this.#pace.nextTurnAt(now, takes) - now;
        if (pause > 0) await this.#sleep(pause);
        else await this.#takeTurn();
      }
      await this.#leave();
    } finally {
      this.#crew.dropAll();
      this.#graceOver.abort();
      this.#listening.abort();
      await this.#crew.close();
      this.#line.close();
      await listened;
      await this.#letters.close();
      await this.#sayGoodbye();
      await this.#sweeper.close(goodbye);
      await this.#clerk.close(goodbye);
    }
    log.info(`${id} has left`, this.summary as unknown as { [name: string]: unknown });
  }

  /** Stops taking, lets what runs finish within the grace, hands back the rest. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#opening.abort();
    this.#line.stop();
    const { app, grace, log, id } = this.#options;
    log.info(`${id} stops: ${this.#holdings.running} tasks still run`);
    this.#crew.returnAllWaiting();
    this.#poke();
    void app.clock.sleep(grace, this.#graceOver.signal).then(() => {
      if (!this.#graceOver.signal.aborted) this.abort();
    });
  }

  /** Stops at once: what runs is aborted and handed back. */
  abort(): void {
    this.stop();
    this.#line.cut();
    this.#poke();
  }

  #isFinished(): boolean {
    if (!this.#isStopping) return false;
    return this.#line.isCut || (this.#holdings.running === 0 && this.#holdings.fitIntoOneTurn);
  }

  // Turns.

  async #sleep(ms: number): Promise<void> {
    this.#nap = new AbortController();
    await this.#options.app.clock.sleep(ms, this.#nap.signal);
    this.#nap = undefined;
  }

  /** Something happened that may make a turn due. */
  #poke(): void {
    this.#nap?.abort(noReason);
  }

  async #takeTurn(): Promise<void> {
    if (!await this.#line.measure()) return;
    const turn = this.#makeTurn(false);
    const reply = await this.#line.exchange(turn);
    if (reply) this.#apply(turn, reply);
  }

  #makeTurn(leave: boolean): Turn {
    const { id, lease, app } = this.#options;
    const now = this.#line.now();
    this.#sizer.look(false, now);
    this.#pace.begin(now);
    this.#crew.returnWaiting(this.#pace.stays(now));
    const settlements = this.#holdings.handIn().map(({ settlement }) => settlement!);
    const takesNone = this.#isStopping || this.#order.queues.length === 0;
    const limit = takesNone || this.#options.budget?.isSpent(now) ? 0 : this.#pace.room;
    const number = ++this.#number;
    const read = this.#clerk.unread();
    const limits = number === 1 ? app.limits.all : undefined;
    const { events, history } = app.config;
    return {
      worker: id,
      number,
      queues: this.#order.queues,
      limit,
      holds: this.#holdings.leases(),
      settlements,
      reports: leave ? [] : this.#reporter.take(),
      lease,
      ...(read.length > 0 ? { read } : {}),
      ...(limits ? { limits } : {}),
      ...(number === 1 ? { recording: { events, history } } : {}),
      park: limit > 0 && this.#pace.parks(now),
      leave,
    };
  }

  #apply(turn: Turn, reply: TurnReply): void {
    const now = this.#line.now();
    this.#herald.ready(this.#options.queues);
    this.#letters.handedIn(turn.settlements);
    this.#clerk.told(turn.read);
    if (reply.mail) this.#clerk.receive(reply.mail);
    this.#sweeper.handedIn(this.#holdings.forgetHandedIn(), reply.lost);
    for (const lease of reply.lost) this.#crew.lose(lease);
    for (const lease of reply.revoked) {
      this.#holdings.get(lease)?.revoke(reply.terminated?.includes(lease) ?? false);
    }
    this.#holdings.confirm(turn.holds);
    const isEmpty = this.#receive(reply.deliveries, now, true) === 0;
    if (reply.more && turn.limit > 0) this.#order.next();
    this.#pace.answered(turn, this.#toLocal(reply), isEmpty, now);
    const isIdle = isEmpty && !reply.more && turn.limit > 0 && turn.holds.length === turn.settlements.length;
    if (this.#pace.rested(isIdle, now)) this.stop();
    this.#crew.startWaiting();
    this.#sizer.look(reply.more, now);
  }

  /** A reply with its times by this machine's clock. */
  #toLocal(reply: TurnReply): TurnReply {
    const { wakeAt, aliveUntil } = reply;
    return {
      ...reply,
      aliveUntil: this.#line.toLocal(aliveUntil),
      ...(wakeAt === undefined ? {} : { wakeAt: this.#line.toLocal(wakeAt) }),
    };
  }

  /**
   * Takes in what arrived.
   *
   * @param isFirm Whether a turn brought it, and no signal.
   * @returns How many of them are new here.
   */
  #receive(deliveries: readonly Delivery[], now: number, isFirm: boolean): number {
    const fresh = deliveries.filter(({ lease }) => !this.#holdings.knows(lease));
    if (fresh.length > 0) {
      this.#pace.received(now);
      this.#crew.receive(fresh, now, isFirm);
    }
    if (this.#isStopping) this.#crew.returnAllWaiting();
    return fresh.length;
  }

  // Signals.

  async #listen(): Promise<void> {
    const { app: { broker }, id, log } = this.#options;
    const { signal } = this.#listening;
    try {
      for await (const one of broker.watch([{ worker: id }], { signal })) this.#hear(one);
    } catch (error) {
      log.warning(`No signals come: ${sentence(error)}`);
    }
    // Without signals it asks.
    this.#pace.deafen();
    this.#poke();
  }

  #hear(signal: Signal): void {
    switch (signal.kind) {
      case "delivery":
        // A worker that stops says so in its next turn; what is offered until then goes back with it.
        if (this.#isStopping) return;
        this.#pace.offered();
        this.#receive(signal.deliveries, this.#line.now(), false);
        this.#crew.startWaiting();
        this.#sizer.look(false, this.#line.now());
        break;
      case "mail":
        return this.#clerk.receive([signal.command]);
      case "revoked":
        for (const run of this.#holdings.all()) {
          if (run.message.id === signal.id) run.revoke(signal.terminate ?? false);
        }
        break;
      case "wake":
        this.#pace.wake();
        break;
    }
    this.#poke();
  }

  // The end.

  /** The last turn: hands in what is finished, and back what is not. */
  async #leave(): Promise<void> {
    const { log, id } = this.#options;
    this.#crew.dropAll();
    void this.#sayGoodbye();
    this.#holdings.takeBackHandedIn();
    try {
      await this.#line.exchangeWithin(this.#makeTurn(true), goodbye);
    } catch (error) {
      log.error(`${id} could not say goodbye, what it holds comes back when its lease ends: ${sentence(error)}`);
    }
  }

  /** Tells the hooks, and waits for those that have something to do: not longer than for the broker. */
  async #sayGoodbye(): Promise<void> {
    const { app: { clock }, queues } = this.#options;
    await this.#herald.left(queues, clock, goodbye);
  }
}
