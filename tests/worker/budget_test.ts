import { assertEquals, assertStringIncludes } from "@std/assert";
import { createLogger, type Turn, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { failing, ManualClock } from "@umbel/umbel/testing";

/** A broker in memory that bills 4 commands a turn, on a clock that stands at noon. */
function setUp(budget: `${number}/day`) {
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 12));
  const turns: Turn[] = [];
  const broker = failing(sqlite(":memory:")("shop", clock), () => "pass");
  const metered = {
    ...broker,
    exchange: (turn: Turn, options?: { readonly signal?: AbortSignal }) => {
      turns.push(turn);
      return broker.exchange(turn, options);
    },
    meter: () => ({
      get billed() {
        return 4 * turns.length;
      },
    }),
  };
  const lines: string[] = [];
  const app = new Umbel("shop", { broker: metered, clock });
  const worker = new Worker(app, { budget, log: createLogger({ clock, write: (line) => lines.push(line) }) });
  return { app, worker, clock, turns, lines };
}

Deno.test("a worker keeps its budget: it takes less often, then nothing, and all again the next day", async () => {
  const { app, worker, clock, turns, lines } = setUp("400/day");
  await using _ = app;
  const add = app.task("add", (x: number, y: number) => x + y);
  const running = worker.run();
  await clock.advance({ milliseconds: 1 });
  for (let minute = 1; minute < 12 * 60; minute++) {
    if (minute % 5 === 0) await add.delay(minute, 1);
    await clock.advance(60);
  }
  // What was taken last is handed in beyond it.
  const used = 4 * turns.length;
  assertEquals(used <= 408 && used > 320, true, `${used} of 400 are used`);
  assertStringIncludes(lines.find((line) => line.includes("WARNING"))!, "turns are ");
  const last = await add.delay(1, 2);
  await clock.advance("10m");
  assertEquals(await last.get({ timeout: 1 }), 3);
  await worker.stop();
  await running;
});

Deno.test("a worker whose budget is used up finishes what runs, and stops at once", async () => {
  const { app, worker, clock, turns } = setUp("8/day");
  await using _ = app;
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const long = app.task("long", async () => {
    started.resolve();
    await finish.promise;
  });
  const sent = await long.delay();
  const running = worker.run();
  await started.promise;
  await clock.advance("5m");
  const next = await long.delay();
  await clock.advance("5m");
  // Its lease was renewed all the while.
  assertEquals((await sent.record())?.state, "STARTED");
  assertEquals(turns.at(-1)!.limit, 0);
  finish.resolve();
  await worker.stop();
  await running;
  assertEquals([(await sent.record())?.state, (await next.record())?.state], ["SUCCESS", "QUEUED"]);
});

Deno.test("a broker that bills nothing has no budget to keep", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const lines: string[] = [];
  await new Worker(app, { budget: "1/day", log: createLogger({ write: (line) => lines.push(line) }) }).drain({
    seconds: 5,
  });
  assertStringIncludes(lines[0]!, "Broker sqlite :memory: shop bills nothing: there is no budget to keep");
});
