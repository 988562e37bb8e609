/**
 * A broker that is somewhere else: each verb is one request to an app's exchange.
 *
 * @module
 */
import type { Broker } from "../../ports/broker.ts";
import type { Control } from "../../ports/control.ts";
import type { Inspector } from "../../ports/inspector.ts";
import type { PublishOptions, Receipt } from "../../ports/publishing.ts";
import type { Signal, Topic } from "../../ports/signals.ts";
import type { TaskRecord } from "../../ports/task_record.ts";
import type { Turn, TurnReply } from "../../ports/turn.ts";
import type { Bills } from "../../ports/bill.ts";
import { type Clock, steady, systemClock } from "../../clock.ts";
import type { DeadLetters } from "../../ports/dead_letters.ts";
import type { Journal } from "../../ports/journal.ts";
import { byteLength } from "../../json.ts";
import type { Listing } from "../../ports/listing.ts";
import type { Message } from "../../message.ts";
import type { Mail } from "../../ports/mail.ts";
import type { Schedules } from "../../ports/schedules.ts";
import type { Waiting } from "../../ports/waiting.ts";
import { checkTurn } from "../turn.ts";
import { merge } from "../../streams/merge.ts";
import { encode, type Line } from "./line.ts";
import { wakingSignalsOf } from "./signals.ts";
import { TaskSignals } from "./task_signals.ts";
import { type PortName, verbs } from "./verbs.ts";

/** The most messages of one request, and the most bytes of all of them. */
const most = { messages: 2000, bytes: 4 * 1024 * 1024 };
/** How often clocks are compared, and by how much they may have moved against each other before they are again (ms). */
const measureEvery = 600_000;
const jump = 1000;

/** What the broker is made of. */
export interface RemoteBrokerOptions {
  /** What it is called in logs. */
  readonly name: string;
  /** The line to the exchange. */
  readonly line: Line;
  /** The clock. */
  readonly clock: Clock;
  /** How often to ask while there are no signals (ms). */
  readonly pollInterval: number;
}

/** A broker behind an exchange. Made by {@linkcode remote}. */
export class RemoteBroker implements Broker {
  /** The URL and the app. */
  readonly name: string;
  /** Queues and workers. */
  readonly inspector: Inspector;
  /** Revoking and purging. */
  readonly control: Control;
  /** What failed for good. */
  readonly deadLetters: DeadLetters;
  /** Periodic tasks. */
  readonly schedules: Schedules;
  /** What waits. */
  readonly waiting: Waiting;
  /** What happened. */
  readonly journal: Journal;
  /** Commands to workers. */
  readonly mail: Mail;
  /** All tasks of which something is known. */
  readonly listing: Listing;
  /** What is billed where the exchange is. */
  readonly bills: Bills;
  readonly #line: Line;
  readonly #taskSignals: TaskSignals;
  readonly #clock: Clock;
  readonly #pollInterval: number;
  #offset: number | undefined;
  /** When that was: by a clock that goes evenly, and by the one that people set. */
  #measuredAt = { even: -Infinity, set: 0 };
  #measuring: Promise<void> | undefined;

  /** See {@linkcode remote}. */
  constructor({ name, line, clock, pollInterval }: RemoteBrokerOptions) {
    this.name = name;
    this.#line = line;
    this.#taskSignals = new TaskSignals(line);
    this.#clock = clock;
    this.#pollInterval = pollInterval;
    this.inspector = portOf("inspector", line);
    this.control = portOf("control", line);
    this.deadLetters = portOf("deadLetters", line);
    this.schedules = portOf("schedules", line);
    this.waiting = portOf("waiting", line);
    this.journal = portOf("journal", line);
    this.mail = portOf("mail", line);
    this.listing = portOf("listing", line);
    this.bills = portOf("bills", line);
  }

  /** The broker's time; a clock that was handed in rules instead. */
  async now(): Promise<number> {
    if (this.#clock !== systemClock) return this.#clock.now();
    const age = steady(systemClock) - this.#measuredAt.even;
    // This machine's clock was set, or it has slept.
    if (Math.abs(systemClock.now() - this.#measuredAt.set - age) > jump) this.#offset = undefined;
    if (this.#offset === undefined || age >= measureEvery) this.#measuring ??= this.#measure();
    if (this.#offset === undefined) await this.#measuring;
    return this.#clock.now() + this.#offset!;
  }

  /** By the midpoint of a round trip. */
  async #measure(): Promise<void> {
    try {
      const sent = steady(systemClock);
      const { now } = await this.#line.ask("now", []) as { readonly now: number };
      this.#offset = Math.round(now - (systemClock.now() - (steady(systemClock) - sent) / 2));
      this.#measuredAt = { even: steady(systemClock), set: systemClock.now() };
    } catch (error) {
      // What was measured before is still near enough.
      if (this.#offset === undefined) throw error;
    } finally {
      this.#measuring = undefined;
    }
  }

  /** Adds messages. */
  async publish(messages: readonly Message[], { signal, ...options }: PublishOptions = {}): Promise<Receipt[]> {
    const receipts: Receipt[] = [];
    for (const part of parts(messages)) {
      const body = `{"args":[[${part.join(",")}],${encode(options)}]}`;
      receipts.push(...await this.#line.askWith("publish", body, signal) as Receipt[]);
    }
    return receipts;
  }

  /** A worker's turn. */
  async exchange(turn: Turn, { signal }: { readonly signal?: AbortSignal } = {}): Promise<TurnReply> {
    checkTurn(turn);
    return await this.#line.ask("turn", [turn], signal) as TurnReply;
  }

  /** What is known of tasks. */
  async fetch(
    ids: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<(TaskRecord | undefined)[]> {
    return await this.#line.ask("fetch", [ids], signal) as (TaskRecord | undefined)[];
  }

  /** Signals. */
  async *watch(topics: readonly Topic[], { signal }: { readonly signal: AbortSignal }): AsyncGenerator<Signal> {
    const shared = { line: this.#line, pollInterval: this.#pollInterval };
    const tasks = topics.filter((topic) => "task" in topic);
    const streams = topics.flatMap((topic) => "task" in topic ? [] : [wakingSignalsOf(topic, shared, signal)]);
    if (tasks.length > 0) streams.push(this.#taskSignals.watch(tasks, signal));
    if (streams.length === 1) yield* streams[0]!;
    else yield* merge(streams);
  }

  /** Ends what is being repeated. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#line.close();
    await this.#measuring?.catch(() => {});
  }
}

/** A port, each verb of which asks for the verb of that name. The compiler holds the list of verbs to the port. */
function portOf<Port extends object>(port: PortName, line: Line): Port {
  const verbsOfPort = Object.entries(verbs).filter(([name]) => name.startsWith(`${port}.`));
  return Object.fromEntries(verbsOfPort.map(([name, { streams }]) => {
    const ask = streams
      ? (...args: unknown[]) => line.askForParts(name, args)
      : (...args: unknown[]) => line.ask(name, ...withoutSignal(args));
    return [name.slice(port.length + 1), ask];
  })) as Port;
}

/** A signal among the options, which come last, stays at home. */
function withoutSignal(args: readonly unknown[]): [args: readonly unknown[], signal?: AbortSignal] {
  const last = args.at(-1);
  if (typeof last !== "object" || last === null || !("signal" in last)) return [args];
  const { signal, ...options } = last;
  return [[...args.slice(0, -1), options], signal as AbortSignal];
}

/** The JSON of messages, in parts of one request each. */
function* parts(messages: readonly Message[]): Generator<readonly string[]> {
  let part: string[] = [];
  let bytes = 0;
  for (const message of messages) {
    const text = JSON.stringify(message);
    // Measured only where it matters: a character takes 3 bytes at most.
    const size = text.length < 10_000 ? text.length * 3 : byteLength(text);
    if (part.length === most.messages || (part.length > 0 && bytes + size > most.bytes)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(text);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
