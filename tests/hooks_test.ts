import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { BrokerUnavailable, createLogger, type HookEvents, InvalidInput, Umbel } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { ScriptedBroker, settled } from "./scripted.ts";

function scripted() {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const lines: string[] = [];
  const log = createLogger({ write: (line) => lines.push(line.replace(/^\[[^\]]*\] /, "").split("\n")[0]!), clock });
  const app = new Umbel("shop", { broker, clock, log, env: {} });
  const add = app.task("add", (x: number, y: number) => x + y);
  return { app, broker, add, lines };
}

Deno.test("Umbel.on() tells of every sending, until it is ended", async () => {
  const { app, add, broker } = scripted();
  const told: string[] = [];
  const before = app.on("beforeTaskPublish", ({ message }) => told.push(`before ${message.args}`));
  app.on("afterTaskPublish", ({ message, receipt }) => told.push(`after ${message.args}: ${receipt.status}`));
  const handle = await add.delay(1, 2);
  assertEquals(told, ["before 1,2", "after 1,2: added"]);
  assertEquals(handle.id, broker.requests[0]![0]!.id);
  before();
  before();
  told.length = 0;
  await add.delayMany([[3, 4], [5, 6]]);
  assertEquals(told, ["after 3,4: added", "after 5,6: added"]);
  assertEquals(broker.requests.length, 2);
});

Deno.test("Umbel.on() keeps calls that are made together in one request", async () => {
  const { app, add, broker } = scripted();
  app.on("beforeTaskPublish", () => {});
  await Promise.all([add.delay(1, 2), add.delay(3, 4)]);
  assertEquals(broker.requests.map(({ length }) => length), [2]);
});

Deno.test("afterTaskPublish is not told of what could not be sent", async () => {
  const { app, add, broker } = scripted();
  const told: string[] = [];
  app.on("beforeTaskPublish", () => told.push("before"));
  app.on("afterTaskPublish", () => told.push("after"));
  broker.onPublish = () => Promise.reject(new BrokerUnavailable("away"));
  await assertRejects(() => add.delay(1, 2), BrokerUnavailable);
  assertEquals(told, ["before"]);
});

Deno.test("a hook that throws or rejects is logged, and nothing else", async () => {
  const { app, add, lines } = scripted();
  const told: number[] = [];
  app.on("beforeTaskPublish", () => {
    throw new TypeError("bad hook");
  });
  app.on("beforeTaskPublish", () => Promise.reject("later"));
  app.on("beforeTaskPublish", () => told.push(1));
  await add.delay(1, 2);
  await settled();
  assertEquals(told, [1]);
  assertEquals(lines, [
    "The hook beforeTaskPublish failed: TypeError: bad hook",
    "The hook beforeTaskPublish failed: Error: later",
  ]);
});

Deno.test("a hook may end itself while it is told, and one function may be added twice", async () => {
  const { app, add } = scripted();
  let count = 0;
  const hook = () => void count++;
  const first = app.on("beforeTaskPublish", hook);
  app.on("beforeTaskPublish", hook);
  const once: () => void = app.on("beforeTaskPublish", () => once());
  app.on("beforeTaskPublish", hook);
  await add.delay(1, 2);
  assertEquals(count, 3);
  first();
  await add.delay(1, 2);
  assertEquals(count, 5);
});

Deno.test("Umbel.on() refuses a name that is none, and what is no function", () => {
  const { app } = scripted();
  const name = "taskFailed" as keyof HookEvents;
  assertThrows(() => app.on(name, () => {}), InvalidInput, '"taskFailed" is no hook: did you mean taskFailure?');
  const { message } = assertThrows(() => app.on("x" as typeof name, () => {}), InvalidInput);
  assertMatch(message, /^"x" is no hook: known are onAfterConfigure, .*, workerShutdown$/);
  assertThrows(() => app.on("taskFailure", 3 as never), InvalidInput, "The hook taskFailure must be a function");
});
