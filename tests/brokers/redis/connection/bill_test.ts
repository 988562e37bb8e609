import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Clock, InvalidInput, Umbel, upstash, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { systemClock } from "../../../../src/clock.ts";
import { silentLogger as log } from "../../../../src/log.ts";
import { message } from "../../../../src/testing/test_worker.ts";
import { ManualClock } from "@umbel/umbel/testing";
import { serve } from "../../http/served.ts";
import { redisTest, startRest } from "../../../redis.ts";

const day = 86_400_000;

redisTest("app.bill() tells what Redis counted, by what it was for", async () => {
  await using rest = await startRest();
  const broker = () => upstash({ url: rest.url, token: rest.token });
  // It stays within a day, whenever it begins.
  const shift = day / 2 - systemClock.now() % day;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + shift };
  const { total } = await rest.billed(async () => {
    await using app = new Umbel("bill", { broker: broker(), clock, config: { history: true }, env: {} });
    const add = app.task("add", (x: number, y: number) => x + y);
    await add.delayMany(Array.from({ length: 50 }, (_, n): [number, number] => [n, 1]));
    await new Worker(app, { log }).drain({ seconds: 60 });
    for (let n = 0; n < 60; n++) await app.broker.fetch([`${n}`]);
    await app.broker.inspector.queues();
  });
  await using app = new Umbel("bill", { broker: broker(), clock, env: {} });
  const { days, commands, cost, operations, isMetered } = await app.bill({ days: 2, price: 1 });
  assertEquals([isMetered, days.length, days[0]!.commands, days[1]!.commands], [true, 2, 0, commands]);
  assert(operations.publish! >= 5 && operations.exchange! >= 5 && operations.fetch! >= 120, JSON.stringify(operations));
  // The first request came before the history was known to be kept, and the last one adds the rest.
  assert(Math.abs(total - commands) <= 12, `${commands} of ${total}: ${JSON.stringify(operations)}`);
  assertEquals(cost, commands / 100_000);
  await assertRejects(() => app.bill({ days: 32 }), InvalidInput, "days");
  await assertRejects(() => app.bill({ price: -1 }), InvalidInput, "price");
});

redisTest("app.bill() tells over HTTP what is billed where the exchange is", async () => {
  await using rest = await startRest();
  const broker = upstash({ url: rest.url, token: rest.token });
  {
    await using app = new Umbel("bill", { broker, config: { history: true }, env: {} });
    app.task("add", (x: number, y: number) => x + y);
    for (let n = 0; n < 60; n++) await app.sendTask("add", [n, 1]);
  }
  await using served = serve("bill", broker);
  await using app = new Umbel("bill", { broker: served.open(), env: {} });
  const bill = await app.bill({ days: 2 });
  assert(bill.isMetered && bill.operations.publish! >= 60 * 5, JSON.stringify(bill));
  assertEquals(bill, await served.app.bill({ days: 2 }));
  await assertRejects(() => app.bill({ days: 0 }), InvalidInput, "days");
});

redisTest("a process adds what it was billed every 5 minutes, once, to the day it is", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("bill", clock);
  const send = () => broker.publish([message(clock)], { recording: { events: "none", history: true } });
  const commands = async () => (await broker.bills.read(2)).map(({ operations: { publish = 0 } }) => publish);
  await send();
  assertEquals(await commands(), [0, 0]);
  await clock.advance({ milliseconds: 300_000 });
  await send();
  const [, today] = await commands();
  assert(today! > 0);
  await clock.advance({ milliseconds: day });
  await send();
  const [yesterday, later] = await commands();
  assertEquals(yesterday, today);
  assert(later! > 0);
  await clock.advance({ milliseconds: 40 * day });
  assertEquals(await commands(), [0, 0]);
});

Deno.test("app.bill() of a broker that bills nothing is empty", async () => {
  await using app = new Umbel("bill", { broker: sqlite(":memory:"), env: {} });
  assertEquals(await app.bill(), { isMetered: false, days: [], commands: 0, cost: 0, operations: {}, price: 0.2 });
});
