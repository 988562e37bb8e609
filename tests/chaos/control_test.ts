/** Workers that are told what to do while requests, answers and signals get lost. */
import { assertEquals } from "@std/assert";
import { createLogger, Umbel, upstash, Worker } from "@umbel/umbel";
import { redisTest, startRest } from "../redis.ts";
import { type Fate, startProxy } from "./proxy.ts";

const log = createLogger({ write: () => {} });
const rounds = 30;

for (const fate of ["drop answer", "drop request", "twice"] satisfies Fate[]) {
  redisTest(`workers do once what they are told when every third request meets: ${fate}`, async () => {
    await using rest = await startRest();
    await using proxy = startProxy(rest.url, (_verb, number) => number % 3 === 0 ? fate : "pass");
    const broker = () => upstash({ url: proxy.url, token: rest.token, deadline: "60s" });
    await using app = new Umbel("chaos", { broker: broker(), env: {} });
    await using asker = new Umbel("chaos", { broker: broker(), env: {} });
    const workers = ["w1", "w2"].map((name) => new Worker(app, { name, concurrency: 1, log }));
    const running = workers.map((worker) => worker.run());
    while ((await asker.inspect.ping({ timeout: "30s" })).length < workers.length);
    for (let round = 0; round < rounds; round++) {
      const answers = await asker.control.poolGrow(1, { timeout: "30s" });
      // Each answer is that of its own round: nobody grew twice.
      assertEquals(answers.map((one) => one.ok && one.answer.concurrency), [round + 2, round + 2]);
    }
    assertEquals(workers.map(({ concurrency }) => concurrency), [rounds + 1, rounds + 1]);
    for (const verb of ["send_mail", "answer_mail"]) {
      assertEquals((proxy.fates.get(`${verb}: ${fate}`) ?? 0) > 5, true, `${verb} met ${fate} too seldom`);
    }
    await Promise.all(workers.map((worker) => worker.stop()));
    await Promise.all(running);
  });
}

redisTest("workers whose signals are lost hear of it by their turns, and the answers are found", async () => {
  await using rest = await startRest();
  // A client alone: there are no streams, neither for the worker nor for whoever asks.
  const { Redis } = await import("@upstash/redis");
  const client = new Redis({ url: rest.url, token: rest.token, automaticDeserialization: false });
  const broker = () => upstash({ client, pollInterval: "50ms" });
  await using app = new Umbel("chaos", { broker: broker(), env: {} });
  await using asker = new Umbel("chaos", { broker: broker(), env: {} });
  const worker = new Worker(app, { name: "w1", concurrency: 1, log });
  const running = worker.run();
  while ((await asker.inspect.ping({ timeout: "5s" })).length === 0);
  const [grown] = await asker.control.poolGrow(1, { timeout: "30s" });
  assertEquals(grown?.ok && grown.answer.concurrency, 2);
  await worker.stop();
  await running;
});
