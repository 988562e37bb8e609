/**
 * Clears away what lay in the app's store for tasks that a worker has handed in.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import type { Lease } from "../ports/turn.ts";
import type { Run } from "./runs/run.ts";

/** Clears away what is needed no more. */
export class Sweeper {
  readonly #app: Umbel;

  /** Of this app. */
  constructor(app: Umbel) {
    this.#app = app;
  }

  /** Hears what was handed in, and which leases of it were lost; what it does then is done beside the worker's turns. */
  handedIn(runs: readonly Run[], lost: readonly Lease[]): void {
    const { wire } = this.#app;
    if (!wire.hasStore) return;
    for (const { lease, message, settlement, encodedResult } of runs) {
      if (lost.includes(lease)) wire.lost(message, encodedResult);
      else wire.ended(message, settlement!.record);
    }
  }

  /** Waits for the store, which may belong to a process that ends now: so many ms at most. */
  async close(limit: number): Promise<void> {
    const { wire, clock } = this.#app;
    if (!wire.hasStore) return;
    const over = new AbortController();
    await Promise.race([wire.settled(), clock.sleep(limit, over.signal)]);
    over.abort();
  }
}
