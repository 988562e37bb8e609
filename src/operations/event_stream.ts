/**
 * An app's look at what happened: its events as they come, and its history.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import type { Clock } from "../clock.ts";
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import type { HistoryPoint, HistoryStep } from "../ports/history.ts";
import { type AppEvent, type EventPage, type EventType, eventTypes, eventWatcher } from "../ports/journal.ts";
import { checkName, checkTaskName } from "../message.ts";
import { nearest } from "../options/nearest.ts";
import { checkKeys } from "../options/keys.ts";
import { readTime, show } from "../options/values.ts";

/** Which events, and since when. */
export interface EventOptions {
  /**
   * Those after this one: the `cursor` of an event.
   *
   * @default {what happens from now on}
   */
  readonly since?: string;
  /** Those from this time on: a `Date`, ISO 8601 text, or **milliseconds** since 1970. `since` goes before it. */
  readonly from?: Date | string | number;
  /** Of these types alone. */
  readonly types?: readonly EventType[];
  /** Those of this task alone. */
  readonly task?: string;
  /** Those of tasks in this queue alone. */
  readonly queue?: string;
  /** Those of this worker, and of tasks that it holds, alone. */
  readonly worker?: string;
  /** Those of the task of this id alone. */
  readonly id?: string;
  /**
   * Whether to wait for what happens later; else it ends with the last event that is there.
   *
   * @default {true}
   */
  readonly follow?: boolean;
  /**
   * How long to wait at most before the broker is asked again when it had nothing new, and no signal came.
   *
   * @default {"10s"}
   */
  readonly every?: Duration;
  /** Ends it, quietly. */
  readonly signal?: AbortSignal;
}

/** Which part of the events, and of which. */
export interface EventPageOptions extends Omit<EventOptions, "follow" | "every" | "signal"> {
  /**
   * How many events are looked at, whether they are wanted or not: 1 to 500.
   *
   * @default {100}
   */
  readonly limit?: number;
}

/** Which points of the history. */
export interface HistoryOptions {
  /** Of this task alone. */
  readonly task?: string;
  /** From this queue alone. */
  readonly queue?: string;
  /**
   * How long each point is: minutes are kept for a day, hours for a month.
   *
   * @default {"minute"}
   */
  readonly step?: HistoryStep;
  /**
   * From when: a `Date`, ISO 8601 text, or **milliseconds** since 1970.
   *
   * @default {an hour ago; for a `step` of an hour a day ago}
   */
  readonly from?: Date | string | number;
  /**
   * Until when.
   *
   * @default {now}
   */
  readonly to?: Date | string | number;
}

/** What is needed of an app. */
export interface WatchedApp {
  /** Where it was written down. */
  readonly broker: Broker;
  /** Waits. */
  readonly clock: Clock;
}

/** How many events are asked for at once. */
const mostEvents = 500;
/** The first pause when there was nothing new, and how it grows (ms). */
const pauses = { first: 100, growth: 1.5 };
const optionNames = ["since", "from", "types", "task", "queue", "worker", "id", "follow", "every", "signal"];

/**
 * The events of an app, the oldest first, each once.
 *
 * @throws {InvalidInput} When an option breaks its rule.
 * @throws {BrokerUnavailable} When the broker is out of reach; the last event's `cursor` goes on where this ended.
 */
export async function* readEvents(app: WatchedApp, options: EventOptions = {}): AsyncGenerator<AppEvent> {
  checkEvents(options);
  if (options.follow === false) return yield* readOn(app, options, undefined);
  const ear = new Ear(app);
  try {
    yield* readOn(app, options, ear);
  } finally {
    await ear.close();
  }
}

/**
 * A part of the events of an app, and where to read on, now or later.
 *
 * @throws {InvalidInput} When an option breaks its rule.
 */
export async function readEventPage(app: WatchedApp, options: EventPageOptions = {}): Promise<EventPage> {
  const { limit = 100, ...wanted } = options;
  checkEvents(wanted);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostEvents) {
    throw new InvalidInput("limit", `limit must be a whole number from 1 to ${mostEvents}, and it is ${show(limit)}`);
  }
  const page = await app.broker.journal.events({ ...placeOf(wanted.since, wanted.from), limit });
  return { ...page, events: page.events.filter((event) => isWanted(event, wanted)) };
}

function placeOf(since: string | undefined, from: EventOptions["from"]) {
  return since === undefined ? { ...(from === undefined ? {} : { from: readTime(from, "from") }) } : { since };
}

async function* readOn(app: WatchedApp, options: EventOptions, ear: Ear | undefined): AsyncGenerator<AppEvent> {
  const { since, from, every = "10s", signal } = options;
  const longest = milliseconds(every, "every");
  let cursor = since;
  let wasMissed = false;
  for (let pause = pauses.first; !signal?.aborted;) {
    const page = await app.broker.journal.events({ ...placeOf(cursor, from), limit: mostEvents });
    wasMissed ||= page.missed;
    for (const event of page.events) {
      if (signal?.aborted) return;
      if (!isWanted(event, options)) continue;
      yield wasMissed ? { ...event, missed: true } : event;
      wasMissed = false;
    }
    const isNew = cursor !== page.cursor;
    cursor = page.cursor;
    if (page.events.length === mostEvents) continue;
    if (!ear) return;
    pause = Math.min(isNew ? pauses.first : pause * pauses.growth, longest);
    await ear.wait(pause, signal);
  }
}

/** Hears that there is something new. */
class Ear {
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #listening: Promise<void>;
  #nap = new AbortController();

  constructor({ broker, clock }: WatchedApp) {
    this.#clock = clock;
    this.#listening = this.#listen(broker);
  }

  async #listen(broker: Broker): Promise<void> {
    try {
      const topics = [{ worker: eventWatcher }];
      for await (const _ of broker.watch(topics, { signal: this.#closing.signal })) this.#nap.abort();
    } catch {
      // Signals only save asking: what is wrong with the broker shows when it is asked.
    }
  }

  /** Waits for so long (ms), or until there is something new; never so short that each signal is a request of its own. */
  async wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const least = Math.min(ms, pauses.first);
    await this.#clock.sleep(least, signal);
    const { signal: woken } = this.#nap;
    if (ms > least && !signal?.aborted && !woken.aborted) {
      await this.#clock.sleep(ms - least, signal ? AbortSignal.any([signal, woken]) : woken);
    }
    this.#nap = new AbortController();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#listening;
  }
}

function isWanted(event: AppEvent, { types, task, queue, worker, id }: EventOptions): boolean {
  return (types?.includes(event.type) ?? true) && (task ?? event.task) === event.task &&
    (queue ?? event.queue) === event.queue && (worker ?? event.worker) === event.worker &&
    (id ?? event.id) === event.id;
}

function checkEvents(options: EventOptions): void {
  checkKeys(options, optionNames, "option of events");
  const { types, task, queue } = options;
  if (task !== undefined) checkTaskName(task);
  if (queue !== undefined) checkName("queue", queue);
  if (types !== undefined && !Array.isArray(types)) {
    throw new InvalidInput("types", `types must be a list of types, and it is ${show(types)}`);
  }
  for (const type of types ?? []) {
    if (eventTypes.includes(type)) continue;
    const meant = nearest(String(type), eventTypes);
    const hint = meant === undefined ? `There are ${eventTypes.join(", ")}` : `Did you mean ${meant}?`;
    throw new InvalidInput("types", `${show(type)} is no type of event. ${hint}`);
  }
}

/**
 * Points of an app's history, in the order of their times, queues and tasks.
 *
 * @throws {InvalidInput} When an option breaks its rule.
 */
export async function readHistory({ broker }: WatchedApp, options: HistoryOptions = {}): Promise<HistoryPoint[]> {
  checkKeys(options, ["task", "queue", "step", "from", "to"], "option of history");
  const { task, queue, step = "minute" } = options;
  if (task !== undefined) checkTaskName(task);
  if (queue !== undefined) checkName("queue", queue);
  if (step !== "minute" && step !== "hour") {
    throw new InvalidInput("step", `step must be "minute" or "hour", and it is ${show(step)}`);
  }
  const to = options.to === undefined ? await broker.now() : readTime(options.to, "to");
  const usual = to - (step === "minute" ? 3_600_000 : 86_400_000);
  const from = options.from === undefined ? usual : readTime(options.from, "from");
  if (from > to) throw new InvalidInput("from", `from must not be after to, and they are ${from} and ${to}`);
  return await broker.journal.history({
    ...(task === undefined ? {} : { task }),
    ...(queue === undefined ? {} : { queue }),
    ...{ step, from, to },
  });
}
