/**
 * The periodic tasks of an app as they are in its broker: to be looked at and changed while beats run.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import type { PeriodicApp } from "../periodic/app.ts";
import { InvalidInput } from "../errors.ts";
import { nearest } from "../options/nearest.ts";
import type { BeatEntry } from "../periodic/entry_options.ts";
import type { AsyncResult } from "../results/result.ts";
import type { Json } from "../json.ts";
import { checkEntryName, type EntryDefinition, readEntry, toOptions } from "./entry.ts";
import { type Entry, isKept, keep, type KeptDefinition, type KeptState, readStored } from "./kept.ts";
import { firstDue, upcoming } from "./plan.ts";

/** What is changed of an entry; what is not named stays. `undefined` takes an option away. */
export type EntryChanges = { readonly [name in keyof BeatEntry]?: BeatEntry[name] | undefined };

/** How often somebody else may be quicker before this gives up. */
const attempts = 10;

/**
 * The periodic tasks in the broker of an app. What is put here is there for all beats at once; an entry that the code
 * declares may be changed too, is marked as `changed` then, and stays so whatever is deployed.
 *
 * @example
 * ```ts
 * import { Umbel } from "@umbel/umbel";
 * import { Entries, every } from "@umbel/umbel/beat";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { assertEquals } from "@std/assert";
 *
 * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
 * const entries = new Entries(app);
 * await entries.put("sweep", { task: "sweep", schedule: every({ minutes: 5 }) });
 * await entries.disable("sweep");
 * assertEquals((await entries.list()).map(({ name, enabled }) => [name, enabled]), [["sweep", false]]);
 * ```
 */
export class Entries {
  readonly #app: Umbel;

  /** Those of this app. */
  constructor(app: Umbel) {
    this.#app = app;
  }

  /** All entries, by name. */
  async list(): Promise<Entry[]> {
    const stored = await this.#app.broker.schedules.list();
    // Anybody may write to a broker: what is none is no entry.
    return stored.filter(({ definition }) => isKept(definition)).map(readStored);
  }

  /** The same, and those that the code here declares and no beat has brought into the broker yet: their revision is 0. */
  async all(): Promise<Entry[]> {
    const entries = new Map((await this.list()).map((entry) => [entry.name, entry]));
    const now = await this.#app.broker.now();
    for (const [name, declared] of await this.#app.periodic.entries()) {
      if (entries.has(name)) continue;
      const entry = readEntry(declared, this.#app.config.timezone);
      const due = await firstDue(entry, now, now);
      const more = due === undefined ? {} : { due };
      entries.set(name, { name, ...entry, source: "code", changed: false, since: now, revision: 0, runs: 0, ...more });
    }
    return [...entries.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** An entry. @throws {InvalidInput} When there is none of that name. */
  async get(name: string): Promise<Entry> {
    return (await this.#find(name)).entry;
  }

  /** The next times of an entry, at most so many: ms since 1970. */
  async next(entry: Entry, count: number): Promise<number[]> {
    return await upcoming(entry, count);
  }

  /**
   * Adds an entry, or puts it in place of another of that name.
   *
   * @throws {InvalidInput} When it breaks a rule. Its arguments must be plain: a function is for what the code declares.
   */
  async put(name: string, entry: BeatEntry): Promise<Entry> {
    checkEntryName(name);
    if (typeof entry.args === "function") {
      throw new InvalidInput(
        "args",
        "args must be an array: only a periodic task that the code declares takes a function",
      );
    }
    const definition = readEntry(entry, this.#app.config.timezone);
    return await this.#change(name, () => definition);
  }

  /**
   * Changes some of an entry. Another task is given other arguments, where the one that it was keeps its own out of views,
   * or the code makes them.
   *
   * @throws {InvalidInput} When there is none of that name, or a change breaks a rule.
   */
  async change(name: string, changes: EntryChanges): Promise<Entry> {
    return await this.#change(name, (before) => {
      if (!before) throw this.#unknown(name, []);
      const { lazy } = before;
      this.#refuseHanding(before, changes);
      const given = { ...toOptions(before), ...changes };
      const kept = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const definition = readEntry(kept as unknown as BeatEntry, before.timezone);
      return lazy && changes.args === undefined ? { ...definition, lazy } : definition;
    });
  }

  /** Another task's views, or its handler, would tell what this one keeps out of them. */
  #refuseHanding({ task, lazy, args }: EntryDefinition, changes: EntryChanges): void {
    if (changes.task === undefined || changes.task === task) return;
    const isHidden = this.#app.tasks.get(task)?.settings.redact !== undefined && args.length > 0;
    if (lazy ? changes.args !== undefined : !isHidden || "args" in changes) return;
    throw new InvalidInput(
      "args",
      `args must be given with another task: those of task ${JSON.stringify(task)} are ${
        lazy ? "made for it by code" : "kept out of views"
      }`,
    );
  }

  /** Lets an entry be due again, from now on; one that had come to its end begins anew. */
  async enable(name: string): Promise<Entry> {
    return await this.change(name, { enabled: true });
  }

  /** Lets an entry not be due any more; what it sent goes on. */
  async disable(name: string): Promise<Entry> {
    return await this.change(name, { enabled: false });
  }

  /** Gives up what was changed of an entry that the code declares: it is again what the code says. */
  async reset(name: string): Promise<Entry> {
    const { kept } = await this.#find(name);
    const { code } = kept;
    if (!code) throw new InvalidInput("name", `The code declares no periodic task ${JSON.stringify(name)}`);
    return await this.#change(name, () => code);
  }

  /**
   * Removes an entry; what it sent goes on.
   *
   * @throws {InvalidInput} When there is none, or when the code declares it: it would come back. Disable that one.
   */
  async remove(name: string): Promise<void> {
    const { kept } = await this.#find(name);
    if (kept.code) {
      throw new InvalidInput(
        "name",
        `The code declares the periodic task ${JSON.stringify(name)}, so it would come back: disable it`,
      );
    }
    await this.#app.broker.schedules.remove([name]);
  }

  /**
   * Sends the task of an entry now, beside its schedule.
   *
   * @throws {InvalidInput} When there is none, or its arguments are made by code that is not here.
   */
  async run(name: string): Promise<AsyncResult<Json>> {
    const { entry } = await this.#find(name);
    const args = entry.lazy ? await lazyArgs(this.#app, name) : entry.args;
    return await this.#app.sendTask(entry.task, args, entry.options);
  }

  async #find(name: string): Promise<{ readonly entry: Entry; readonly kept: KeptDefinition }> {
    const stored = await this.#app.broker.schedules.list();
    const found = stored.find((one) => one.name === name);
    if (!found) throw this.#unknown(name, stored.map((one) => one.name));
    return { entry: readStored(found), kept: found.definition as unknown as KeptDefinition };
  }

  #unknown(name: string, names: readonly string[]): InvalidInput {
    const meant = nearest(name, names);
    return new InvalidInput(
      "name",
      `There is no periodic task ${JSON.stringify(name)}` +
        (meant === undefined ? "" : `: did you mean ${JSON.stringify(meant)}?`),
    );
  }

  async #change(
    name: string,
    change: (before: EntryDefinition | undefined) => EntryDefinition,
  ): Promise<Entry> {
    const { broker } = this.#app;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const stored = (await broker.schedules.list()).find((one) => one.name === name);
      const before = stored && readStored(stored);
      const kept = stored?.definition as unknown as KeptDefinition | undefined;
      const entry = change(kept?.entry);
      const now = await broker.now();
      const since = kept?.since ?? now;
      const isBack = before !== undefined && !(before.enabled && before.due !== undefined) && entry.enabled;
      const runs = isBack || !before ? 0 : before.runs;
      const code = kept?.code;
      const isChanged = code !== undefined && JSON.stringify(code) !== JSON.stringify(entry);
      const definition: KeptDefinition = {
        entry,
        ...(code ? { code } : {}),
        ...(isChanged ? { changed: true } : {}),
        since,
      };
      const due = before && !isBack && isDueAlike(kept!.entry, entry)
        ? undefined
        : await firstDue(entry, since, now, runs) ?? null;
      const state: KeptState | undefined = isBack && before.runs > 0 ? { ...lastOf(before), runs } : undefined;
      const [done] = await broker.schedules.put([{
        name,
        revision: stored?.revision ?? 0,
        definition: keep(definition),
        ...(due === undefined ? {} : { due }),
        ...(state === undefined ? {} : { state: keep(state) }),
      }]);
      if (done) return await this.get(name);
    }
    throw new InvalidInput("name", `The periodic task ${JSON.stringify(name)} is changed by others all the time`);
  }
}

function lastOf({ lastDue, lastId, lastSent, leftOut }: Entry): Omit<KeptState, "runs"> {
  return {
    ...(lastDue === undefined ? {} : { lastDue }),
    ...(lastId === undefined ? {} : { lastId }),
    ...(lastSent === undefined ? {} : { lastSent }),
    ...(leftOut === undefined ? {} : { leftOut }),
  };
}

/** Whether two definitions are due at the same times: then a change leaves alone when that is. */
export function isDueAlike(a: EntryDefinition, b: EntryDefinition): boolean {
  const when = ({ schedule, timezone, enabled, startAt, endAt, maxRuns }: EntryDefinition) =>
    JSON.stringify([schedule, timezone, enabled, startAt ?? null, endAt ?? null, maxRuns ?? null]);
  return when(a) === when(b);
}

/** The arguments that the code makes for an entry. @throws {InvalidInput} When the code here declares none. */
export async function lazyArgs(app: PeriodicApp, name: string): Promise<readonly unknown[]> {
  const args = (await app.periodic.entries()).get(name)?.args;
  if (typeof args === "function") return await args();
  throw new InvalidInput(
    "args",
    `The arguments of ${JSON.stringify(name)} are made by code that is not here: name the file that has it`,
  );
}
