/**
 * What Upstash would bill: exact, so it is a test and no benchmark. The table in docs/redis_broker.md says the same.
 */
import { assertEquals } from "@std/assert";
import { type Recording, type TaskOptions, Umbel, upstash, Worker } from "@umbel/umbel";
import { newId } from "../../../src/id.ts";
import type { Turn } from "../../../src/ports/turn.ts";
import { redisTest, startRest } from "../../redis.ts";

redisTest("one task sent, done and fetched alone is billed at most 14 commands", async () => {
  await using rest = await startRest();
  await using app = new Umbel("bill", { broker: upstash({ url: rest.url, token: rest.token }) });
  const add = app.task("add", (x: number, y: number) => x + y);
  const worker = new Worker(app);
  const running = worker.run();
  // The first calls load scripts, measure the clock and open streams.
  for (let n = 0; n < 5; n++) await (await add.delay(1, 2)).get();
  const tasks = 20;
  const { total, calls } = await rest.billed(async () => {
    for (let n = 0; n < tasks; n++) assertEquals(await (await add.delay(1, n)).get(), n + 1);
  });
  assertEquals(total / tasks <= 14, true, `${total / tasks} a task: ${JSON.stringify(calls)}`);
  await worker.stop();
  await running;
});

redisTest("what meets others that are the same is billed for that alone", async () => {
  await using rest = await startRest();
  const queues = { small: { maxLength: 5, whenFull: "dropOldest" }, tight: { maxLength: 5 } } as const;
  await using app = new Umbel("bill", { broker: upstash({ url: rest.url, token: rest.token }), config: { queues } });
  const most: [options: TaskOptions, commands: number][] = [
    [{}, 6],
    [{ unique: true }, 8],
    [{ unique: { on: "replace", key: "one" } }, 10],
    [{ debounce: { wait: 60 } }, 14],
    [{ queue: "small" }, 13],
    [{ queue: "tight" }, 3],
  ];
  for (const [index, [options, limit]] of most.entries()) {
    const task = app.task(`task-${index}`, { ...options, bind: false }, (_n: number) => {});
    const send = async (count: number) => {
      for (let n = 0; n < count; n++) await task.delay(index * 100 + count + n).catch(() => {});
    };
    await send(8);
    const { total, calls } = await rest.billed(() => send(10));
    assertEquals(total / 10 <= limit, true, `${JSON.stringify(options)}: ${total / 10}, ${JSON.stringify(calls)}`);
  }
});

redisTest("a task that waits for limits is billed for them alone", async () => {
  await using rest = await startRest();
  await using app = new Umbel("bill", { broker: upstash({ url: rest.url, token: rest.token }) });
  const most: [options: TaskOptions, alone: number, together: number][] = [
    [{ concurrency: 100 }, 34, 0.5],
    [{ concurrency: { limit: 100, key: (n: number) => `${n % 10}` } }, 42, 0.8],
    // Each start at such a rate may be a turn of its own.
    [{ rateLimit: "1000/s" }, 34, 40],
  ];
  const tasks = most.map(([options], index) =>
    app.task(`task-${index}`, { ...options, bind: false }, (n: number) => n)
  );
  const worker = new Worker(app, { concurrency: 100 });
  const running = worker.run();
  for (const [index, task] of tasks.entries()) {
    const [options, alone, together] = most[index]!;
    for (let n = 0; n < 5; n++) await (await task.delay(n)).get();
    const one = await rest.billed(async () => {
      for (let n = 0; n < 10; n++) await (await task.delay(n)).get();
    });
    const many = await rest.billed(async () => {
      const handles = await task.delayMany(Array.from({ length: 100 }, (_, n): [number] => [n]));
      await Promise.all(handles.map((handle) => handle.get()));
    });
    const billed = [one.total / 10, many.total / 100];
    assertEquals(billed[0]! <= alone && billed[1]! <= together, true, `${JSON.stringify(options)}: ${billed}`);
  }
  await worker.stop();
  await running;
});

redisTest("tasks in batches of 100 are billed at most 0.4 commands each", async () => {
  await using rest = await startRest();
  await using app = new Umbel("bill", { broker: upstash({ url: rest.url, token: rest.token }) });
  const add = app.task("add", (x: number, y: number) => x + y);
  const batch = Array.from({ length: 100 }, (_, n): [number, number] => [n, 1]);
  const round = async () => {
    const handles = await add.delayMany(batch);
    const { done } = await new Worker(app, { concurrency: 100 }).drain({ seconds: 60 });
    assertEquals(done, 100);
    const records = await app.broker.fetch(handles.map(({ id }) => id));
    assertEquals(records.map((record) => record?.result), batch.map(([n]) => n + 1));
  };
  await round();
  const { total, calls } = await rest.billed(async () => {
    for (let n = 0; n < 10; n++) await round();
  });
  assertEquals(total / 1000 <= 0.4, true, `${total / 1000} a task: ${JSON.stringify(calls)}`);
});

redisTest("an idle worker is billed at most 5 commands a minute", async () => {
  await using rest = await startRest();
  const start = 1_795_000_000_000;
  let now = start;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  await using broker = upstash({ url: rest.url, token: rest.token })("bill", clock);
  let number = 0;
  const idle = (): Turn => ({
    worker: "w",
    number: ++number,
    queues: ["default"],
    limit: 10,
    holds: [],
    settlements: [],
    reports: [],
    lease: 30_000,
    park: true,
    leave: false,
  });
  let reply = await broker.exchange(idle());
  // A turn each 30 s, or 10 s before the worker would count as dead, as the worker's loop does.
  const minutes = 60;
  const { total, calls } = await rest.billed(async () => {
    while (now < start + minutes * 60_000) {
      now = Math.min(now + 30_000, reply.aliveUntil - 10_000);
      reply = await broker.exchange(idle());
    }
  });
  assertEquals(total / minutes <= 5, true, `${total / minutes} a minute: ${JSON.stringify(calls)}`);
});

redisTest("a waiting add(1, 2) takes at most 350 bytes of Redis, everything counted", async () => {
  await using rest = await startRest();
  await using app = new Umbel("bill", { broker: upstash({ url: rest.url, token: rest.token }) });
  const add = app.task("add", (x: number, y: number) => x + y);
  const used = async () => Number(/used_memory:(\d+)/.exec(String(await rest.command("INFO", "memory")))![1]);
  await add.delay(1, 2);
  const before = await used();
  const tasks = 10_000;
  for (let n = 0; n < tasks; n += 100) await add.delayMany(Array.from({ length: 100 }, () => [1, 2]));
  const each = (await used() - before) / tasks;
  assertEquals(each <= 350, true, `${each} bytes`);
});

redisTest("after 10,000 tasks and their expiry the keyspace is as large as before", async () => {
  await using rest = await startRest();
  let now = Date.now();
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  await using broker = upstash({ url: rest.url, token: rest.token })("expiry", clock);
  const worker = "w";
  let number = 0;
  const turn = { worker, queues: ["default"], limit: 0, reports: [], lease: 30_000, park: false, leave: false };
  const settleAll = async () => {
    let { deliveries } = await broker.exchange({ ...turn, number: ++number, limit: 500, holds: [], settlements: [] });
    while (deliveries.length > 0) {
      const settlements = deliveries.map(({ lease, message: { id, task, queue, sentAt, retries } }) => ({
        lease,
        record: {
          id,
          task,
          queue,
          sentAt,
          retries,
          state: "SUCCESS" as const,
          finishedAt: now,
          keep: 60_000,
          result: 3,
        },
      }));
      const holds = deliveries.map(({ lease }) => lease);
      ({ deliveries } = await broker.exchange({ ...turn, number: ++number, limit: 500, holds, settlements }));
    }
  };
  const send = (count: number, eta?: number) =>
    broker.publish(Array.from({ length: count }, () => ({
      id: newId(now),
      task: "add",
      args: [1, 2],
      queue: "default",
      priority: 5,
      sentAt: now,
      retries: 0,
      ...(eta === undefined ? {} : { eta }),
    })));
  await send(1);
  await settleAll();
  const keys = async () => ((await rest.command("KEYS", "*")) as string[]).filter((key) => !key.includes(":p:")).sort();
  const fields = async () => Number(await rest.command("HLEN", "{umbel:expiry}:m"));
  const before = { keys: await keys(), fields: await fields() };
  for (let n = 0; n < 9; n++) await send(1000);
  await send(1000, now + 3_600_000);
  await settleAll();
  now += 3_600_001;
  await settleAll();
  assertEquals(await broker.inspector.queues(), [{ name: "default", waiting: 0, delayed: 0, paused: false }]);
  // Every page ends by itself; what is left is what was there before.
  for (const key of (await rest.command("KEYS", "*:p:*")) as string[]) {
    const left = Number(await rest.command("PTTL", key));
    assertEquals(left > 0 && left <= 60_000, true, `${key} lives for ${left} ms`);
  }
  // The worker's own slots, left over until it is idle.
  now += 1000;
  const { aliveUntil } = await broker.exchange({ ...turn, number: ++number, holds: [], settlements: [] });
  now = aliveUntil - 10_000;
  await broker.exchange({ ...turn, number: ++number, holds: [], settlements: [] });
  assertEquals(await keys(), before.keys);
  assertEquals(await fields() <= before.fields, true, `${await fields()} fields of the map, ${before.fields} before`);
});

redisTest("a report is published to 16 who follow the task at most, and to nobody who waits for its end", async () => {
  await using rest = await startRest();
  await using broker = upstash({ url: rest.url, token: rest.token })("bill");
  const now = Date.now();
  const message = { id: newId(now), task: "t", args: [], queue: "default", priority: 5, sentAt: now, retries: 0 };
  await broker.publish([message]);
  let number = 0;
  const turn = {
    worker: "w",
    queues: ["default"],
    limit: 0,
    settlements: [],
    lease: 30_000,
    park: false,
    leave: false,
  };
  const { deliveries } = await broker.exchange({ ...turn, number: ++number, limit: 1, holds: [], reports: [] });
  const { lease } = deliveries[0]!;
  const { id, task, queue, sentAt, retries } = message;
  const report = async () => {
    const reports = [{ lease, record: { id, task, queue, sentAt, retries, state: "STARTED", worker: "w" } }];
    const { calls } = await rest.billed(async () => {
      await broker.exchange({ ...turn, number: ++number, holds: [lease], reports });
    });
    return calls["publish"] ?? 0;
  };
  const stop = new AbortController();
  const others: AsyncDisposable[] = [];
  const watch = async (updates: boolean) => {
    const other = upstash({ url: rest.url, token: rest.token })("bill");
    others.push(other);
    const signals = other.watch([{ task: id, updates }], { signal: stop.signal })[Symbol.asyncIterator]();
    // Its first signal comes once it is noted in the record; who waits for the end alone hears nothing until then.
    const heard = signals.next();
    if (updates) await heard;
  };
  await watch(false);
  assertEquals(await report(), 0);
  for (let n = 1; n <= 17; n++) await watch(true);
  assertEquals(await report(), 16);
  stop.abort();
  for (const other of others) await other[Symbol.asyncDispose]();
});

redisTest(
  "events cost one command more in each request that tells some, and the history nothing but each minute",
  async () => {
    await using rest = await startRest();
    const start = 1_795_000_000_000;
    let now = start;
    const clock = { now: () => now, sleep: () => Promise.resolve() };
    const turn = { worker: "w", queues: ["default"], reports: [], lease: 30_000, park: false, leave: false };
    /** What a task costs that is sent, taken and handed in, each by a request of its own. */
    async function cost(app: string, recording: Recording) {
      await using broker = upstash({ url: rest.url, token: rest.token })(app, clock);
      let number = 0;
      const round = async () => {
        const message = { id: newId(now), task: "t", args: [], queue: "default", priority: 5, sentAt: now, retries: 0 };
        await broker.publish([message], { recording });
        const next = { ...turn, holds: [], settlements: [], limit: 1, recording, number: ++number };
        const { lease } = (await broker.exchange(next)).deliveries[0]!;
        const { id, task, queue, sentAt, retries } = message;
        const ended = { state: "SUCCESS", startedAt: now, finishedAt: now } as const;
        const record = { id, task, queue, sentAt, retries, ...ended };
        const settlements = [{ lease, record, dueAt: now }];
        await broker.exchange({ ...turn, limit: 0, holds: [lease], settlements, number: ++number });
      };
      const bill = async () => (await rest.billed(round)).total;
      await round();
      await round();
      const same = await bill();
      now += 60_000;
      await round();
      now += 60_000;
      return { same, later: await bill() };
    }
    const none = await cost("none", { events: "none", history: false });
    const lifecycle = await cost("lifecycle", { events: "lifecycle", history: false });
    const all = await cost("all", { events: "all", history: false });
    const history = await cost("history", { events: "none", history: true });
    assertEquals(lifecycle.same - none.same, 2);
    assertEquals(all.same - none.same, 3);
    assertEquals(history.same - none.same, 0);
    assertEquals(history.later - none.later, 2);
  },
);

redisTest("tasks in batches of 100 with all events and the history are billed at most 0.4 commands each", async () => {
  await using rest = await startRest();
  const broker = upstash({ url: rest.url, token: rest.token });
  await using app = new Umbel("bill", { broker, config: { events: "all", history: true } });
  const add = app.task("add", (x: number, y: number) => x + y);
  const round = async () => {
    await add.delayMany(Array.from({ length: 100 }, (_, n): [number, number] => [n, 1]));
    assertEquals((await new Worker(app, { concurrency: 100 }).drain({ seconds: 60 })).done, 100);
  };
  await round();
  const { total, calls } = await rest.billed(async () => {
    for (let n = 0; n < 5; n++) await round();
  });
  assertEquals(total / 500 <= 0.4, true, `${total / 500} a task: ${JSON.stringify(calls)}`);
});
