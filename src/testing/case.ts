/**
 * What a case of the conformance suite is, and what it is run with.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import type { ManualClock } from "./manual_clock.ts";

/** A store to run one case on: nobody else uses it. */
export interface TestStore {
  /** The broker, reading the clock that was handed in. */
  readonly broker: Broker;
  /** Opens a second connection to the same store, as another process would. */
  another(): Broker;
}

/** What a case is run with. */
export interface CaseContext extends TestStore {
  /** The clock of the brokers. */
  readonly clock: ManualClock;
}

/** Something that every broker must do. */
export interface Case {
  /** The verb and the rule. */
  readonly name: string;
  /** Fails when the broker does not do it. */
  run(context: CaseContext): Promise<void>;
}

/** Cases by their names. */
export type Cases = { readonly [name: string]: (context: CaseContext) => Promise<void> };
