import { assertEquals } from "@std/assert";
import { Umbel, upstash, Worker } from "@umbel/umbel";
import { redisTest, startRest } from "../redis.ts";
import { type Fate, startProxy } from "./proxy.ts";

for (const fate of ["drop answer", "drop request", "twice"] satisfies Fate[]) {
  redisTest(`tasks are changed once, and done once each, when every third request meets: ${fate}`, async () => {
    await using rest = await startRest();
    await using proxy = startProxy(rest.url, (_verb, number) => number % 3 === 0 ? fate : "pass");
    await using app = new Umbel("chaos", { broker: upstash({ url: proxy.url, token: rest.token, deadline: "60s" }) });
    const runs: number[] = [];
    const note = app.task("note", (n: number) => void runs.push(n));
    const worker = new Worker(app, { concurrency: 2 });
    const running = worker.run();
    const handles = await Promise.all(
      Array.from({ length: 90 }, (_, n) => note.applyAsync([n], n % 2 ? { countdown: "1h" } : {})),
    );
    const answers = await Promise.all(handles.map((handle, n) => handle.change({ args: [1000 + n], countdown: 0 })));
    await Promise.all(handles.map((handle) => handle.get({ timeout: "10m" })));
    assertEquals(
      runs.sort((a, b) => a - b),
      answers.map((answer, n) => answer === "changed" ? 1000 + n : n).sort((a, b) => a - b),
    );
    // What waited for its time was changed for sure.
    assertEquals(new Set(answers.filter((_, n) => n % 2)), new Set(["changed"]));
    await worker.stop();
    await running;
    for (const queue of await app.broker.inspector.queues()) assertEquals([queue.waiting, queue.delayed], [0, 0]);
  });
}
