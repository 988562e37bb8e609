/**
 * For tests: a clock that a test moves, a broker that fails on purpose, and the conformance suite that every broker
 * passes.
 *
 * ```ts ignore
 * import { testBroker } from "@umbel/umbel/testing";
 *
 * testBroker("mine", { test: Deno.test, open: async (clock) => await openMine(clock) });
 * ```
 *
 * @module
 */
export { failing, type FailurePlan, type Fate, type Verb } from "./failing.ts";
export { ManualClock } from "./manual_clock.ts";
export {
  type Case,
  type CaseContext,
  conformance,
  type ConformanceOptions,
  type Register,
  testBroker,
  type TestStore,
} from "./conformance.ts";
