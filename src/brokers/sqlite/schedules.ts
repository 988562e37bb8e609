/**
 * Periodic tasks in SQLite: a row for each entry.
 *
 * @module
 */
import type { PublishOptions, Receipt } from "../../ports/publishing.ts";
import type { Message } from "../../message.ts";
import type { EntryChange, Schedules, StoredEntry, Tick, TickAnswer } from "../../ports/schedules.ts";
import type { Statements } from "./statements/statements.ts";

/** What the schedules need of the broker. */
export interface SchedulesOptions {
  /** What is asked of the database. */
  readonly statements: Statements;
  /** Runs what is synchronous as what is not, with the port's errors. */
  readonly attempt: <T>(run: () => T) => Promise<T>;
  /** Runs all or nothing. */
  readonly change: <T>(run: (change: Change) => T) => Promise<T>;
}

/** What can be done in a transaction. */
export interface Change {
  /** Adds messages. */
  publish(messages: readonly Message[], options: PublishOptions): Receipt[];
  /** Lets workers and beats look again, once it is done. */
  wake(): void;
}

interface Row {
  readonly name: string;
  readonly revision: number;
  readonly definition: string;
  readonly due: number | null;
  readonly fired_by: string;
  readonly state: string | null;
}

/** Periodic tasks in SQLite. */
export class SqliteSchedules implements Schedules {
  readonly #options: SchedulesOptions;

  /** Those of this database. */
  constructor(options: SchedulesOptions) {
    this.#options = options;
  }

  /** Adds entries or changes them. */
  async put(changes: readonly EntryChange[]): Promise<boolean[]> {
    return await this.#options.change(({ wake }) => {
      const answers = changes.map((change) => this.#put(change));
      if (answers.includes(true)) wake();
      return answers;
    });
  }

  #put({ name, revision, definition, due, state }: EntryChange): boolean {
    const before = this.#find(name);
    const text = JSON.stringify(definition);
    // The same once more: its answer was lost.
    if (before?.revision === revision + 1 && before.definition === text) return true;
    if ((before?.revision ?? 0) !== revision) return false;
    this.#options.statements.putSchedule.run(
      name,
      revision + 1,
      text,
      due === undefined ? before?.due ?? null : due,
      due === undefined ? before?.fired_by ?? "" : "",
      state === undefined ? before?.state ?? null : JSON.stringify(state),
    );
    return true;
  }

  /** Removes entries. */
  async remove(names: readonly string[]): Promise<void> {
    const { change, statements } = this.#options;
    await change(({ wake }) => {
      for (const name of names) statements.removeSchedule.run(name);
      wake();
    });
  }

  /** All entries, by name. */
  async list(): Promise<StoredEntry[]> {
    const { attempt, statements } = this.#options;
    return await attempt(() =>
      (statements.schedules.all() as unknown as Row[]).map((row) => ({
        name: row.name,
        revision: row.revision,
        definition: JSON.parse(row.definition),
        ...readState(row),
      }))
    );
  }

  /** Sends what is due, once. */
  async fire(by: string, ticks: readonly Tick[], options: PublishOptions = {}): Promise<TickAnswer[]> {
    return await this.#options.change(({ publish }) =>
      ticks.map((tick) => this.#fire(by, tick, (messages) => publish(messages, options)))
    );
  }

  #fire(
    by: string,
    { name, due, next, state, messages }: Tick,
    publish: (messages: readonly Message[]) => Receipt[],
  ): TickAnswer {
    const row = this.#find(name);
    if (!row) return { fired: false, receipts: [] };
    if (row.fired_by === by) {
      const receipts = messages.map(({ id }): Receipt => ({ id, status: "added" }));
      return { fired: true, receipts, ...readState(row) };
    }
    if (row.due !== due) return { fired: false, receipts: [], ...readState(row) };
    this.#options.statements.setSchedule.run(next ?? null, by, JSON.stringify(state), name);
    return { fired: true, receipts: publish(messages), ...(next === undefined ? {} : { due: next }), state };
  }

  #find(name: string): Row | undefined {
    return this.#options.statements.findSchedule.get(name) as unknown as Row | undefined;
  }
}

function readState({ due, state }: Pick<Row, "due" | "state">): Pick<StoredEntry, "due" | "state"> {
  return { ...(due === null ? {} : { due }), ...(state === null ? {} : { state: JSON.parse(state) }) };
}
