/** What asking workers is billed on a metered broker. */
import { assert, assertEquals } from "@std/assert";
import { createLogger, Umbel, upstash, Worker } from "@umbel/umbel";
import { redisTest, startRest } from "../redis.ts";

const log = createLogger({ write: () => {} });

redisTest("asking is billed a few commands, and a few more for each worker", async () => {
  await using rest = await startRest();
  await using app = new Umbel("bill", { broker: upstash({ url: rest.url, token: rest.token }), env: {} });
  const workers = [1, 2, 3].map((number) => new Worker(app, { name: `w${number}`, log }));
  const runs = workers.map((worker) => worker.run());
  while ((await app.inspect.ping({ timeout: "20s" })).length < 3);
  const ask = (destination: string[]) => async () => {
    const answers = await app.inspect.ping({ destination, timeout: "20s" });
    assertEquals(answers.map(({ ok }) => ok), destination.map(() => true));
  };
  await ask(["w1", "w2", "w3"])();
  const one = await rest.billed(ask(["w1"]));
  const three = await rest.billed(ask(["w1", "w2", "w3"]));
  // With a look at what is there, if the stream opened after the first answers came.
  assert(one.total <= 13, `one: ${one.total}, ${JSON.stringify(one.calls)}`);
  assert(three.total <= 13 + 2 * 5, `three: ${three.total}, ${JSON.stringify(three.calls)}`);
  for (const worker of workers) await worker.stop();
  await Promise.all(runs);
});
