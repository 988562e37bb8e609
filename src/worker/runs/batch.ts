/**
 * Batches in a worker: runs that are handed to their handler together. Each goes its own way up to the handler's door,
 * through its checks, its schema and the middleware; there they wait for one another, and each goes on with what the
 * handler made of it.
 *
 * @module
 */
import type { TaskContext } from "../../tasks/context.ts";
import { type CallOutcome, outcomesOf } from "../../policies/batch.ts";
import { isPromise } from "../../promise.ts";
import type { TaskDefinition } from "../../tasks/task.ts";
import type { Run } from "./run.ts";

interface Waiting {
  readonly run: Run;
  readonly args: readonly unknown[];
  readonly self: TaskContext;
  readonly resolve: (value: unknown) => void;
  readonly reject: (thrown: unknown) => void;
}

/** Runs of one task that take one of a worker's places together. */
export class Batch {
  /** Them, in their order. */
  readonly runs: readonly Run[];
  /** How many of them run: counted by who holds them. */
  running = 0;
  readonly #awaited: Set<Run>;
  readonly #waiting = new Map<Run, Waiting>();
  #task: TaskDefinition | undefined;

  /** Of these runs. */
  constructor(runs: readonly Run[]) {
    this.runs = runs;
    this.#awaited = new Set(runs);
    for (const run of runs) run.batch = this;
  }

  /** When they arrived (ms, this machine's time). */
  get takenAt(): number {
    return this.runs[0]!.takenAt;
  }

  /** Whether all of them have an outcome. */
  get isOver(): boolean {
    return this.runs.every(({ isOver }) => isOver);
  }

  /**
   * One is at the handler's door.
   *
   * @returns What the handler makes of it.
   */
  join(task: TaskDefinition, run: Run, self: TaskContext, args: readonly unknown[]): Promise<unknown> {
    this.#task = task;
    return new Promise((resolve, reject) => {
      this.#waiting.set(run, { run, args, self, resolve, reject });
      this.leave(run);
    });
  }

  /** One is not to be waited for any longer: it is at the door, or it is over. */
  leave(run: Run): void {
    if (!this.#awaited.delete(run) || this.#awaited.size > 0 || !this.#task) return;
    const calls: Waiting[] = [];
    // In the order of their arrival, whoever was at the door first.
    for (const one of this.runs) {
      const call = this.#waiting.get(one);
      if (!call) continue;
      if (one.isWanted) calls.push(call);
      else call.reject(one.signal.reason);
    }
    if (calls.length > 0) start(this.#task, calls);
  }
}

function start(task: TaskDefinition, calls: readonly Waiting[]): void {
  const finish = (returned: unknown) => tell(calls, outcomesOf(returned, calls.length, task.name));
  const fail = (thrown: unknown) => tell(calls, calls.map(() => ({ thrown })));
  try {
    const returned = task.startBatch(calls.map(({ args, self }) => ({ args, self })));
    if (isPromise(returned)) returned.then(finish).then(undefined, fail);
    else finish(returned);
  } catch (thrown) {
    fail(thrown);
  }
}

function tell(calls: readonly Waiting[], outcomes: readonly CallOutcome[]): void {
  for (const [index, { resolve, reject }] of calls.entries()) {
    const outcome = outcomes[index]!;
    if ("thrown" in outcome) reject(outcome.thrown);
    else resolve(outcome.value);
  }
}

/**
 * Puts runs together that are to be handed over together: those of a task with `batch` that have the same limits, so many
 * at most. A run that is alone stays so.
 *
 * @param sizeOf The most of a batch of this task; `undefined` for one without.
 */
export function inBatches(runs: readonly Run[], sizeOf: (task: string) => number | undefined): (Run | Batch)[] {
  const places: (Run[] | Run)[] = [];
  const open = new Map<string, Run[]>();
  for (const run of runs) {
    const { task, limits = [] } = run.message;
    const size = sizeOf(task);
    if (size === undefined) {
      places.push(run);
      continue;
    }
    const lane = `${task} ${limits.join(" ")}`;
    let together = open.get(lane);
    if (!together || together.length >= size) {
      together = [];
      open.set(lane, together);
      places.push(together);
    }
    together.push(run);
  }
  return places.map((place) => !Array.isArray(place) ? place : place.length === 1 ? place[0]! : new Batch(place));
}
