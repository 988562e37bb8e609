import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { BrokerRefused, BrokerUnavailable, InvalidInput, openBroker, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { DatabaseSync } from "node:sqlite";

async function withFolder(run: (path: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "umbel_sqlite_" });
  try {
    await run(`${dir}/umbel.db`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("sqlite() refuses what is no path and options that are none", () => {
  assertThrows(() => sqlite(""), InvalidInput, "path");
  assertThrows(() => sqlite("x.db", { synchronous: "off" as "full" }), InvalidInput, "off");
  assertThrows(() => sqlite("x.db", { busyTimeout: -1 }), InvalidInput, "busyTimeout");
  assertThrows(() => sqlite("x.db", { busyTimout: 1 } as never), InvalidInput, "did you mean busyTimeout?");
});

Deno.test("openBroker() opens sqlite: URLs once the module is imported", async () => {
  await withFolder(async (path) => {
    await using broker = openBroker(`sqlite:${path}`)("shop");
    assertStringIncludes(broker.name, path);
    assertEquals(await broker.inspector.queues(), []);
  });
});

Deno.test("SqliteBroker keeps the apps of one file apart, and their messages when it is closed", async () => {
  await withFolder(async (path) => {
    for (const name of ["shop", "blog"]) {
      await using app = new Umbel(name, { broker: sqlite(path) });
      await app.sendTask("greet", [name]);
    }
    for (const name of ["shop", "blog"]) {
      await using app = new Umbel(name, { broker: sqlite(path) });
      const greeted: string[] = [];
      app.task("greet", (who: string) => void greeted.push(who));
      await new Worker(app).drain({ seconds: 60 });
      assertEquals(greeted, [name]);
    }
  });
});

Deno.test("SqliteBroker tells apps apart whose names differ in case only, or begin like SQLite's own", async () => {
  await withFolder(async (path) => {
    for (const name of ["Shop", "shop", "SHOP", "sqlite_shop"]) {
      await using app = new Umbel(name, { broker: sqlite(path) });
      assertEquals(await app.broker.inspector.queues(), []);
      await app.sendTask("greet");
    }
  });
});

Deno.test("SqliteBroker tells no app of another one's tasks", async () => {
  await withFolder(async (path) => {
    const message = { id: "same", task: "t", args: [], queue: "default", priority: 5, sentAt: 1, retries: 0 };
    const clock = new ManualClock();
    await using mine = sqlite(path)("mine", clock);
    await using other = sqlite(path)("other", new ManualClock(1));
    await mine.publish([message]);
    await other.publish([message]);
    const stop = new AbortController();
    const signals = mine.watch([{ task: "same" }], { signal: stop.signal })[Symbol.asyncIterator]();
    const heard = signals.next();
    assertEquals(await other.control.revoke(["same"]), ["revoked"]);
    assertEquals(await mine.control.revoke(["same"]), ["revoked"]);
    const { value: first } = await heard;
    assertEquals(first.kind === "ended" && first.record?.finishedAt, clock.now());
    stop.abort();
    assertEquals(await signals.next(), { done: true, value: undefined });
  });
});

Deno.test("SqliteBroker refuses the name of a queue in words that SQLite might use", async () => {
  await using broker = sqlite(":memory:")("shop");
  await assertRejects(() => broker.control.purge("locked database"), InvalidInput, "queue must be");
});

Deno.test("SqliteBroker removes records as fast as they come, 1,000 with each verb", async () => {
  await withFolder(async (path) => {
    const clock = new ManualClock();
    await using broker = sqlite(path)("shop", clock);
    const sentAt = clock.now();
    const messages = Array.from({ length: 5000 }, (_, n) => ({
      id: `task${n}`,
      task: "t",
      args: [],
      queue: "default",
      priority: 5,
      sentAt,
      retries: 0,
    }));
    await broker.publish(messages);
    assertEquals(await broker.control.purge("default"), 5000);
    await clock.advance({ days: 1, seconds: 1 });
    for (let verbs = 0; verbs < 6; verbs++) await broker.publish([]);
    const database = new DatabaseSync(path);
    const count = database.prepare('SELECT count(*) AS count FROM "umbel:shop:records"').get() as { count: number };
    database.close();
    assertEquals(count.count, 0);
  });
});

Deno.test("SqliteBroker releases what is due in the order of its time, at most 500 in a turn", async () => {
  const clock = new ManualClock();
  await using broker = sqlite(":memory:")("shop", clock);
  const now = clock.now();
  const delayed = (n: number, eta: number) => ({
    id: `t${n}`,
    task: "t",
    args: [],
    queue: "default",
    priority: 5,
    sentAt: now,
    retries: 0,
    eta,
  });
  // The last one sent is the first one due.
  await broker.publish(Array.from({ length: 1200 }, (_, n) => delayed(n, now + 5000 - n)));
  await clock.advance("10s");
  const turn = { worker: "w", queues: ["default"], settlements: [], reports: [], lease: 1000, park: false };
  const reply = await broker.exchange({ ...turn, number: 1, limit: 3, holds: [], leave: false });
  assertEquals(reply.deliveries.map(({ message }) => message.id), ["t1199", "t1198", "t1197"]);
  assertEquals([reply.more, reply.wakeAt], [true, undefined]);
  assertEquals(await broker.inspector.queues(), [{ name: "default", waiting: 1197, delayed: 0, paused: false }]);
});

Deno.test("SqliteBroker says that the database is locked, or is none, or was written by a later version", async () => {
  await withFolder(async (path) => {
    await using app = new Umbel("shop", { broker: sqlite(path, { busyTimeout: "10ms" }) });
    await app.sendTask("add");
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    await assertRejects(() => app.sendTask("add"), BrokerUnavailable, "locked");
    other.exec("ROLLBACK");
    await app.sendTask("add");
    other.exec("PRAGMA user_version = 99");
    assertThrows(() => sqlite(path)("shop"), BrokerRefused, "later version");
    other.close();
    await Deno.writeTextFile(`${path}.txt`, "this is no database, and long enough to be seen as none".repeat(50));
    assertThrows(() => sqlite(`${path}.txt`)("shop"), BrokerRefused, "not a database");
  });
});

Deno.test("SqliteBroker wakes a worker in another process, and loses nothing when that is killed with -9", async () => {
  await withFolder(async (path) => {
    await using app = new Umbel("chaos", { broker: sqlite(path), config: { lease: "3s" } });
    const spawn = () =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", new URL("./worker.ts", import.meta.url).pathname, path],
        stdout: "piped",
      }).spawn();
    const first = spawn();
    const reader = first.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let said = "";
    const hear = async (word: string) => {
      while (!said.includes(word)) said += (await reader.read()).value;
    };
    await hear("ready");
    // It sleeps until the file changes.
    assertEquals(await (await app.sendTask("echo", ["hello"])).get({ timeout: "10m" }), "hello");
    const hanging = await app.sendTask("hang", []);
    await hear("hangs");
    first.kill("SIGKILL");
    await first.status;
    await reader.cancel();
    const deaths: number[] = [];
    app.task("hang", { bind: true }, (self) => void deaths.push(self.deaths));
    const worker = new Worker(app);
    const running = worker.run();
    await hanging.get({ timeout: "10m" });
    assertEquals(deaths, [1]);
    await worker.stop();
    await running;
  });
});
