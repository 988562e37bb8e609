/**
 * A verb at work.
 *
 * @module
 */
import type { Signal } from "../../../ports/signals.ts";
import type { Recorder } from "../journal.ts";
import type { Lanes } from "../lanes/lanes.ts";

/** A verb at work, in one transaction. */
export interface Work {
  readonly now: number;
  readonly lanes: Lanes;
  /** Writes down what is done. */
  readonly recorder: Recorder;
  /** Workers may find something to do, once it is done. */
  woken: boolean;
  /** What became of tasks. */
  readonly tasks: Signal[];
}
