import { assertEquals, assertRejects } from "@std/assert";
import { InvalidInput, TaskFailed, Umbel } from "@umbel/umbel";
import { every } from "@umbel/umbel/beat";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock, TestBench } from "@umbel/umbel/testing";

const silent = { enabled: () => false, debug() {}, info() {}, warning() {}, error() {} };

Deno.test("TestBench.work() runs what is due in any queue, and what that sends", async () => {
  const app = new Umbel("shop");
  const mail = app.task("mail", (to: string) => to.length);
  const signUp = app.task("sign_up", async (to: string) => void await mail.applyAsync([to], { queue: "mail.fast" }));
  await using bench = await TestBench.open(app);
  const sent = await signUp.delay("ada@example.org");
  assertEquals(await sent.state(), "QUEUED");
  const { done, failed } = await bench.work();
  assertEquals([done, failed, await sent.state()], [2, 0, "SUCCESS"]);
  assertEquals(bench.sent().map(({ task }) => task), ["sign_up", "mail"]);
  assertEquals(bench.sent(mail).map(({ args, queue }) => [args, queue]), [[["ada@example.org"], "mail.fast"]]);
  assertEquals(bench.sent("signup"), []);
  assertEquals((await bench.work()).received, 0);
});

Deno.test("TestBench.work() runs what a handler waits for", async () => {
  const app = new Umbel("shop");
  const add = app.task("add", (x: number, y: number) => x + y);
  const sum = app.task("sum", async (numbers: number[]) => {
    let total = 0;
    for (const number of numbers) total = await (await add.delay(total, number)).get();
    return total;
  });
  await using bench = await TestBench.open(app);
  const handle = await sum.delay([1, 2, 3]);
  assertEquals([(await bench.work()).done, await handle.get()], [4, 6]);
});

Deno.test("TestBench: limits that the app declares hold on each bench", async () => {
  const app = new Umbel("shop");
  const mail = app.task("mail", { rateLimit: "1/s" }, (n: number) => n);
  for (let round = 0; round < 2; round++) {
    await using bench = await TestBench.open(app);
    await mail.delayMany([[1], [2], [3]]);
    const done = [(await bench.work()).done];
    await bench.clock.advance("1s");
    done.push((await bench.work()).done);
    await bench.clock.advance("1s");
    done.push((await bench.work()).done);
    assertEquals(done, [1, 1, 1]);
  }
});

Deno.test("TestBench.clock: retries and delays wait until it is moved", async () => {
  const app = new Umbel("shop");
  let runs = 0;
  const flaky = app.task("flaky", { retry: { max: 2, delay: "1m", jitter: false } }, () => {
    if (++runs < 3) throw new Error("not yet");
    return runs;
  });
  const clock = new ManualClock(Date.parse("2026-11-21T12:00:00Z"));
  await using bench = await TestBench.open(app, { clock, log: silent });
  const handle = await flaky.applyAsync([], { eta: "2026-11-21T12:00:10Z" });
  assertEquals([(await bench.work()).received, runs], [0, 0]);
  await clock.advance("10s");
  assertEquals([(await bench.work()).retried, await handle.state()], [1, "RETRY"]);
  await clock.advance("59s");
  assertEquals((await bench.work()).received, 0);
  await clock.advance("1s");
  assertEquals((await bench.work()).retried, 1);
  await clock.advance("2m");
  assertEquals([(await bench.work()).done, await handle.get()], [1, 3]);
  assertEquals(app.clock, clock);
});

Deno.test("TestBench, eager: delay() returns when the task and those it sent have run", async () => {
  const app = new Umbel("shop");
  const add = app.task("add", (x: number, y: number) => x + y);
  const sum = app.task("sum", async (numbers: number[]) => {
    let total = 0;
    for (const number of numbers) total = await (await add.delay(total, number)).get();
    return total;
  });
  const fail = app.task("fail", () => {
    throw new TypeError("no");
  });
  await using _ = await TestBench.open(app, { eager: true, log: silent });
  const handle = await sum.delay([1, 2, 3]);
  assertEquals([await handle.state(), await handle.get()], ["SUCCESS", 6]);
  const [first, second] = await Promise.all([add.delay(1, 1), add.delay(2, 2)]);
  assertEquals([await first.state(), await second.state()], ["SUCCESS", "SUCCESS"]);
  const later = await add.applyAsync([1, 2], { countdown: "1h" });
  assertEquals(await later.state(), "SCHEDULED");
  const error = await assertRejects(async () => await (await fail.delay()).get(), TaskFailed);
  assertEquals(error.info.type, "TypeError");
});

Deno.test("TestBench: periodic tasks are sent by app.tick() as the clock moves", async () => {
  const app = new Umbel("shop");
  const sweep = app.task("sweep", () => {});
  app.beatSchedule = { sweep: { task: sweep, schedule: every("1h") } };
  await using bench = await TestBench.open(app);
  await app.tick();
  assertEquals(bench.sent().length, 0);
  await bench.clock.advance("1h");
  await app.tick();
  assertEquals([bench.sent(sweep).length, (await bench.work()).done], [1, 1]);
});

Deno.test("TestBench gives the app back: what is sent after it goes through its own broker, and what wakes workers", async () => {
  let asked = 0;
  const woken = Promise.withResolvers<void>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked++;
    woken.resolve();
    return new Response('{"state":"empty"}\n');
  });
  const url = `http://127.0.0.1:${server.addr.port}/work`;
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), wake: { url }, log: silent });
  const add = app.task("add", (x: number, y: number) => x + y);
  const own = app.clock;
  {
    await using bench = await TestBench.open(app, { eager: true });
    await add.delay(1, 2);
    assertEquals([bench.sent().length, asked], [1, 0]);
  }
  assertEquals(app.clock, own);
  {
    await using bench = await TestBench.open(app);
    assertEquals([bench.sent().length, (await app.broker.inspector.queues()).length], [0, 0]);
  }
  assertEquals(await (await add.delay(1, 2)).state(), "QUEUED");
  await woken.promise;
  assertEquals(asked, 1);
});

Deno.test("TestBench.open() refuses an app that has opened its broker, and options that it does not know", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  await app.sendTask("add", [1, 2]);
  await assertRejects(() => TestBench.open(app), InvalidInput, "App shop has opened its broker already");
  const wrong: object = { eagre: true };
  await assertRejects(() => TestBench.open(new Umbel("b"), wrong), InvalidInput, "did you mean eager?");
});
