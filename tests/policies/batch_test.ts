import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type BatchCall, InvalidInput, sharedTask, Umbel } from "@umbel/umbel";
import { outcomesOf } from "../../src/policies/batch.ts";

Deno.test("what is no batch is refused", () => {
  const declare = (options: object) => sharedTask("index", options, () => {});
  const refused: [object, string][] = [
    [{ batch: { size: 0, wait: 1 } }, "batch.size must be a whole number from 1 on, and it is 0"],
    [{ batch: { size: 501, wait: 1 } }, "batch.size must be at most 500, and it is 501"],
    [{ batch: { size: 5 } }, "batch.wait must be seconds"],
    [{ batch: { size: 5, wait: 1, key: String } }, '"key" is no part of batch'],
    [{ batch: { size: 5, wait: 1 }, bind: true }, "bind says nothing with batch"],
  ];
  for (const [options, sentence] of refused) assertThrows(() => declare(options), InvalidInput, sentence);
  assertEquals(declare({ batch: { size: 5, wait: "1s" } }).settings.batch, { size: 5, wait: 1000 });
});

Deno.test("Task.run() runs a batch of one", async () => {
  const app = new Umbel("shop", { env: {} });
  const options = { batch: { size: 10, wait: 1 } };
  const double = app.task(
    "double",
    options,
    (calls: readonly BatchCall<[n: number]>[]) =>
      calls.map(({ args: [n], self }) => n < 0 ? new RangeError(`${self.task}: ${n}`) : 2 * n),
  );
  assertEquals(await double.run(4), 8);
  await assertRejects(() => double.run(-1), RangeError, "double: -1");
  const nothing = app.task("nothing", options, async (_: readonly BatchCall<[]>[]) => {});
  assertEquals(await nothing.run(), null);
});

Deno.test("outcomesOf() wants nothing, or something for each call", () => {
  assertEquals(outcomesOf(undefined, 2, "index"), [{ value: undefined }, { value: undefined }]);
  assertEquals(outcomesOf([1, undefined], 2, "index"), [{ value: 1 }, { value: undefined }]);
  const wanted = 'The handler of task "index" must return an array of 2 results, one for each call, or nothing';
  for (const [returned, told] of [[[1], "an array of 1"], [null, "null"], [7, "7"]] as const) {
    assertThrows(() => outcomesOf(returned, 2, "index"), TypeError, `${wanted}, and it returned ${told}`);
  }
});
