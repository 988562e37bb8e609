/**
 * For tests of an app's tasks: a bench, on which nothing leaves the process and time moves when the test says so. And for
 * those who write a broker: one that fails on purpose, and the conformance suite that every broker passes.
 *
 * ```ts
 * import { Umbel } from "@umbel/umbel";
 * import { TestBench } from "@umbel/umbel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Umbel("shop");
 * const add = app.task("add", (x: number, y: number) => x + y);
 *
 * await using bench = await TestBench.open(app, { eager: true });
 * assertEquals(await (await add.delay(1, 2)).get(), 3);
 * ```
 *
 * @module
 */
export { TestBench, type TestBenchOptions } from "./bench.ts";
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
