import { assert, assertEquals } from "@std/assert";
import { QueueTurns } from "../../src/worker/queue_order.ts";
import { numbers } from "../random.ts";

/** How often each queue stands in each place. */
function places(queues: readonly string[], weights: { [queue: string]: number }, rounds: number) {
  const turns = new QueueTurns(queues, weights, numbers(7));
  const counts = queues.map(() => new Map<string, number>());
  for (let round = 0; round < rounds; round++) {
    assertEquals([...turns.queues].sort(), [...queues].sort());
    for (const [place, queue] of turns.queues.entries()) {
      counts[place]!.set(queue, (counts[place]!.get(queue) ?? 0) + 1);
    }
    turns.next();
  }
  return (place: number, queue: string) => (counts[place]!.get(queue) ?? 0) / rounds;
}

Deno.test("QueueTurns draws the first queue by the weights", () => {
  const share = places(["mail", "bulk"], { mail: 3, bulk: 1 }, 10_000);
  assert(Math.abs(share(0, "mail") - 0.75) < 0.01, `${share(0, "mail")}`);
  assert(Math.abs(share(1, "bulk") - 0.75) < 0.01);
});

Deno.test("QueueTurns counts a queue without a weight as 1, and draws the next places from those left", () => {
  const share = places(["a", "b", "c"], { a: 2 }, 20_000);
  assert(Math.abs(share(0, "a") - 1 / 2) < 0.01);
  assert(Math.abs(share(0, "c") - 1 / 4) < 0.01);
  // After b or c, a comes next two times of three.
  assert(Math.abs(share(1, "a") - 1 / 3) < 0.01);
});

Deno.test("QueueTurns takes turns, or keeps a strict order", () => {
  const [turns, strict] = [new QueueTurns(["a", "b", "c"], "turns"), new QueueTurns(["a", "b"], "strict")];
  turns.next();
  strict.next();
  assertEquals([turns.queues, strict.queues], [["b", "c", "a"], ["a", "b"]]);
});
