/**
 * What a worker holds, from a message's arrival until it is handed in: some wait for a turn to name them, some for a
 * free runner, some run, and some are over.
 *
 * @module
 */
import type { Lease } from "../ports/turn.ts";
import { Unconfirmed } from "../policies/at_most_once.ts";
import { Batch } from "./runs/batch.ts";
import type { Run } from "./runs/run.ts";

/** The most settlements of a turn, and about how many characters of them. */
const most = { settlements: 500, characters: 1_000_000 };
/** How many leases are remembered after their end: signals that name them may come late. */
const remembered = 2000;

/** What a worker holds. */
export class Holdings {
  /** All of it, by lease. */
  readonly #runs = new Map<Lease, Run>();
  /** Those that wait for a free runner: a batch takes one. */
  #waiting: (Run | Batch)[] = [];
  /** Those that wait for a turn to name them. */
  readonly #unconfirmed = new Unconfirmed<Run>();
  #running = 0;
  /** Those that are over and were not handed in yet. */
  #over: Run[] = [];
  /** Those that are handed in by the turn that is on its way. */
  #handedIn: readonly Run[] = [];
  #recent = new Set<Lease>();
  #older = new Set<Lease>();

  /** How many there are in all. */
  get size(): number {
    return this.#runs.size;
  }

  /** How many runners are taken. */
  get running(): number {
    return this.#running;
  }

  /** How many runners are waited for. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** How many wait for a turn to name them. */
  get unconfirmed(): number {
    return this.#unconfirmed.size;
  }

  /** The one that has waited longest for a free runner. */
  get oldestWaiting(): Run | Batch | undefined {
    return this.#waiting[0];
  }

  /** Whether something can be handed in. */
  get hasOver(): boolean {
    return this.#over.length > 0;
  }

  /** Whether one turn could hand in all that is over. */
  get fitIntoOneTurn(): boolean {
    return this.#countOver() === this.#over.length;
  }

  /** The leases, for a turn to name. */
  leases(): Lease[] {
    return [...this.#runs.keys()];
  }

  /** All of them. */
  all(): IterableIterator<Run> {
    return this.#runs.values();
  }

  /** The one under this lease. */
  get(lease: Lease): Run | undefined {
    return this.#runs.get(lease);
  }

  /** Whether this lease is held, or was not long ago. */
  knows(lease: Lease): boolean {
    return this.#runs.has(lease) || this.#recent.has(lease) || this.#older.has(lease);
  }

  /** One arrived: it is to be put in line, or in doubt. */
  add(run: Run): void {
    this.#runs.set(run.lease, run);
  }

  /** It may be started. */
  line(place: Run | Batch): void {
    this.#waiting.push(place);
  }

  /** It waits for a turn to name it. */
  doubt(run: Run): void {
    this.#unconfirmed.add(run);
  }

  /** A turn that was answered has named these leases: what waited for that may be started. */
  confirm(leases: readonly Lease[]): void {
    this.#waiting.push(...this.#unconfirmed.confirm(leases));
  }

  /** Takes the one that has waited longest for a free runner. */
  takeWaiting(): Run | Batch | undefined {
    return this.#waiting.shift();
  }

  /** Takes those that were taken until a time, but for the first of them, so many. */
  takeLate(until: number, keep: number): readonly (Run | Batch)[] {
    // They stand in the order in which they came.
    let end = this.#waiting.length;
    while (end > keep && this.#waiting[end - 1]!.takenAt > until) end--;
    return end <= keep ? [] : this.#waiting.splice(keep, end - keep);
  }

  /** Takes those that wait for a turn to name them. */
  takeUnconfirmed(): Run[] {
    return this.#unconfirmed.clear();
  }

  /** One begins to run. */
  start(place: Run | Batch): void {
    this.#running++;
    for (const run of runsOf(place)) {
      if (run.isOver) continue;
      run.isRunning = true;
      if (run.batch) run.batch.running++;
    }
  }

  /** One does not run any more: the runner of a batch is free when none of it runs. */
  #halt(run: Run): void {
    if (!run.isRunning) return;
    run.isRunning = false;
    if (run.batch && --run.batch.running > 0) return;
    this.#running--;
  }

  /** One is over, and can be handed in. */
  end(run: Run): void {
    this.#halt(run);
    this.#over.push(run);
  }

  /** Takes those that are over, as many as fit into one turn, for that turn to hand them in. */
  handIn(): readonly Run[] {
    this.#handedIn = this.#over.splice(0, this.#countOver());
    return this.#handedIn;
  }

  #countOver(): number {
    let count = 0;
    for (let characters = 0; count < this.#over.length && count < most.settlements; count++) {
      characters += this.#over[count]!.size;
      if (characters > most.characters && count > 0) break;
    }
    return count;
  }

  /** The broker has what the last turn handed in: these. */
  forgetHandedIn(): readonly Run[] {
    const handedIn = this.#handedIn;
    for (const { lease } of handedIn) this.#forget(lease);
    this.#handedIn = [];
    return handedIn;
  }

  /** Nobody knows whether the last turn arrived: what it handed in is to be handed in again. */
  takeBackHandedIn(): void {
    this.#over = [...this.#handedIn, ...this.#over];
  }

  /** One is of no interest any more, wherever it was. */
  remove(run: Run): void {
    this.#halt(run);
    this.#forget(run.lease);
    this.#over = this.#over.filter((other) => other !== run);
    this.#waiting = this.#waiting.filter((other) => other !== run && !(other instanceof Batch && other.isOver));
  }

  #forget(lease: Lease): void {
    this.#runs.delete(lease);
    this.#recent.add(lease);
    if (this.#recent.size < remembered) return;
    this.#older = this.#recent;
    this.#recent = new Set();
  }
}

/** What takes one of a worker's places: one, or more that are handed over together. */
export function runsOf(place: Run | Batch): readonly Run[] {
  return place instanceof Batch ? place.runs : [place];
}
