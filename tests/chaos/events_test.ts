import { assertEquals } from "@std/assert";
import { type AppEvent, Umbel, upstash, Worker } from "@umbel/umbel";
import { redisTest, startRest } from "../redis.ts";
import { type Fate, startProxy } from "./proxy.ts";

const count = 300;

redisTest("a monitor that comes and goes sees each change once, whatever requests and answers are lost", async () => {
  await using rest = await startRest();
  const fates: Fate[] = ["drop answer", "pass", "drop request", "pass", "pass", "twice"];
  await using proxy = startProxy(rest.url, (_verb, number) => fates[number % fates.length]!);
  const config = { events: "all", history: true, concurrency: 20 } as const;
  const open = (url: string) =>
    new Umbel("chaos", { broker: upstash({ url, token: rest.token, deadline: "60s" }), config });
  await using app = open(proxy.url);
  // Every fifth is tried again once, and every seventh fails.
  const task = app.task("some", { bind: true }, (self, n: number) => {
    if (n % 7 === 0) throw new RangeError("seven");
    if (n % 5 === 0 && self.retries === 0) throw self.retry({ countdown: 0 });
  });
  const seen: AppEvent[] = [];
  const over = new AbortController();
  const watching = (async () => {
    for (let cursor: string | undefined; !over.signal.aborted;) {
      await using monitor = open(proxy.url);
      const place = cursor === undefined ? { from: 0 } : { since: cursor };
      let left = 50;
      for await (const event of monitor.events({ ...place, every: "50ms", signal: over.signal })) {
        seen.push(event);
        cursor = event.cursor;
        if (--left === 0) break;
      }
    }
  })();
  const workers = [new Worker(app), new Worker(app)];
  const running = workers.map((worker) => worker.run());
  for (let from = 0; from < count; from += 10) {
    const handles = await Promise.all(Array.from({ length: 10 }, (_, n) => task.delay(from + n)));
    await Promise.allSettled(handles.map((handle) => handle.get({ timeout: "10m" })));
  }
  await Promise.all(workers.map((worker) => worker.stop()));
  await Promise.all(running);
  over.abort();
  await watching;
  await using calm = open(rest.url);
  const { cursor } = seen.at(-1)!;
  for await (const event of calm.events({ since: cursor, follow: false })) seen.push(event);

  const of = (type: string) => seen.filter((event) => event.type === type);
  const numbers = Array.from({ length: count }, (_, n) => n);
  const failed = numbers.filter((n) => n % 7 === 0).length;
  const retried = numbers.filter((n) => n % 7 !== 0 && n % 5 === 0).length;
  assertEquals(new Set(seen.map(({ cursor }) => cursor)).size, seen.length);
  assertEquals(of("task-sent").length, count);
  assertEquals(new Set(of("task-sent").map(({ id }) => id)).size, count);
  assertEquals(of("task-succeeded").length, count - failed);
  assertEquals(of("task-failed").length, failed);
  assertEquals(of("task-retried").length, retried);
  assertEquals(of("task-started").length, count + retried);
  assertEquals([of("worker-online").length, of("worker-offline").length], [2, 2]);
  const hours = await calm.history({ step: "hour" });
  const sum = (name: "done" | "failed" | "retried") => hours.reduce((all, point) => all + point[name], 0);
  assertEquals([sum("done"), sum("failed"), sum("retried")], [count - failed, failed, retried]);
});
