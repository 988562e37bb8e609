/**
 * The life of a task as stretches of time, from what is known of it: it was sent, waited, ran, waited for another try,
 * ended.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../../../ports/task_record.ts";
import type { ErrorInfo } from "../../../error_info.ts";
import type { Attempt } from "../../../message.ts";

/** What is known of a task that its life can be told from. */
export type Lived =
  & Pick<TaskRecord, "state" | "sentAt" | "retries">
  & Partial<Pick<TaskRecord, "eta" | "resentAt" | "startedAt" | "finishedAt" | "worker" | "error" | "attempts">>;

/** A stretch of a task's life. */
export interface Stretch {
  /**
   * What it did: `delayed` until its eta; `waited` for a worker; `ran`; `failed` when that run was not the end of it, or a
   * bad one; `backoff` between two tries; `earlier` for tries of which nothing is known any more; `rested` as a dead
   * letter until it was sent again.
   */
  readonly kind: "delayed" | "waited" | "ran" | "failed" | "backoff" | "earlier" | "rested";
  /** When it began (ms since 1970). */
  readonly from: number;
  /** When it ended; now when it has not. */
  readonly to: number;
  /** Whether it goes on. */
  readonly isOpen?: true;
  /** Of a run: where. */
  readonly worker?: string;
  /** Of a run: which try it was, from 1. */
  readonly attempt?: number;
  /** Of a run: what it threw. */
  readonly error?: ErrorInfo;
}

/** What is known beside a task's record. */
export interface LifeOptions {
  /** Not to be started before: as it was sent. */
  readonly eta?: number | undefined;
  /** The time (ms since 1970). */
  readonly now: number;
}

/** The stretches of a task's life, the first one first: each begins where the one before it ended. */
export function lifeOf(task: Lived, { now, ...known }: LifeOptions): readonly Stretch[] {
  const life = new Life(task.sentAt);
  // That of a later try says nothing of the first one.
  const eta = task.retries === 0 ? known.eta : undefined;
  if (task.resentAt !== undefined) life.add("rested", task.resentAt);
  const runs = runsOf(task);
  const dropped = droppedOf(task, runs);
  for (const [index, { startedAt, finishedAt, worker, error }] of runs.entries()) {
    if (index > 0) life.add("backoff", startedAt);
    else if (dropped > 0) life.add("earlier", startedAt);
    else life.wait(startedAt, eta);
    const about = { attempt: dropped + index + 1, ...(worker === undefined ? {} : { worker }) };
    if (finishedAt === undefined) life.add("ran", now, { ...about, isOpen: true });
    else life.add(error ? "failed" : "ran", finishedAt, { ...about, ...(error ? { error } : {}) });
  }
  const hasRun = runs.length > 0;
  if (isFinal(task.state)) life.rest(hasRun, task.finishedAt, eta);
  else if (!hasRun || runs.at(-1)?.finishedAt !== undefined) life.pend(hasRun, task.eta ?? eta, now);
  return life.stretches;
}

/** So many runs are kept with a task. */
const keptRuns = 10;

type Run = Omit<Attempt, "finishedAt" | "worker"> & { readonly finishedAt?: number; readonly worker?: string };

/** Its runs: those that are told, and the one that is known by its times alone. */
function runsOf({ state, attempts = [], startedAt, finishedAt, worker, error }: Lived): readonly Run[] {
  const isTold = startedAt === undefined || (attempts.at(-1)?.startedAt ?? -Infinity) >= startedAt;
  if (isTold || isWaiting(state)) return attempts;
  const run = {
    startedAt,
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(worker === undefined ? {} : { worker }),
    ...(error && state === "FAILURE" ? { error } : {}),
  };
  return [...attempts, run];
}

/** How many runs came before those that are told. */
function droppedOf({ state, retries, attempts = [] }: Lived, runs: readonly Run[]): number {
  if (attempts.length < keptRuns) return 0;
  return Math.max(0, retries + (isWaiting(state) ? 0 : 1) - runs.length);
}

function isWaiting(state: string): boolean {
  return state === "QUEUED" || state === "SCHEDULED" || state === "RETRY";
}

/** Gathers stretches, each from the end of the one before it. */
class Life {
  readonly stretches: Stretch[] = [];
  #at: number;

  constructor(start: number) {
    this.#at = start;
  }

  /** Clocks differ a little: what would end before it began is left out. */
  add(kind: Stretch["kind"], to: number, about: Partial<Stretch> = {}): void {
    const isRun = kind === "ran" || kind === "failed";
    if (to <= this.#at && !isRun) return;
    const end = Math.max(this.#at, to);
    this.stretches.push({ kind, from: this.#at, to: end, ...about });
    this.#at = end;
  }

  /** Waits for its eta, if it has one, and then for a worker. */
  wait(to: number, eta: number | undefined): void {
    if (eta !== undefined) this.add("delayed", Math.min(eta, to));
    this.add("waited", to);
  }

  /** Ended without a further run. */
  rest(hasRun: boolean, to: number | undefined, eta: number | undefined): void {
    if (to === undefined) return;
    if (hasRun) this.add("backoff", to);
    else this.wait(to, eta);
  }

  /** Waits now. */
  pend(hasRun: boolean, eta: number | undefined, now: number): void {
    if (eta !== undefined && eta > now) return this.add(hasRun ? "backoff" : "delayed", eta, { isOpen: true });
    if (eta !== undefined && eta > this.#at) this.add(hasRun ? "backoff" : "delayed", eta);
    this.add("waited", now, { isOpen: true });
  }
}
