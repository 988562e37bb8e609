import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput, Umbel } from "@umbel/umbel";

const read = (queues: unknown, env = {}) => new Umbel("shop", { config: { queues: queues as never }, env }).config;

Deno.test("queues are read by name, from the object or the environment", () => {
  const bulk = { maxLength: 10_000, whenFull: "dropOldest" };
  assertEquals(read({ bulk, "mail.out": {} }).queues, new Map<string, object>([["bulk", bulk], ["mail.out", {}]]));
  assertEquals(read(undefined, { UMBEL_QUEUES: JSON.stringify({ bulk }) }).queues.get("bulk"), bulk as never);
  assertEquals(read(undefined).queues.get("constructor"), undefined);
});

Deno.test("what breaks a rule of queues is refused, naming the queue", () => {
  const refused: [unknown, string][] = [
    ["bulk", 'queues must be an object of queues and their options, as { "bulk": { "maxLength": 10000 } }'],
    [{ "no name": {} }, "queue must be"],
    [{ bulk: { maxLenght: 1 } }, '"maxLenght" is no option of a queue: did you mean maxLength?'],
    [{ bulk: { maxLength: 0 } }, "queues.bulk.maxLength must be a whole number from 1, and it is 0"],
    [{ bulk: { maxLength: 1, whenFull: "drop" } }, 'queues.bulk.whenFull must be "refuse" or "dropOldest"'],
    [{ bulk: { whenFull: "refuse" } }, "queues.bulk.whenFull says nothing without maxLength"],
    [{ bulk: { concurrency: 0 } }, "queues.bulk.concurrency must be a whole number from 1 on, and it is 0"],
    [{ bulk: { rateLimit: "10 a second" } }, 'queues.bulk.rateLimit must be a rate like "10/s"'],
    [{ bulk: { rateLimit: { limit: 1, period: 1, key: String } } }, '"key" is no part of queues.bulk.rateLimit'],
    [{ bulk: { groupBy: "tenant" } }, "queues.bulk.groupBy must be a function of the arguments"],
    [{ bulk: { groupBy: { concurrency: 1 } } }, "queues.bulk.groupBy.key must be a function of the arguments"],
    [{ bulk: { groupBy: { key: String, limit: 1 } } }, '"limit" is no part of queues.bulk.groupBy'],
    [{ bulk: { lifo: 1 } }, "queues.bulk.lifo must be true or false"],
    [{ bulk: { maxLength: 1, concurrency: 1 } }, "queues.bulk.maxLength does not go together with concurrency"],
    [{ bulk: { maxLength: 1, groupBy: String } }, "queues.bulk.maxLength does not go together with groupBy"],
    [
      { bulk: { maxLength: 1, whenFull: "dropOldest", lifo: true } },
      'queues.bulk.whenFull "dropOldest" does not go together with lifo',
    ],
  ];
  for (const [queues, sentence] of refused) assertThrows(() => read(queues), InvalidInput, sentence);
});
