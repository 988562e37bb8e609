/**
 * The periodic tasks that an app declares.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import type { PeriodicApp } from "./app.ts";
import { engine } from "./engine.ts";
import {
  type BeatEntry,
  type BeatSchedule,
  entryOptionNames,
  type EntryOptions,
  type PeriodicTaskOptions,
  type TickSummary,
} from "./entry_options.ts";
import type { Signature } from "../tasks/signature.ts";

/** The periodic tasks that an app declares. */
export class Periodic {
  readonly #app: PeriodicApp;
  #schedule: BeatSchedule = {};
  readonly #added = new Map<string, BeatEntry>();
  readonly #tellConfigured: () => unknown;
  #configured = false;

  /**
   * Those of this app.
   *
   * @param tellConfigured Tells the hooks `onAfterConfigure`, which may add some.
   */
  constructor(app: PeriodicApp, tellConfigured: () => unknown) {
    this.#app = app;
    this.#tellConfigured = tellConfigured;
  }

  /** The entries that were declared together. */
  get schedule(): BeatSchedule {
    return this.#schedule;
  }

  set schedule(schedule: BeatSchedule) {
    for (const [name, entry] of Object.entries(schedule)) {
      this.#refuseTwice(name, this.#added);
      engine()?.check(this.#app, name, entry);
    }
    this.#schedule = { ...schedule };
  }

  /** Declares one more. @returns Its name. */
  add(schedule: BeatEntry["schedule"], signature: Signature, options: PeriodicTaskOptions): string {
    const { name = callText(signature), ...rest } = options;
    const own = Object.entries(rest).filter(([option]) => entryOptionNames.includes(option as keyof EntryOptions));
    const calls = Object.entries(rest).filter(([option]) => !entryOptionNames.includes(option as keyof EntryOptions));
    const entry: BeatEntry = {
      task: signature.task,
      args: signature.args,
      schedule,
      options: { ...signature.options, ...Object.fromEntries(calls) },
      ...Object.fromEntries(own),
    };
    this.#refuseTwice(name, this.#added);
    this.#refuseTwice(name, new Map(Object.entries(this.#schedule)));
    engine()?.check(this.#app, name, entry);
    this.#added.set(name, entry);
    return name;
  }

  #refuseTwice(name: string, others: ReadonlyMap<string, unknown>): void {
    if (!others.has(name)) return;
    throw new InvalidInput("name", `There is a periodic task ${JSON.stringify(name)} already: give it another name`);
  }

  /** All that the code declares, once the hooks `onAfterConfigure` had their say. */
  async entries(): Promise<ReadonlyMap<string, BeatEntry>> {
    if (!this.#configured) {
      this.#configured = true;
      await this.#tellConfigured();
    }
    return new Map([...Object.entries(this.#schedule), ...this.#added]);
  }

  /** Sends what is due now. @throws {InvalidInput} When no beat was imported. */
  async tick(): Promise<TickSummary> {
    const beat = engine();
    if (beat) return await beat.tick(this.#app);
    throw new InvalidInput("beat", 'Nothing here knows schedules: import "@umbel/umbel/beat" first');
  }
}

function callText({ task, args }: Signature): string {
  return `${task}(${args.map((arg) => JSON.stringify(arg)).join(", ")})`.slice(0, 150);
}
