/**
 * A delivery in the hands of a worker that knows nothing of Umbel: what it is told of it, and what its words come to. All
 * that the worker need not know is done here, as a worker of this app would do it: codecs, retries, records.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Delivery, Lease, Report, Settlement } from "../../ports/turn.ts";
import { silentLogger, taskLogger } from "../../log.ts";
import type { Message } from "../../message.ts";
import { retryLimits, type RetryOptions, retryOrGiveUp } from "../../policies/retry.ts";
import { Judge } from "../../worker/runs/judge.ts";
import { classifyUnopened } from "../../worker/runs/opening.ts";
import type { Outcome } from "../../worker/runs/outcome.ts";
import { recordOf, settle, withResult } from "../../worker/runs/settlement.ts";
import { prepare } from "../../worker/runs/prepare.ts";
import { refusal } from "../../worker/runs/refusal.ts";
import { returned } from "../../worker/runs/returned.ts";
import { Run, type Runner } from "../../worker/runs/run.ts";

/** How a worker says what became of a task: by one of these. */
export interface PlainSettlement {
  /** The delivery. */
  readonly lease: Lease;
  /** What its handler returned. */
  readonly result?: unknown;
  /** What its handler threw: whether it is tried again is up to the task. */
  readonly error?: PlainError | string;
  /** That it is to be tried again, and when. */
  readonly retry?: Pick<RetryOptions, "countdown" | "eta" | "max">;
  /** When it was started: ms since 1970 by the broker's clock. */
  readonly startedAt?: number;
}

/** An error, as another language has it. */
export interface PlainError {
  /** Its class. */
  readonly type?: string;
  /** Its message. */
  readonly message: string;
  /** Its stack. */
  readonly stack?: string;
}

/** What a worker tells of a task that runs. */
export interface PlainReport {
  /** The delivery. */
  readonly lease: Lease;
  /** A state of its own. */
  readonly state?: string;
  /** What it tells with it. */
  readonly meta?: unknown;
}

/** A delivery, as a worker is told of it. */
export interface PlainDelivery {
  /** To be named until it is settled. */
  readonly lease: Lease;
  /** The task's id. */
  readonly id: string;
  /** The task's name. */
  readonly task: string;
  /** What its handler is called with. */
  readonly args: readonly unknown[];
  /** What its caller wants the handler to see. */
  readonly headers?: { readonly [name: string]: unknown };
  /** The queue it came from. */
  readonly queue: string;
  /** How often it was tried again. */
  readonly retries: number;
  /** How many workers died while they held it. */
  readonly deaths: number;
  /** When it was sent: ms since 1970. */
  readonly sentAt: number;
  /** How long its run may take (s). */
  readonly timeLimit?: number;
}

/** Nobody hears of what happens here: it is all in the settlement. */
const runner: Runner = {
  ended() {},
  late() {},
  began() {},
  told() {},
  logFor: ({ message: { task, id } }) => taskLogger(silentLogger, task, id),
};

/** Deliveries to one worker. */
export class PlainDeliveries {
  readonly #app: Umbel;
  /** The worker, as the broker knows it. */
  readonly #worker: string;
  /** The broker's time (ms). */
  readonly #now: number;

  /** To this worker, now. */
  constructor(app: Umbel, worker: string, now: number) {
    this.#app = app;
    this.#worker = worker;
    this.#now = now;
  }

  /** What a worker is told of a delivery; or how it is settled, since it is not to be started. */
  async open(delivery: Delivery): Promise<PlainDelivery | Settlement> {
    const { wire, config, tasks } = this.#app;
    const { message, lease, deaths } = delivery;
    const settings = tasks.get(message.task)?.settings;
    const run = this.#run(delivery);
    const refused = refusal(run, this.#now);
    if (refused) return this.#settle(run, refused);
    try {
      await wire.admit(message, this.#now);
    } catch (thrown) {
      return this.#settle(run, { kind: "failed", thrown });
    }
    let opened: Message;
    try {
      opened = await wire.records.openMessage(message);
    } catch (thrown) {
      return this.#settle(run, classifyUnopened(thrown, message, this.#limitsOf(message)));
    }
    const { id, task, args, headers, queue, retries, sentAt } = opened;
    const timeLimit = message.timeLimit ?? settings?.timeLimit ?? config.timeLimit;
    return {
      ...{ lease, id, task, args, queue, retries, deaths, sentAt },
      ...(headers ? { headers } : {}),
      ...(timeLimit === undefined ? {} : { timeLimit: timeLimit / 1000 }),
    };
  }

  /** What the broker is told of a delivery that a worker hands in. */
  async settle(delivery: Delivery, said: PlainSettlement): Promise<Settlement> {
    const run = this.#run(delivery);
    run.startedAt = Math.min(said.startedAt ?? this.#now, this.#now);
    return this.#settle(run, await this.#outcome(run, said));
  }

  /** What the broker is told of a delivery that a worker still has. */
  report({ lease, message }: Delivery, { state = "STARTED", meta }: PlainReport, startedAt: number): Report {
    const record = { ...recordOf(message, state, message.retries), startedAt, worker: this.#worker };
    return { lease, record: { ...record, ...(meta === undefined ? {} : { meta: meta as never }) } };
  }

  async #outcome(run: Run, { result, error, retry }: PlainSettlement): Promise<Outcome> {
    const { config, wire, tasks } = this.#app;
    const { message } = run;
    const settings = tasks.get(message.task)?.settings;
    const judge = new Judge({ config, now: () => this.#now });
    const thrown = error === undefined ? undefined : errorOf(error);
    if (retry) {
      const next = retryOrGiveUp(message, this.#limitsOf(message), { ...retry, ...(thrown ? { error: thrown } : {}) });
      return next instanceof Error ? { kind: "failed", thrown: next } : { kind: "retry", retry: next };
    }
    const judged = (thrown: unknown): Outcome =>
      settings ? judge.judge(run, settings, thrown) : { kind: "failed", thrown };
    if (thrown) return judged(thrown);
    try {
      return await returned(run, result, config.maxMessageSize, wire, this.#now);
    } catch (thrown) {
      return judged(thrown);
    }
  }

  #limitsOf(message: Message): ReturnType<typeof retryLimits> {
    const { tasks, config } = this.#app;
    return retryLimits(message, tasks.get(message.task)?.settings ?? {}, config, Math.random);
  }

  #run(delivery: Delivery): Run {
    const { tasks, config, wire } = this.#app;
    const run = new Run(delivery, runner, this.#now);
    prepare(run, tasks.get(delivery.message.task), config, wire);
    return run;
  }

  #settle(run: Run, outcome: Outcome): Settlement {
    const app = this.#app;
    const plain = settle(run, outcome, { id: this.#worker, config: app.config }, this.#now);
    const settlement = app.callbacks?.follow(plain, run.message, app) ?? plain;
    return run.encodedResult ? withResult(settlement, run.encodedResult) : settlement;
  }
}

/** Whether a delivery is not to be started, and so has been settled. */
export function isSettled(opened: PlainDelivery | Settlement): opened is Settlement {
  return "record" in opened;
}

function errorOf(error: PlainError | string): Error {
  const { type = "Error", message, stack = "" } = typeof error === "string" ? { message: error } : error;
  const made = new Error(message);
  made.name = type;
  made.stack = stack;
  return made;
}
