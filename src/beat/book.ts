/**
 * What a beat knows of the entries: read from the broker now and then, kept up to date by its own ticks in between.
 *
 * @module
 */
import type { PeriodicApp } from "../periodic/app.ts";
import type { Logger } from "../log.ts";
import type { StoredEntry } from "../ports/schedules.ts";
import { declare } from "./declare.ts";
import { type Entry, isKept, readStored } from "./kept.ts";
import { sendDue, type Sent } from "./sending.ts";

/** How often what the code declares is compared with what is there, while others change that. */
const mostDeclarations = 5;
/** How many entries are sent at once: the others are not to wait for all of them. */
const mostAtOnce = 500;

/** The entries of an app, as far as they are known here. */
export class Book {
  readonly #app: PeriodicApp;
  readonly #log: Logger;
  readonly #holdPause: number;
  #entries = new Map<string, Entry>();
  /** Until when entries are not looked at: they wait for the end of a task. */
  readonly #held = new Map<string, number>();
  /** Those that are no entries. */
  readonly #odd = new Set<string>();
  #isDeclared = false;

  /**
   * Knows nothing yet.
   *
   * @param holdPause How long an entry that is held waits until it is looked at again (ms).
   */
  constructor(app: PeriodicApp, log: Logger, holdPause: number) {
    this.#app = app;
    this.#log = log;
    this.#holdPause = holdPause;
  }

  /** Reads all entries; the first time it brings what the code declares into the broker. */
  async read(): Promise<void> {
    const { schedules } = this.#app.broker;
    const list = async () => (await schedules.list()).filter((one) => this.#isKept(one));
    let stored = await list();
    if (!this.#isDeclared) {
      // Again after each change: somebody may have been quicker with one of the entries.
      for (let times = 0; times < mostDeclarations && await declare(this.#app, stored); times++) {
        stored = await list();
      }
      this.#isDeclared = true;
    }
    this.#entries = new Map(stored.map((one) => [one.name, readStored(one)]));
  }

  /** Whether something is an entry at all, whoever put it into the broker; said once of each that is none. */
  #isKept({ name, definition }: StoredEntry): boolean {
    if (isKept(definition)) return true;
    if (!this.#odd.has(name)) this.#log.error(`The periodic task ${name} cannot be read: it is none`, { entry: name });
    this.#odd.add(name);
    return false;
  }

  /** When something is to be done next; `Infinity` when nothing is. */
  get next(): number {
    let next = Infinity;
    for (const entry of this.#entries.values()) next = Math.min(next, this.#timeOf(entry));
    return next;
  }

  /** What an entry waited for has come: it is looked at now. */
  release(name: string): void {
    this.#held.delete(name);
  }

  /** Sends what is due, the longest due first. @returns What was sent, and by whom it was not. */
  async send(now: number): Promise<readonly Sent[]> {
    const due = [...this.#entries.values()].filter((entry) => this.#timeOf(entry) <= now)
      .sort((a, b) => a.due! - b.due!).slice(0, mostAtOnce);
    if (due.length === 0) return [];
    const sent = await sendDue(this.#app, due, now, this.#log);
    for (const [name, { entry, isHeld }] of sent) {
      this.#entries.set(name, entry);
      if (isHeld) this.#held.set(name, now + this.#holdPause);
      else this.#held.delete(name);
    }
    return [...sent.values()];
  }

  #timeOf({ name, due = Infinity }: Entry): number {
    return Math.max(due, this.#held.get(name) ?? 0);
  }
}
