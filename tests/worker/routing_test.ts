/** Routes and the order of queues, over each broker. */
import { assertEquals } from "@std/assert";
import { type BrokerSource, createLogger, Umbel, upstash, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { redisTest, startRest } from "../redis.ts";

const log = createLogger({ write: () => {} });

async function check(broker: BrokerSource): Promise<void> {
  const config = { routes: { "mail.*": "mail", "bulk.*": "bulk" } };
  await using app = new Umbel("shop", { broker, config, env: {} });
  const ran: string[] = [];
  const send = app.task("mail.send", (n: number) => void ran.push(`mail ${n}`));
  const count = app.task("bulk.count", (n: number) => void ran.push(`bulk ${n}`));
  const plain = app.task("plain", () => void ran.push("plain"));
  await app.sendMany([1, 2].flatMap((n) => [count.call([n]), send.call([n])]));
  await plain.delay();
  const waiting = (await app.broker.inspector.queues()).map(({ name, waiting }) => [name, waiting]);
  assertEquals(waiting, [["bulk", 2], ["default", 1], ["mail", 2]]);

  const excluding = new Worker(app, { excludeQueues: ["mail", "bulk"], log });
  assertEquals((await excluding.drain({ seconds: 60 })).done, 1);
  const strict = new Worker(app, { queues: ["mail", "bulk"], queueOrder: "strict", concurrency: 1, log });
  assertEquals((await strict.drain({ seconds: 60 })).done, 4);
  assertEquals(ran, ["plain", "mail 1", "mail 2", "bulk 1", "bulk 2"]);
}

Deno.test("messages go where their routes say, and queues are served in strict order (SQLite)", async () => {
  await check(sqlite(":memory:"));
});

redisTest("messages go where their routes say, and queues are served in strict order (Redis)", async () => {
  await using rest = await startRest();
  await check(upstash({ url: rest.url, token: rest.token }));
});
