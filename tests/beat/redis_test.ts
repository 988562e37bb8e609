/**
 * Beats over Redis: what they are billed, how late they are, and what they do when answers get lost.
 */
import { assertEquals } from "@std/assert";
import { Umbel, upstash } from "@umbel/umbel";
import { Beat, every } from "@umbel/umbel/beat";
import { ManualClock } from "@umbel/umbel/testing";
import { type Fate, startProxy } from "../chaos/proxy.ts";
import { redisTest, startRest } from "../redis.ts";

redisTest("an idle beat with 100 entries is billed at most 5 commands a minute", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using app = new Umbel("beat", { broker: upstash({ url: rest.url, token: rest.token }), clock, env: {} });
  app.beatSchedule = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [`entry ${n}`, { task: "a", schedule: every({ days: n + 1 }) }]),
  );
  await using beat = new Beat(app);
  void beat.run();
  // A command of our own lets what is on its way arrive, in real time.
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 5) {
      await clock.advance(5);
      await rest.command("PING");
    }
  };
  await pass(60);
  assertEquals((await app.broker.schedules.list()).length, 100);
  const minutes = 20;
  const { total, calls } = await rest.billed(() => pass(minutes * 60));
  assertEquals(total >= minutes && total / minutes <= 5, true, `${total / minutes} a minute: ${JSON.stringify(calls)}`);
});

for (const fate of ["drop answer", "drop request", "twice"] satisfies Fate[]) {
  redisTest(`each tick of three beats is sent once when every third request meets: ${fate}`, async () => {
    await using rest = await startRest();
    await using proxy = startProxy(rest.url, (_verb, number) => number % 3 === 0 ? fate : "pass");
    const open = (url: string) =>
      new Umbel("beat", { broker: upstash({ url, token: rest.token, deadline: "60s" }), env: {} });
    await using apps = new AsyncDisposableStack();
    const sent: string[] = [];
    const enough = Promise.withResolvers<void>();
    await using watcher = open(rest.url);
    for (let n = 0; n < 3; n++) {
      const app = apps.use(open(proxy.url));
      app.beatSchedule = {
        a: { task: "a", schedule: every("100ms"), catchUp: "all", catchUpMax: 1000 },
        b: { task: "b", schedule: every("150ms"), catchUp: "all", catchUpMax: 1000 },
      };
      app.on("afterTaskPublish", ({ receipt: { id, status } }) => {
        if (status !== "added") return;
        sent.push(id);
        if (sent.length === 40) enough.resolve();
      });
      const beat = apps.use(new Beat(app));
      void beat.run();
    }
    await enough.promise;
    await apps.disposeAsync();
    // What the broker has is what counts: an answer that came too late was not seen.
    const ids: string[] = [];
    const held: string[] = [];
    const turn = { worker: "w", queues: ["default"], settlements: [], reports: [], lease: 60_000, park: false };
    for (let number = 1;; number++) {
      const { deliveries, more } = await watcher.broker.exchange({
        ...turn,
        number,
        limit: 500,
        holds: [...held],
        leave: false,
      });
      held.push(...deliveries.map(({ lease }) => lease));
      ids.push(...deliveries.map(({ message }) => message.id));
      if (!more) break;
    }
    assertEquals(ids.length, new Set(ids).size);
    for (const [name, step] of [["a", 100], ["b", 150]] as const) {
      const times = ids.map((id) => id.split(":")).filter(([, entry]) => entry === name).map(([, , time]) =>
        Number(time)
      );
      const first = Math.min(...times);
      assertEquals(times.sort((a, b) => a - b), times.map((_, index) => first + index * step), `${name} has a gap`);
    }
    assertEquals((proxy.fates.get(`fire: ${fate}`) ?? 0) > 5, true, `fire met ${fate} too seldom`);
  });
}
