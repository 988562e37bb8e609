/**
 * Where handlers run: what a worker asks of a pool, and what a pool is given.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Logger } from "../../log.ts";
import type { TaskDefinition } from "../../tasks/task.ts";
import type { Run } from "../runs/run.ts";

/** Runs handlers. */
export interface Pool {
  /** How many tasks it can run now, those that run included. */
  readonly places: number;
  /**
   * Gets ready, unless it is aborted.
   *
   * @throws {PoolFailed} When it will never run anything.
   */
  open(signal: AbortSignal): Promise<void>;
  /** Has a handler run, which ends its run. */
  start(run: Run, task: TaskDefinition): void;
  /** A run has ended, or is of no interest any more: what still runs of it is to stop, as far as that can be done. */
  ended(run: Run): void;
  /** So many tasks at once from now on; what runs is finished. */
  resize(size: number): void;
  /** How many children there are; absent where handlers have none of their own. */
  readonly children?: number;
  /** Replaces the children, each after what it runs. @returns How many these are. */
  restart?(): number;
  /** Lets go of what it has. */
  close(): Promise<void>;
}

/** What a pool is given. */
export interface PoolHost {
  /** The app. */
  readonly app: Umbel;
  /** How many tasks run at once. */
  readonly size: number;
  /** Says what happens. */
  readonly log: Logger;
  /** The broker's time (ms). */
  readonly now: () => number;
  /** Hears that there may be more places, or fewer. */
  readonly changed: () => void;
}

/** A kind of pool, as it is set up: what `threads()` returns and a worker's option `pool` takes. */
export interface PoolSource {
  /** How it is called: `threads`. */
  readonly name: string;
  /** How many tasks it runs at once at most, where nobody says how many. */
  readonly usualSize: number;
}

/** The same, with what is between it and the worker. */
export interface PoolMaker extends PoolSource {
  /** Makes the pool of one life of a worker. */
  make(host: PoolHost): Pool;
}
