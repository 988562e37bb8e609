import { assert, assertEquals } from "@std/assert";
import { upstash } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { message } from "../../../src/testing/test_worker.ts";
import { redisTest, startRest } from "../../redis.ts";

redisTest("listing.list() finds the messages of what came last at the ends of the queues", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("listing", clock);
  const first = message(clock, ["first"]);
  await broker.publish([first]);
  await clock.advance(5);
  await broker.publish(Array.from({ length: 12_000 }, (_, n) => message(clock, [n], { priority: n % 3 })));
  await clock.advance(5);
  const last = Array.from({ length: 20 }, (_, n) => message(clock, [`last ${n}`], { priority: n % 3 }));
  await broker.publish(last);
  // Scripts are loaded the first time.
  await broker.listing.list({ limit: 20, messages: true });
  const { total, calls } = await rest.billed(async () => {
    const { tasks } = await broker.listing.list({ limit: 20, messages: true });
    assertEquals(tasks.map(({ message }) => message?.args[0]).sort(), last.map(({ args }) => args[0]).sort());
  });
  assert(total <= 20, `${total}: ${JSON.stringify(calls)}`);
  const { tasks } = await broker.listing.list({ limit: 1, messages: true, to: first.sentAt + 1 });
  assertEquals(
    tasks.map(({ message }) => message?.args),
    [["first"]],
    "what is not found there is looked for elsewhere",
  );
});

redisTest("listing.list() forgets chosen ids of which nothing is known", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("listing", clock);
  await broker.publish([message(clock, [], { id: "gone" }), message(clock, [], { id: "there" })]);
  const count = () => rest.command("ZCARD", "{umbel:listing}:i");
  assertEquals(await count(), 2);
  await rest.command("DEL", "{umbel:listing}:t:gone");
  const { tasks } = await broker.listing.list({ limit: 10 });
  assertEquals(tasks.map(({ record }) => record.id), ["there"]);
  assertEquals(await count(), 1);
});
