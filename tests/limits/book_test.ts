/** Which limits messages name, and what publishes and workers tell of them. */
import { assertEquals, assertRejects } from "@std/assert";
import { createLogger, InvalidInput, type Message, sharedTask, Umbel, Worker } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { ScriptedBroker } from "../scripted.ts";

function setup(config: object = {}) {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, config, env: {} });
  const sent = () => broker.requests.splice(0).flat().map(({ limits, lifo }) => [limits, lifo]);
  return { app, broker, sent };
}

Deno.test("messages name the limits of their task, by key where it has keys", async () => {
  const { app, broker, sent } = setup();
  const plain = app.task("plain", (_: string) => {});
  const mail = app.task("send mail", { rateLimit: "10/s", concurrency: { limit: 2, key: (to: string) => to } }, (
    _to: string,
  ) => {});
  const order = app.task("order", { sequence: (id: string) => id }, (_id: string) => {});
  const all = app.task("all", { sequence: true, rateLimit: { limit: 1, period: "1m", burst: 3 } }, () => {});
  await app.sendMany([plain.call(["x"]), mail.call(["a b"]), order.call(["o1"]), all.call([])]);
  assertEquals(broker.limits.at(-1), {
    "rate:send%20mail": { rate: { limit: 10, period: 1000, burst: 1 } },
    "concurrency:send%20mail": { concurrency: 2 },
    "sequence:order": { concurrency: 1 },
    "rate:all": { rate: { limit: 1, period: 60_000, burst: 3 } },
    "sequence:all": { concurrency: 1 },
  });
  assertEquals(sent(), [
    [undefined, undefined],
    [["rate:send%20mail", "concurrency:send%20mail#a%20b"], undefined],
    [["sequence:order#o1"], undefined],
    [["rate:all", "sequence:all"], undefined],
  ]);
  await plain.delay("x");
  assertEquals(broker.limits.at(-1), undefined);
  await app.sendTask("send mail", ["c"]);
  assertEquals(Object.keys(broker.limits.at(-1)!), ["rate:send%20mail", "concurrency:send%20mail"]);
  await new Umbel("shop", { broker, env: {} }).sendTask("send mail", ["c"]);
  assertEquals(sent().at(-1), [undefined, undefined]);
});

Deno.test("messages name the limits of their queue, and of their group there", async () => {
  const { app, broker, sent } = setup({
    queues: {
      bulk: { concurrency: 5, rateLimit: "1/s", lifo: true },
      fair: { groupBy: (tenant?: string) => tenant },
      strict: { groupBy: { key: (tenant: string) => tenant, concurrency: 2, rateLimit: "100/m" } },
    },
  });
  const task = app.task("task", (_tenant?: string) => {});
  const to = (queue: string, ...args: [string?]) => task.call(args, { queue });
  await app.sendMany([to("bulk"), to("fair", "t/1"), to("fair"), to("strict", "t2"), to("other", "t2")]);
  assertEquals(sent(), [
    [["queue:bulk", "queueRate:bulk"], true],
    [["group:fair#t%2F1"], undefined],
    [undefined, undefined],
    [["group:strict#t2", "groupRate:strict#t2"], undefined],
    [undefined, undefined],
  ]);
  assertEquals(broker.limits.at(-1), {
    "queue:bulk": { concurrency: 5 },
    "queueRate:bulk": { rate: { limit: 1, period: 1000, burst: 1 } },
    "group:strict": { concurrency: 2 },
    "groupRate:strict": { rate: { limit: 100, period: 60_000, burst: 1 } },
  });
});

Deno.test("lifo is the call's, else the task's, else the queue's", async () => {
  const { app, sent } = setup({ queues: { stack: { lifo: true } } });
  const plain = app.task("plain", () => {});
  const last = app.task("last", { lifo: true, queue: "q" }, () => {});
  const first = app.task("first", { lifo: false, queue: "stack" }, () => {});
  const ordered = app.task("ordered", { sequence: true }, () => {});
  await app.sendMany([
    plain.call([]),
    plain.call([], { lifo: true }),
    plain.call([], { queue: "stack" }),
    last.call([]),
    last.call([], { lifo: false }),
    first.call([]),
    ordered.call([], { queue: "stack" }),
  ]);
  assertEquals(sent().map(([, lifo]) => lifo ?? false), [false, true, true, true, false, false, false]);
});

Deno.test("a message that a middleware moves names the limits of where it goes", async () => {
  const { app, sent } = setup({ queues: { slow: { concurrency: 1 } } });
  const shared = sharedTask("shared", { concurrency: 3 }, () => {});
  app.use({ publish: (messages, next) => next(messages.map((one): Message => ({ ...one, queue: "slow" }))) });
  app.task("own", { rateLimit: "1/s" }, () => {});
  await app.sendMany([["own"]]);
  await app.sendTask(shared as never, []);
  assertEquals(sent().map(([limits]) => limits), [["queue:slow", "rate:own"], ["queue:slow", "concurrency:shared"]]);
});

Deno.test("a dead letter that is sent to another queue names the limits there", async () => {
  const { app, broker } = setup({ queues: { fair: { groupBy: (tenant: string) => tenant } } });
  app.task("own", { concurrency: { limit: 1, key: (tenant: string) => tenant } }, (_tenant: string) => {});
  const resent: Message[] = [];
  broker.deadLetters.resend = (messages) => {
    resent.push(...messages);
    return Promise.resolve(messages.map(() => "resent"));
  };
  const base = { id: "one", task: "own", queue: "default", priority: 5, sentAt: 1, retries: 0 };
  const message: Message = { ...base, args: ["t1"], limits: ["queue:default", "concurrency:own#t1"] };
  broker.records.set("one", { ...base, state: "FAILURE", finishedAt: 2, message });
  await app.deadLetters.resend("one");
  await app.deadLetters.resend("one", { queue: "fair" });
  await app.deadLetters.resend("one", { args: ["t2"] });
  assertEquals(resent.map(({ limits }) => limits), [
    ["queue:default", "concurrency:own#t1"],
    ["group:fair#t1", "concurrency:own#t1"],
    ["concurrency:own#t2"],
  ]);
});

Deno.test("a key that is no text, or too long, is refused by name", async () => {
  const { app } = setup({ queues: { fair: { groupBy: () => 1 as never } } });
  const keyed = app.task("keyed", { rateLimit: { limit: 1, period: 1, key: (key: string) => key } }, (_: string) => {});
  await keyed.delay("k".repeat(200));
  const sentence = 'rateLimit.key of task "keyed" must give text of at most 200 characters, and it is 201';
  await assertRejects(() => keyed.delay("k".repeat(201)), InvalidInput, sentence);
  await assertRejects(() => keyed.delay(1 as never), InvalidInput, "and it is 1");
  await assertRejects(() => app.sendTask("any", [], { queue: "fair" }), InvalidInput, "queues.fair.groupBy must give");
});

Deno.test("a worker declares all limits in its first turn, and in no other", async () => {
  const { app, broker } = setup({ queues: { bulk: { concurrency: 5 } } });
  app.task("own", { batch: { size: 10, wait: "500ms" } }, () => {});
  const worker = new Worker(app, { log: createLogger({ write: () => {} }) });
  const running = worker.run();
  const first = await broker.turn();
  assertEquals(first.limits, { "queue:bulk": { concurrency: 5 }, "batch:own": { batch: { size: 10, wait: 500 } } });
  await first.answer();
  void worker.stop();
  const last = await broker.turn();
  assertEquals([last.leave, last.limits], [true, undefined]);
  await last.answer();
  await running;
});
