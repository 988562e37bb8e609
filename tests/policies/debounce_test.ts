import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidInput, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { failing, ManualClock } from "@umbel/umbel/testing";

Deno.test("debounce: calls wait for the last of them, which runs alone", async () => {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock });
  const ran: string[] = [];
  const save = app.task(
    "save",
    { debounce: { wait: "5s", maxWait: "12s", key: (id: number) => String(id) } },
    (id: number, text: string) => void ran.push(`${id} ${text}`),
  );
  const [first] = await Promise.all([save.delay(1, "a"), save.delay(1, "b"), save.delay(2, "x")]);
  assertEquals(await first.state(), "REVOKED");
  for (const text of ["c", "d", "e"]) {
    await clock.advance(4);
    await save.delay(1, text);
  }
  // Twelve seconds after the first of them, though the last one came just now.
  await new Worker(app).drain({ seconds: 60 });
  assertEquals(ran.sort(), ["1 e", "2 x"]);
  const next = await save.delay(1, "g");
  assertEquals((await next.record())!.eta, clock.now() + 5000);
});

Deno.test("debounce: without a key all calls of the task are one, and a call may ask for it too", async () => {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock });
  const index = app.task("index", (n: number) => n);
  const debounce = { wait: 10 };
  const handles = [await index.applyAsync([1], { debounce }), await index.applyAsync([2], { debounce })];
  assertEquals(await Promise.all(handles.map((handle) => handle.state())), ["REVOKED", "SCHEDULED"]);
  // One without it is another.
  assertEquals((await index.delay(3)).existed, false);
});

Deno.test("debounce: a call whose answer was lost, sent again, is no further call", async () => {
  const clock = new ManualClock();
  const broker = failing(
    sqlite(":memory:")("shop", clock),
    (verb, count) => verb === "publish" && count === 2 ? "twice" : "pass",
  );
  await using app = new Umbel("shop", { broker, clock });
  const save = app.task("save", { debounce: { wait: 5 } }, (n: number) => n);
  const one = await save.delay(1);
  await clock.advance(2);
  const two = await save.delay(2);
  assertEquals([await one.state(), await two.state()], ["REVOKED", "SCHEDULED"]);
  assertEquals((await two.record())!.eta, clock.now() + 5000);
});

Deno.test("debounce: what breaks a rule is refused", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const refused: [unknown, string][] = [
    [{}, "debounce.wait"],
    [{ wait: 0 }, "debounce.wait must be longer than 0"],
    [{ wait: 5, maxWait: 4 }, "debounce.maxWait must not be shorter than debounce.wait"],
    [{ wait: 5, max: 4 }, "no option of debounce"],
    [{ wait: 5, key: 4 }, "debounce.key must be a text or a function"],
  ];
  for (const [debounce, sentence] of refused) {
    assertThrows(() => app.task("a", { debounce: debounce as never }, () => {}), InvalidInput, sentence);
  }
  const task = app.task("b", { debounce: { wait: 5 } }, () => {});
  await assertRejects(() => task.applyAsync([], { countdown: 1 }), InvalidInput, "neither countdown nor eta");
});
