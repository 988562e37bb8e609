import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput, sharedTask } from "@umbel/umbel";

const settings = (concurrency: unknown) =>
  sharedTask("task", { concurrency: concurrency as never }, () => {}).settings.concurrency;

Deno.test("concurrency is a number, or one for each key", () => {
  const key = (to: string) => to;
  assertEquals([settings(3), settings({ limit: 2, key })], [{ limit: 3 }, { limit: 2, key: key as never }]);
});

Deno.test("what is no concurrency is refused", () => {
  const refused: [unknown, string][] = [
    [0, "concurrency must be a whole number from 1 on, and it is 0"],
    ["many", 'concurrency must be a whole number from 1 on, and it is "many"'],
    [{ key: String }, "concurrency.limit must be a whole number from 1 on"],
    [{ limit: 1, key: 1 }, "concurrency.key must be a function of the arguments, and it is 1"],
    [{ limit: 1, by: String }, '"by" is no part of concurrency'],
  ];
  for (const [value, sentence] of refused) assertThrows(() => settings(value), InvalidInput, sentence);
});
