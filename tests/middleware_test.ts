import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidInput, type Message, type Middleware, TooLarge, Umbel } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { ScriptedBroker } from "./scripted.ts";

function scripted(...middleware: Middleware[]) {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, config: { maxMessageSize: 5000 }, env: {} });
  for (const one of middleware) app.use(one);
  return { app, broker, add: app.task("add", (x: number, y: number) => x + y) };
}

const tagged = (tag: string, seen: string[] = []): Middleware => ({
  async publish(messages, next) {
    seen.push(`${tag} sends ${messages.length}`);
    const receipts = await next(messages.map((one) => ({ ...one, headers: { ...one.headers, [tag]: true } })));
    seen.push(`${tag} has sent`);
    return receipts;
  },
});

Deno.test("Umbel.use() puts what was given first outermost around sending", async () => {
  const seen: string[] = [];
  const { app, add, broker } = scripted(tagged("a", seen), tagged("b", seen));
  let before: Message | undefined;
  app.on("beforeTaskPublish", ({ message }) => before = message);
  await add.delay(1, 2);
  assertEquals(seen, ["a sends 1", "b sends 1", "b has sent", "a has sent"]);
  const sent = broker.requests[0]![0]!;
  assertEquals(sent.headers, { a: true, b: true });
  assert(sent === before && Object.isFrozen(sent));
});

Deno.test("a middleware sees all that is sent in one request, and leaves it one", async () => {
  const seen: string[] = [];
  const { add, broker } = scripted(tagged("a", seen));
  const handles = await add.delayMany([[1, 2], [3, 4]]);
  assertEquals(seen, ["a sends 2", "a has sent"]);
  assertEquals(broker.requests.map((request) => request.map(({ id }) => id)), [handles.map(({ id }) => id)]);
});

Deno.test("a middleware that refuses is heard by the sender", async () => {
  const { add, broker } = scripted({ publish: () => Promise.reject(new RangeError("not today")) });
  await assertRejects(() => add.delay(1, 2), RangeError, "not today");
  assertEquals(broker.requests, []);
});

Deno.test("what a middleware makes of a message is checked", async () => {
  const { add, broker } = scripted({
    publish: (messages, next) => next(messages.map((one) => ({ ...one, args: ["x".repeat(5000)] }))),
  });
  await assertRejects(() => add.delay(1, 2), TooLarge);
  const none = scripted({ publish: () => Promise.resolve([]) });
  await assertRejects(() => none.add.delay(1, 2), TypeError, "must return 1 receipts from publish, and it returned 0");
  const bad = scripted({ publish: (messages, next) => next(messages.map((one) => ({ ...one, queue: "a b" }))) });
  await assertRejects(() => bad.add.delay(1, 2), InvalidInput, "queue must be");
  assertEquals(broker.requests, []);
});

Deno.test("Umbel.use() refuses what is no middleware", () => {
  const { app } = scripted();
  assertThrows(() => app.use({ publsh: 1 } as never), InvalidInput, "did you mean publish?");
  assertThrows(() => app.use({ run: 1 } as never), InvalidInput, "run must be a function, and it is 1");
});
