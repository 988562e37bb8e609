/** Batches: what a worker hands to a handler together, and what becomes of each call. */
import { assertEquals, assertMatch } from "@std/assert";
import {
  type BatchCall,
  createLogger,
  type Delivery,
  Ignore,
  type Message,
  Reject,
  Retry,
  Snooze,
  Umbel,
  type UmbelOptions,
  Worker,
  type WorkerOptions,
} from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { delivery, ScriptedBroker, settled } from "../scripted.ts";

type Calls = readonly BatchCall<[n: number]>[];

/** A worker of a task `index` with batches of three, and what its handler got. */
function scripted(
  handler: (calls: Calls) => unknown,
  options: WorkerOptions = {},
  more: { readonly task?: object; readonly prepare?: (app: Umbel) => void } & UmbelOptions = {},
) {
  const { task, prepare, ...appOptions } = more;
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, env: {}, ...appOptions });
  prepare?.(app);
  const got: number[][] = [];
  app.task("index", { batch: { size: 3, wait: "1s" }, ...task }, (calls: Calls) => {
    got.push(calls.map(({ args: [n] }) => n));
    return handler(calls) as number[];
  });
  app.task("plain", (n: number) => void got.push([n]));
  const worker = new Worker(app, { log: createLogger({ write: () => {} }), ...options });
  const running = worker.run();
  return {
    ...{ broker, clock, got },
    index: (n: number, change: Partial<Message> = {}, deaths = 0) => delivery("index", [n], change, deaths),
    /** Answers the worker's next turn with these. */
    async take(...deliveries: readonly Delivery[]) {
      await broker.signalWorker({ kind: "wake" });
      await (await broker.turn()).answer({ deliveries });
    },
    /** What the next turns hand in, as states and results or errors. */
    async outcomes(count: number) {
      const outcomes: unknown[][] = [];
      while (outcomes.length < count) {
        const turn = await broker.turn();
        await turn.answer();
        for (const { record, again } of turn.settlements) {
          const what = record.result ?? record.error?.message ?? (again ? `again, retries ${record.retries}` : null);
          outcomes.push([record.state, what]);
        }
      }
      return outcomes;
    },
    async end() {
      void worker.stop();
      await settled();
      for (let turn; broker.openTurns > 0 || !(turn?.leave ?? false);) await (turn = await broker.turn()).answer();
      await running;
    },
  };
}

const twice = (calls: Calls) => calls.map(({ args: [n] }) => 2 * n);

Deno.test("deliveries of a turn come to the handler together, as many as make a batch", async () => {
  const { got, index, take, outcomes, end } = scripted(twice);
  const deliveries = [1, 2, 3, 4].map((n) => index(n));
  await take(...deliveries.slice(0, 2), delivery("plain", [9]), ...deliveries.slice(2));
  assertEquals(got, [[1, 2, 3], [9], [4]]);
  const results = (await outcomes(5)).map(([, result]) => result);
  assertEquals(results.toSorted(), [2, 4, 6, 8, null]);
  await end();
});

Deno.test("batches of several lanes are not mixed", async () => {
  const { got, index, take, end } = scripted(twice);
  const limits = (key: string) => ({ limits: [`concurrency:index#${key}`, "batch:index"] });
  await take(index(1, limits("a")), index(2, limits("b")), index(3, limits("a")));
  assertEquals(got, [[1, 3], [2]]);
  await end();
});

Deno.test("a batch takes one of the worker's places, until none of it runs any more", async () => {
  const held = Promise.withResolvers<void>();
  const { broker, got, clock, index, end } = scripted(
    async (calls) => {
      await held.promise;
      return twice(calls);
    },
    { concurrency: 2 },
    { task: { timeLimit: "10s" } },
  );
  const first = await broker.turn();
  assertEquals(first.limit, 2);
  await first.answer({ deliveries: [1, 2, 3].map((n) => index(n)), more: true });
  const second = await broker.turn();
  assertEquals([second.limit, second.holds.length], [1, 3]);
  await second.answer({ deliveries: [4, 5, 6].map((n) => index(n)), more: true });
  assertEquals(got, [[1, 2, 3], [4, 5, 6]]);
  await clock.advance(10);
  // Its handlers still hang: their time is over all the same.
  let states: string[] = [];
  while (states.length < 6) {
    const turn = await broker.turn();
    states = [...states, ...turn.settlements.map(({ record }) => record.error!.type)];
    if (states.length === 6) assertEquals(turn.limit, 2);
    await turn.answer();
  }
  assertEquals(new Set(states), new Set(["TimeLimitExceeded"]));
  held.resolve();
  await settled();
  await end();
});

Deno.test("each call of a batch comes to its own end", async () => {
  const results = [7, new TypeError("no good"), new Reject("never"), undefined, new Snooze("1m"), new Ignore()];
  const retry = new Retry({ delay: 1000 });
  const { index, take, outcomes, end } = scripted(
    () => [...results, retry],
    {},
    { task: { batch: { size: 7, wait: 0 } } },
  );
  await take(...[...results, retry].map((_, n) => index(n)));
  assertEquals(await outcomes(7), [
    ["SUCCESS", 7],
    ["FAILURE", "no good"],
    ["FAILURE", "never"],
    ["SUCCESS", null],
    ["SCHEDULED", "again, retries 0"],
    ["SUCCESS", null],
    ["RETRY", "again, retries 1"],
  ]);
  await end();
});

Deno.test("what a batch's handler throws is what all of its calls come to", async () => {
  const thrown = [new TypeError("all wrong"), new Snooze("1m")];
  const { index, take, outcomes, end } = scripted((calls) => {
    if (calls.length < 3) return [];
    throw thrown.shift();
  });
  for (const outcome of [["FAILURE", "all wrong"], ["SCHEDULED", "again, retries 0"]]) {
    await take(...[1, 2, 3].map((n) => index(n)));
    assertEquals(await outcomes(3), [outcome, outcome, outcome]);
  }
  await take(...[1, 2].map((n) => index(n)));
  for (const [state, message] of await outcomes(2)) {
    assertEquals(state, "FAILURE");
    assertMatch(String(message), /must return an array of 2 results, one for each call, .* it returned an array of 0$/);
  }
  await end();
});

Deno.test("what a batch's handler rejects with is what all of its calls come to; nothing returned is null each", async () => {
  const answers = [() => Promise.reject(new TypeError("later")), () => Promise.resolve()];
  const { index, take, outcomes, end } = scripted(() => answers.shift()!());
  await take(...[1, 2].map((n) => index(n)));
  assertEquals(await outcomes(2), [["FAILURE", "later"], ["FAILURE", "later"]]);
  await take(...[1, 2].map((n) => index(n)));
  assertEquals(await outcomes(2), [["SUCCESS", null], ["SUCCESS", null]]);
  await end();
});

Deno.test("a call that is revoked has its signal aborted, and the others go on", async () => {
  const held = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  const { broker, index, take, outcomes, end } = scripted(async (calls) => {
    signals.push(...calls.map(({ self }) => self.signal));
    await held.promise;
    return twice(calls);
  });
  const deliveries = [1, 2, 3].map((n) => index(n));
  await take(...deliveries);
  await broker.signalWorker({ kind: "revoked", id: deliveries[1]!.message.id });
  assertEquals(signals.map(({ aborted }) => aborted), [false, true, false]);
  held.resolve();
  await settled();
  assertEquals(await outcomes(3), [["SUCCESS", 2], ["REVOKED", null], ["SUCCESS", 6]]);
  await end();
});

Deno.test("a call that is not to run does not come to the handler, and holds nobody up", async () => {
  const { clock, got, index, take, outcomes, end } = scripted(twice);
  const deliveries = [index(1), index(2, { expires: clock.now() - 1 }), index(3, {}, 3)];
  await take(...deliveries);
  assertEquals(got, [[1]]);
  assertEquals(await outcomes(3), [["EXPIRED", null], [
    "FAILURE",
    "3 workers died while they held task index[" + deliveries[2]!.message.id + "]",
  ], ["SUCCESS", 2]]);
  await end();
});

Deno.test("a schema, the middleware and the hooks are each call's own", async () => {
  const schema = {
    "~standard": {
      version: 1 as const,
      vendor: "here",
      validate: ([n]: readonly unknown[]) =>
        typeof n === "number" ? { value: [n + 100] } : { issues: [{ message: "no number", path: [0] }] },
    },
  };
  const heard: string[] = [];
  const { got, index, take, outcomes, end } = scripted(twice, {}, {
    task: { schema },
    prepare(app) {
      app.on("taskPrerun", ({ message }) => heard.push(`prerun ${message.args}`));
      app.use({
        run: async (self, next) => self.args[0] === 3 ? "cached" : ["around", await next() as number],
      });
    },
  });
  await take(index(1), index("two" as never), index(3));
  assertEquals(got, [[101]]);
  assertEquals(await outcomes(3), [
    ["FAILURE", 'args[0] does not fit the schema of task "index": no number'],
    ["SUCCESS", "cached"],
    ["SUCCESS", ["around", 202]],
  ]);
  assertEquals(heard, ["prerun 1", "prerun 3"]);
  await end();
});

Deno.test("a batch that could not be started for a tenth of a second goes back whole, and a revoked call leaves it", async () => {
  const held = Promise.withResolvers<void>();
  const { broker, clock, got, index, take, end } = scripted(async (calls) => {
    await held.promise;
    return twice(calls);
  }, { concurrency: 1 });
  await take(index(1), index(2), index(3));
  const [four, five, six] = [index(4), index(5), index(6)];
  await broker.signalWorker({ kind: "delivery", deliveries: [four, five, six] });
  await broker.signalWorker({ kind: "revoked", id: five.message.id });
  for (let leases: string[] = []; !leases.includes(five.lease);) {
    const turn = await broker.turn();
    leases = turn.settlements.map(({ lease }) => lease);
    await turn.answer();
  }
  await clock.advance({ milliseconds: 100 });
  let back: string[] = [];
  while (back.length === 0) {
    const turn = await broker.turn();
    back = turn.settlements.map(({ lease }) => lease);
    await turn.answer();
  }
  assertEquals([back, got], [[four.lease, six.lease], [[1, 2, 3]]]);
  held.resolve();
  await settled();
  await end();
});
