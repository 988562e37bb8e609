import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createLogger, InvalidInput, Retry, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { dueAgain, isTooLate } from "../../src/policies/start_timeout.ts";
import { delivery, ScriptedBroker, settled } from "../scripted.ts";

const { message } = delivery("add", [], { sentAt: 1000, startTimeout: 500 });

Deno.test("isTooLate() counts from when the message was sent, due or sent again, whichever is last", () => {
  assertEquals([isTooLate(message, 0, 1500), isTooLate(message, 0, 1501)], [false, true]);
  assertEquals(isTooLate({ ...message, eta: 2000 }, 0, 2500), false);
  assertEquals(isTooLate({ ...message, eta: 2000, resentAt: 9000 }, 0, 9500), false);
  assertEquals(isTooLate({ ...message, eta: 500 }, 0, 1501), true);
});

Deno.test("isTooLate() is never said of what had been started when its worker died, nor without a limit", () => {
  assertEquals(isTooLate(message, 1, 9000), false);
  assertEquals(isTooLate(delivery("add", [], { sentAt: 1 }).message, 0, 9000), false);
});

Deno.test("dueAgain() changes only what has a limit", () => {
  assertEquals(dueAgain(message, 7000).eta, 7000);
  const other = delivery("add").message;
  assertEquals(dueAgain(other, 7000) === other, true);
});

Deno.test("timeouts are checked at the door", async () => {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  await using _ = app;
  assertThrows(() => app.task("a", { timeouts: { start: 0 } }, () => 1), InvalidInput, "timeouts.start must be longer");
  assertThrows(() => app.task("a", { timeouts: "5m" as never }, () => 1), InvalidInput, "timeouts must be an object");
  await assertRejects(
    () => app.sendTask("a", [], { timeouts: { stat: 1 } as never }),
    InvalidInput,
    '"stat" is no timeout: did you mean start?',
  );
});

Deno.test("a task that is not started within timeouts.start of being due expires; a call's own counts more", async () => {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock, env: {} });
  const log = createLogger({ write: () => {} });
  const add = app.task("add", { timeouts: { start: "1m" } }, (x: number, y: number) => x + y);
  const delayed = await add.applyAsync([1, 1], { countdown: 120 });
  const [late, patient] = [await add.delay(1, 2), await add.applyAsync([1, 3], { timeouts: { start: "5m" } })];
  await clock.jump({ seconds: 170 });
  await new Worker(app, { log }).drain({ seconds: 60 });
  assertEquals([await late.state(), await patient.state(), await delayed.state()], ["EXPIRED", "SUCCESS", "SUCCESS"]);
});

Deno.test("timeouts.start begins anew with each retry", async () => {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock, env: {} });
  const log = createLogger({ write: () => {} });
  const flaky = app.task("flaky", { bind: true, timeouts: { start: "1m" } }, (self) => {
    if (self.retries < 2) throw new Retry({ delay: 600_000 });
    return self.retries;
  });
  const handle = await flaky.delay();
  for (let n = 0; n < 3; n++) {
    await new Worker(app, { log }).drain({ seconds: 60 });
    await clock.jump({ seconds: n === 1 ? 661 : 630 });
  }
  assertEquals([await handle.state(), (await handle.record())!.retries], ["EXPIRED", 2]);
});

Deno.test("what ran when its worker stopped is due again from then on", async () => {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, env: {} });
  app.task("held", () => new Promise(() => {}));
  const worker = new Worker(app, { log: createLogger({ write: () => {} }) });
  const running = worker.run();
  const held = delivery("held", [], { sentAt: clock.now(), startTimeout: 60_000 });
  await (await broker.turn()).answer({ deliveries: [held] });
  await settled();
  await clock.jump({ seconds: 9 });
  const renewal = broker.turn();
  await clock.jump({ seconds: 1 });
  await (await renewal).answer();
  void worker.abort();
  const last = await broker.turn();
  const [{ again, record }] = last.settlements as [typeof last.settlements[0]];
  assertEquals([last.leave, record.state, again!.head, again!.message.eta], [true, "QUEUED", true, clock.now()]);
  await last.answer();
  await running;
});
