import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidInput, sharedTask, Umbel } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { isInSequence } from "../../src/policies/sequence.ts";

Deno.test("a sequence is refused beside what would break its order", async () => {
  const declare = (options: object) => sharedTask("order", options, () => {});
  assertEquals(declare({ sequence: false }).settings.sequence, undefined);
  assertThrows(() => declare({ sequence: "id" }), InvalidInput, "sequence must be a function of the arguments");
  assertThrows(() => declare({ sequence: true, lifo: true }), InvalidInput, "sequence and lifo contradict each other");
  const batch = { size: 2, wait: 1 };
  assertThrows(() => declare({ sequence: true, batch }), InvalidInput, "sequence and batch contradict each other");
  const app = new Umbel("shop", { env: {} });
  const order = app.task("order", { sequence: true }, () => {});
  const sentence = 'Calls of task "order" run in the order in which they are sent: none may have a ';
  await assertRejects(() => order.applyAsync([], { priority: 9 }), InvalidInput, sentence + "priority");
  await assertRejects(() => app.sendTask("order", [], { lifo: true }), InvalidInput, sentence + "lifo");
});

Deno.test("a call in a sequence that waits is not moved before others", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const order = app.task("order", { sequence: true }, () => {});
  const handle = await order.delay();
  await assertRejects(() => handle.change({ priority: 9 }), InvalidInput, "none may have a priority");
  assertEquals(await handle.change({ headers: { changed: true } }), "changed");
});

Deno.test("isInSequence() goes by the message alone", () => {
  const message = { id: "1", task: "a b", args: [], queue: "q", priority: 5, sentAt: 1, retries: 0 };
  const of = (...limits: string[]) => isInSequence({ ...message, limits });
  assertEquals([isInSequence(message), of("sequence:a%20b"), of("rate:x", "sequence:a%20b#1")], [false, true, true]);
  assertEquals([of("sequence:a%20bc"), of("rate:a%20b")], [false, false]);
});
