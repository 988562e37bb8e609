/**
 * The children of a worker: which of them runs what, and when one is replaced.
 *
 * @module
 */
import type { Lease } from "../../ports/turn.ts";
import { PoolFailed, WorkerLost } from "../../errors.ts";
import { givenUp } from "../../policies/at_most_once.ts";
import type { PermissionSet } from "../../policies/permissions.ts";
import type { TaskDefinition } from "../../tasks/task.ts";
import type { Batch } from "../runs/batch.ts";
import type { Outcome } from "../runs/outcome.ts";
import type { Run } from "../runs/run.ts";
import { openOutcome } from "./crossing.ts";
import type { Pool, PoolHost } from "./pool.ts";
import type { FromChild } from "./protocol.ts";
import { kindOf, Thread, type ThreadListener } from "./thread.ts";

/** What its children are like. */
export interface ThreadsPoolOptions {
  /** The source of their program. */
  readonly program: string;
  /** How many tasks one of them runs at most. */
  readonly maxTasks: number;
  /** How large the heap of one may be after a task (bytes). */
  readonly maxHeap: number;
}

/** What waits for a child: one run, or those of a batch. */
interface Place {
  readonly runs: readonly Run[];
  readonly permissions: PermissionSet | undefined;
}

/** Pauses before another child is made in place of one that did not load (ms). */
const pauses = { first: 100, longest: 30_000 };

/** Runs handlers in children. */
export class ThreadsPool implements Pool, ThreadListener {
  readonly #host: PoolHost;
  readonly #options: ThreadsPoolOptions;
  readonly #threads = new Set<Thread>();
  readonly #threadOf = new Map<Lease, Thread>();
  /** Batches whose runs come one by one. */
  readonly #gathering = new Map<Batch, { readonly runs: Run[]; readonly permissions: PermissionSet | undefined }>();
  /** A place that waits for a child, where one was lost in between. */
  #waiting: Place[] = [];
  readonly #opened = Promise.withResolvers<void>();
  readonly #closing = new AbortController();
  readonly #leaving = new Set<Promise<void>>();
  #size: number;
  #hasLoaded = false;
  /** How many children in a row did not load. */
  #failures = 0;

  /** One without children yet. */
  constructor(host: PoolHost, options: ThreadsPoolOptions) {
    this.#host = host;
    this.#options = options;
    this.#size = host.size;
    // It may be closed before anybody asks.
    this.#opened.promise.catch(() => {});
  }

  /** Those that have loaded, or have something to run as soon as they have. */
  get places(): number {
    let places = 0;
    for (const thread of this.#threads) if (thread.isTaken || (thread.isReady && !thread.isLast)) places++;
    return Math.min(places, this.#size);
  }

  /** Makes the children, and waits for the first. */
  async open(signal: AbortSignal): Promise<void> {
    this.#fill();
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    await Promise.race([this.#opened.promise, aborted]);
  }

  /** Has a run done by a child; the runs of a batch go to one together. */
  start(run: Run, { settings: { permissions } }: TaskDefinition): void {
    if (!run.batch) return this.#place({ runs: [run], permissions });
    const gathered = this.#gathering.get(run.batch) ?? { runs: [], permissions };
    gathered.runs.push(run);
    this.#gathering.set(run.batch, gathered);
    this.#placeBatch(run.batch);
  }

  /** As soon as all of them are here that may still come. */
  #placeBatch(batch: Batch): void {
    const gathered = this.#gathering.get(batch);
    if (!gathered || batch.runs.some((run) => !run.isOver && !gathered.runs.includes(run))) return;
    this.#gathering.delete(batch);
    const runs = gathered.runs.filter(({ isOver }) => !isOver);
    if (runs.length > 0) this.#place({ ...gathered, runs });
  }

  #place(place: Place): void {
    const kind = kindOf(place.permissions);
    const free = [...this.#threads].filter((thread) => !thread.isTaken && !thread.isLast);
    const alike = free.filter((thread) => thread.kind === kind);
    let thread = alike.find(({ isReady }) => isReady) ?? alike[0];
    if (!thread) {
      if (free[0]) this.#retire(free[0]);
      else if (this.#staying >= this.#size) return void this.#waiting.push(place);
      thread = this.#make(place.permissions);
    }
    for (const { lease } of place.runs) this.#threadOf.set(lease, thread);
    thread.start(place.runs, this.#host.now);
    if (thread.tasks < this.#options.maxTasks) return;
    thread.isLast = true;
    this.#fill();
  }

  /** A run is over: a child that does not know that is ended, unless something else runs in it. */
  ended(run: Run): void {
    const { batch, lease } = run;
    if (batch) this.#placeBatch(batch);
    if (this.#waiting.length > 0) this.#waiting = this.#waiting.filter(({ runs }) => runs.some((one) => !one.isOver));
    const thread = this.#threadOf.get(lease);
    if (thread) this.#endIdle(thread);
  }

  /** Ends a child in which nothing runs but what is over: nobody waits for it, and it may never give way. */
  #endIdle(thread: Thread): void {
    if (!thread.isTaken) return;
    for (const one of thread.runs.values()) if (!one.isOver) return;
    this.#drop(thread);
    thread.terminate();
    this.#fill();
  }

  /** So many children; those that run something finish it first. */
  resize(size: number): void {
    this.#size = size;
    this.#shrink();
    this.#fill();
  }

  /** How many there are: those too that load, and those that go after what they run. */
  get children(): number {
    return this.#threads.size;
  }

  /** Replaces all that there are now: others load while these finish what they run. */
  restart(): number {
    const children = [...this.#threads].filter(({ isLast }) => !isLast);
    for (const thread of children) {
      if (thread.isTaken) thread.isLast = true;
      else this.#retire(thread);
    }
    this.#fill();
    this.#host.changed();
    return children.length;
  }

  #shrink(): void {
    for (const thread of this.#threads) {
      if (this.#staying <= this.#size) return;
      if (!thread.isTaken) this.#retire(thread);
    }
  }

  /** Ends all children: those that run nothing may finish what they send. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const thread of this.#threads) {
      if (thread.isTaken) thread.terminate();
      else this.#retire(thread);
    }
    this.#threads.clear();
    await Promise.all(this.#leaving);
  }

  // Children.

  /** How many will still be there after what they run now. */
  get #staying(): number {
    let staying = 0;
    for (const { isLast } of this.#threads) if (!isLast) staying++;
    return staying;
  }

  /** Makes as many as are missing. */
  #fill(): void {
    if (this.#closing.signal.aborted || this.#failures > 0) return;
    while (this.#staying < this.#size) this.#make(undefined);
  }

  #make(permissions: PermissionSet | undefined): Thread {
    const thread = new Thread({ program: this.#options.program, permissions, listener: this });
    this.#threads.add(thread);
    return thread;
  }

  /** It goes, and may finish what it sends. */
  #retire(thread: Thread): void {
    this.#drop(thread);
    const left = thread.close().finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  #drop(thread: Thread): void {
    this.#threads.delete(thread);
    for (const lease of thread.runs.keys()) this.#threadOf.delete(lease);
  }

  /** One has loaded. */
  ready(): void {
    this.#hasLoaded = true;
    this.#failures = 0;
    this.#opened.resolve();
    this.#fill();
    this.#next();
  }

  /** There may be room. */
  #next(): void {
    for (const place of this.#waiting.splice(0)) this.#place(place);
    this.#host.changed();
  }

  /** It told something. */
  told(thread: Thread, run: Run, message: Extract<FromChild, { readonly lease: Lease }>): void {
    switch (message.kind) {
      case "began":
        if (message.opened) run.opened = message.opened;
        return run.begin();
      case "report":
        return run.report(message.state, message.meta);
      case "log":
        return run.log[message.level](message.message, message.fields);
      case "ended":
        return this.#told(thread, run, message);
    }
  }

  #told(
    thread: Thread,
    run: Run,
    { outcome, encoded, span, heap = 0 }: Extract<FromChild, { readonly kind: "ended" }>,
  ): void {
    thread.runs.delete(run.lease);
    this.#threadOf.delete(run.lease);
    run.span = span;
    if (encoded && run.isOver) this.#host.app.wire.lost(run.message, encoded);
    else if (encoded) run.encodedResult = encoded;
    if (heap > this.#options.maxHeap) thread.isLast = true;
    if (!thread.isTaken && (thread.isLast || this.#staying > this.#size)) this.#retire(thread);
    this.#fill();
    run.end(openOutcome(outcome));
    // Of a batch others may be over that it does not know of.
    this.#endIdle(thread);
    this.#next();
  }

  /** It is gone, and what it ran with it. */
  gone(thread: Thread, why: string): void {
    const { log, app: { clock } } = this.#host;
    this.#drop(thread);
    const failure = new PoolFailed(`A child ${why}`);
    if (thread.isReady) log.warning(`${failure.message}; another takes its place`);
    else if (!this.#hasLoaded) return this.#opened.reject(failure);
    else if (thread.kind === "") log.error(`${failure.message}; trying on`);
    for (const run of thread.runs.values()) {
      if (!run.isOver) run.end(thread.isReady ? crashed(run, why) : notLoaded(run, thread, failure));
    }
    if (thread.isReady || thread.kind !== "") return this.#fill();
    const pause = Math.min(pauses.first * 2 ** this.#failures++, pauses.longest);
    void clock.sleep(pause, this.#closing.signal).then(() => {
      if (this.#closing.signal.aborted) return;
      while (this.#staying < this.#size) this.#make(undefined);
    });
  }
}

/** A child that is gone counts as a worker that died, for a handler that was called. */
function crashed(run: Run, why: string): Outcome {
  if (!run.hasBegun) return { kind: "returned" };
  const cause = new WorkerLost(`The child that ran it ${why}`);
  const last = givenUp(run.message, run.deaths + 1, run.isAtMostOnce);
  return last
    ? { kind: "failed", thrown: new WorkerLost(last.message, { cause }) }
    : { kind: "crashed", thrown: cause };
}

/** What loads with all permissions, and not with a task's own, never will. */
function notLoaded(_: Run, { kind }: Thread, thrown: PoolFailed): Outcome {
  return kind === "" ? { kind: "returned" } : { kind: "failed", thrown };
}
