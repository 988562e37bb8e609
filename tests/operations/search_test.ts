import { assertEquals, assertRejects } from "@std/assert";
import { InvalidInput, Umbel, Worker } from "@umbel/umbel";
import { compress, sealed } from "@umbel/umbel/codecs";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger } from "../../src/log.ts";
import { sieveOf } from "../../src/ports/listing.ts";

function shop(options: ConstructorParameters<typeof Umbel>[1] = {}) {
  return new Umbel("shop", { broker: sqlite(":memory:"), env: {}, ...options });
}

async function found(app: Umbel, options: Parameters<Umbel["search"]>[0] = {}): Promise<unknown[]> {
  const { tasks } = await app.search(options);
  return tasks.map(({ message }) => message?.args[0]);
}

async function work(app: Umbel): Promise<void> {
  await new Worker(app, { log: silentLogger, name: "w1" }).drain({ seconds: 60 });
}

Deno.test("app.search() lists tasks by state, name, queue, worker and time, the newest first", async () => {
  await using app = shop();
  const add = app.task("add", (x: number) => x);
  const fail = app.task("fail", { maxRetries: 0, queue: "risky" }, (_x: number) => {
    throw new TypeError("no such thing");
  });
  await add.delay(1);
  await fail.delay(2);
  await new Worker(app, { log: silentLogger, name: "w1", queues: ["default", "risky"] }).drain({ seconds: 60 });
  await add.applyAsync([3], { countdown: 60 });
  await add.delay(4);
  assertEquals((await found(app)).toSorted(), [1, 2, 3, 4]);
  assertEquals(await found(app, { state: "FAILURE" }), [2]);
  assertEquals((await found(app, { state: ["SCHEDULED", "QUEUED"] })).toSorted(), [3, 4]);
  assertEquals(await found(app, { task: "fail" }), [2]);
  assertEquals(await found(app, { queue: "risky" }), [2]);
  const [failed] = (await app.search({ task: "fail" })).tasks;
  assertEquals((await found(app, { worker: failed!.record.worker! })).toSorted(), [1, 2]);
  assertEquals(await found(app, { worker: "nobody" }), []);
  assertEquals(await found(app, { to: 0 }), []);
  assertEquals(await found(app, { from: "2020-01-01T00:00:00Z", task: "fail" }), [2]);
  const first = await app.search({ limit: 3 });
  const rest = await app.search({ limit: 3, cursor: first.cursor! });
  assertEquals([first.tasks.length, rest.tasks.length, rest.cursor], [3, 1, undefined]);
});

Deno.test("app.search() finds texts in arguments, results and errors, whatever became of the task", async () => {
  await using app = shop({ codecs: [compress({ over: 100 })] });
  app.task("echo", { maxRetries: 0 }, (value: unknown) => {
    if (value === "throw") throw new RangeError("Ännchen fell");
    return { said: value };
  });
  const padding = "x".repeat(300);
  for (const value of [{ to: "Ann@example.org", padding }, 'she said "hi"', "throw", 4711]) {
    await app.sendTask("echo", [value]);
  }
  await work(app);
  await app.sendTask("echo", [{ to: "ann@example.org", later: true }]);
  assertEquals((await found(app, { text: "ann@EXAMPLE" })).length, 2);
  assertEquals(await found(app, { text: 'said "hi' }), ['she said "hi"']);
  assertEquals(await found(app, { text: "ännchen" }), ["throw"]);
  assertEquals(await found(app, { text: '"later":true' }), [{ to: "ann@example.org", later: true }]);
  assertEquals(await found(app, { text: "471" }), [4711]);
  assertEquals(await found(app, { text: "nobody" }), []);
  const first = await app.search({ text: "ann@", limit: 1 });
  const rest = await app.search({ text: "ann@", limit: 5, cursor: first.cursor! });
  assertEquals([first.tasks.length, rest.tasks.length, rest.cursor], [1, 1, undefined]);
});

Deno.test("app.search() finds no text that is redacted or sealed", async () => {
  await using app = shop();
  const login = app.task("login", { redact: ["1"] }, (user: string, _secret: string) => user);
  app.task("vault", { codecs: [sealed({ keys: { a: new Uint8Array(32).fill(1) } })] }, (secret: string) => secret);
  const masked = app.task("masked", { redact: (args) => args.slice(1) }, (_secret: string, shown: string) => shown);
  await login.delay("ann", "hunter2");
  await app.sendTask("vault", ["hunter2"]);
  await masked.delay("hunter2", "shown");
  for (let round = 0; round < 2; round++) {
    assertEquals(await found(app, { text: "hunter2" }), []);
    assertEquals((await app.search({ text: "ann" })).tasks.length, 1);
    assertEquals((await app.search({ text: "shown" })).tasks.length, 1);
    await work(app);
  }
});

Deno.test("app.search() refuses what breaks a rule", async () => {
  await using app = shop();
  const wrong = [
    { limit: 0 },
    { limit: 501 },
    { state: "" },
    { state: [] },
    { task: "" },
    { queue: "a b" },
    { worker: "a b" },
    { from: "yesterday" },
    { text: "" },
    { cursor: "x" },
    { nonsense: 1 },
  ];
  for (const options of wrong) {
    await assertRejects(() => app.search(options as never), InvalidInput, Object.keys(options)[0]);
  }
});

Deno.test("sieveOf() takes the longest part that JSON leaves as it is", () => {
  assertEquals(sieveOf("Ann@Example.org"), "ann@example.org");
  assertEquals(sieveOf('{"to":"ann"}'), "ann");
  assertEquals(sieveOf("grün\\blau, rot"), "blau, rot");
  assertEquals(sieveOf('"\\\n中文'), undefined);
});
