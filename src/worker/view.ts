/**
 * What a worker shows of itself to those who look on.
 *
 * @module
 */
import type { WorkerSummary } from "./telling/summary.ts";

/** What a worker shows of itself: numbers as they are now. */
export interface WorkerView {
  /** Its name. */
  readonly name: string;
  /** How many tasks it may run at once. */
  readonly concurrency: number;
  /** How many run. */
  readonly running: number;
  /** How many it holds that do not run yet. */
  readonly waiting: number;
  /** What it did so far. */
  readonly summary: WorkerSummary;
  /** Whether it works, and is not about to stop. */
  readonly isWorking: boolean;
  /** When the broker last answered it (ms since 1970, this machine's time), unless it has been out of reach since then. */
  readonly answeredAt: number | undefined;
}
