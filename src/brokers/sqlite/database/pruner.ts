/**
 * Removes what is over, now and then and in parts: any verb that writes lends a hand.
 *
 * @module
 */
import { pruneJournal } from "../journal.ts";
import { lateness } from "../lanes/rate.ts";
import type { Statements } from "../statements/statements.ts";

/** How often records that are over are looked for (ms). */
const every = 1000;
/** How many a verb removes; more wait for the next verb. */
const most = 1000;

/** Removes what is over. */
export class Pruner {
  readonly #statements: Statements;
  #prunedAt = 0;

  /** From this database. */
  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Removes some of it, if that was not done just now. */
  prune(now: number): void {
    // A clock that was set back is not to keep it from its work.
    if (Math.abs(now - this.#prunedAt) < every) return;
    const { changes } = this.#statements.pruneRecords.run(now, most);
    if (Number(changes) < most) this.#prunedAt = now;
    this.#statements.pruneWorkers.run(now);
    this.#statements.pruneUniques.run(now);
    this.#statements.pruneRounds.run();
    this.#statements.pruneUses.run(now - lateness, most);
    this.#statements.pruneMail.run(now);
    this.#statements.pruneAnswers.run(now);
    pruneJournal(this.#statements, now);
  }
}
