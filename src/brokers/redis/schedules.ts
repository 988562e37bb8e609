/**
 * Periodic tasks in Redis: see scripts/schedules.ts.
 *
 * @module
 */
import type { PublishOptions, Receipt } from "../../ports/publishing.ts";
import type { Message } from "../../message.ts";
import type { EntryChange, Schedules, StoredEntry, Tick, TickAnswer } from "../../ports/schedules.ts";
import type { Caller } from "./connection/caller.ts";
import type { Connection } from "./connection/connection.ts";
import type { Keys } from "./keys.ts";
import type { Publication } from "./publishing/publication.ts";
import { fire, list, put, remove } from "./scripts/schedules.ts";

/** What the schedules need of the broker. */
export interface SchedulesOptions {
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts. */
  readonly connection: Connection;
  /** Calls scripts that may ask for more keys. */
  readonly caller: Caller;
  /** Prepares publishing. */
  readonly publication: (messages: readonly Message[], options: PublishOptions) => Promise<Publication>;
}

/** How many ticks go into one request, and how many messages. */
const most = { ticks: 100, messages: 1000 };

/** Periodic tasks in Redis. */
export class RedisSchedules implements Schedules {
  readonly #options: SchedulesOptions;

  /** Those of these keys. */
  constructor(options: SchedulesOptions) {
    this.#options = options;
  }

  /** Adds entries or changes them. */
  async put(changes: readonly EntryChange[]): Promise<boolean[]> {
    const { keys, connection } = this.#options;
    const args = changes.flatMap(({ name, revision, definition, due, state }) => [
      name,
      String(revision),
      JSON.stringify(definition),
      due === undefined ? "" : due === null ? "-" : String(due),
      state === undefined ? "" : JSON.stringify(state),
    ]);
    const answers = await connection.run(put, [keys.schedules], [keys.prefix, ...args], undefined) as string;
    return Array.from(answers, (answer) => answer === "1");
  }

  /** Removes entries. */
  async remove(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const { keys, connection } = this.#options;
    await connection.run(remove, [keys.schedules], [keys.prefix, ...names], undefined);
  }

  /** All entries, by name. */
  async list(): Promise<StoredEntry[]> {
    const { keys, connection } = this.#options;
    const reply = await connection.run(list, [keys.schedules], [], undefined) as string[];
    const texts = new Map<string, string>();
    for (let at = 0; at < reply.length; at += 2) texts.set(reply[at]!, reply[at + 1]!);
    const entries: StoredEntry[] = [];
    for (const [field, text] of texts) {
      if (!field.startsWith("d:")) continue;
      const name = field.slice(2);
      const bar = text.indexOf("|");
      const definition = JSON.parse(text.slice(bar + 1));
      entries.push({ name, revision: Number(text.slice(0, bar)), definition, ...readState(texts.get(`s:${name}`)) });
    }
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Sends what is due, once. */
  async fire(
    by: string,
    ticks: readonly Tick[],
    options: PublishOptions = {},
  ): Promise<TickAnswer[]> {
    const answers = new Map<Tick, TickAnswer>();
    for (const part of parts(ticks)) {
      let open: readonly Tick[] = part;
      while (open.length > 0) {
        const told = await this.#fire(by, open, options);
        const left = open.filter((tick) => !told.has(tick));
        for (const [tick, answer] of told) answers.set(tick, answer);
        open = left;
      }
    }
    return ticks.map((tick) => answers.get(tick)!);
  }

  /** Fires all, or none when some are lost: then only these are answered. */
  async #fire(
    by: string,
    ticks: readonly Tick[],
    options: PublishOptions,
  ): Promise<Map<Tick, TickAnswer>> {
    const { keys, caller, publication } = this.#options;
    const messages = ticks.flatMap((tick) => tick.messages);
    const publishing = messages.length === 0 ? undefined : await publication(messages, options);
    const reply = await caller.call(
      fire,
      () => [keys.schedules, ...publishing?.keys() ?? []],
      () => [
        by,
        publishing ? "1" : "0",
        String(ticks.length),
        ...ticks.flatMap(({ name, due, next, state }) => [
          name,
          String(due),
          next === undefined ? "" : String(next),
          JSON.stringify(state),
        ]),
        ...publishing?.args() ?? [],
      ],
      { look: async (ids) => await publishing?.look(ids) },
    );
    const published = reply.slice(3 + ticks.length);
    // A repetition is not told what became of the messages: they were sent.
    const receipts = publishing && published.length > 0
      ? publishing.read(["ok", ...published])
      : messages.map(({ id }): Receipt => ({ id, status: "added" }));
    const answers = new Map<Tick, TickAnswer>();
    let at = 0;
    for (const [index, tick] of ticks.entries()) {
      const own = receipts.slice(at, at += tick.messages.length);
      const letter = reply[1]![index];
      const now = readState(reply[3 + index]);
      if (letter === "F") answers.set(tick, { fired: true, receipts: own, ...now });
      else if (letter === "L") answers.set(tick, { fired: false, receipts: [], ...now });
    }
    return answers;
  }
}

function readState(text: string | undefined): Pick<StoredEntry, "due" | "state"> {
  const [, due, state] = /^(\d*)\|\w*\|(.*)$/s.exec(text ?? "") ?? [];
  return { ...(due ? { due: Number(due) } : {}), ...(state ? { state: JSON.parse(state) } : {}) };
}

function* parts(ticks: readonly Tick[]): Generator<Tick[]> {
  let part: Tick[] = [];
  let messages = 0;
  for (const tick of ticks) {
    if (part.length === most.ticks || (part.length > 0 && messages + tick.messages.length > most.messages)) {
      yield part;
      part = [];
      messages = 0;
    }
    part.push(tick);
    messages += tick.messages.length;
  }
  if (part.length > 0) yield part;
}
