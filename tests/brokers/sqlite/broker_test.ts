import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { BrokerRefused, BrokerUnavailable, InvalidInput, openBroker, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
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
      await new Worker(app).drain({ seconds: 10 });
      assertEquals(greeted, [name]);
    }
  });
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
    await using app = new Umbel("chaos", { broker: sqlite(path), config: { lease: "1s" } });
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
    assertEquals(await (await app.sendTask("echo", ["hello"])).get({ timeout: "20s" }), "hello");
    const hanging = await app.sendTask("hang", []);
    await hear("hangs");
    first.kill("SIGKILL");
    await first.status;
    await reader.cancel();
    const deaths: number[] = [];
    app.task("hang", { bind: true }, (self) => void deaths.push(self.deaths));
    const worker = new Worker(app);
    const running = worker.run();
    await hanging.get({ timeout: "20s" });
    assertEquals(deaths, [1]);
    await worker.stop();
    await running;
  });
});
