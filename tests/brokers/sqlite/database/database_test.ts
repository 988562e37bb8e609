import { assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { BrokerRefused, BrokerUnavailable, InvalidInput } from "@umbel/umbel";
import { openDatabase, transaction, translate } from "../../../../src/brokers/sqlite/database/database.ts";

Deno.test("transaction() says that the disk is full, changes nothing, and goes on when there is room again", () => {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE things (text TEXT); PRAGMA max_page_count = 10");
  const fill = () => {
    for (let n = 0; n < 100; n++) database.exec("INSERT INTO things VALUES (zeroblob(4096))");
  };
  const error = assertThrows(() => translate(() => transaction(database, "BEGIN IMMEDIATE", fill)), BrokerRefused);
  assertEquals(/full/.test(error.message), true, error.message);
  assertEquals(error.cause instanceof Error, true);
  database.exec("PRAGMA max_page_count = 1000");
  assertEquals({ ...database.prepare("SELECT count(*) AS count FROM things").get() }, { count: 0 });
  transaction(database, "BEGIN IMMEDIATE", fill);
  database.close();
});

Deno.test("translate() leaves errors alone that are not SQLite's, whatever their words", () => {
  const error = new InvalidInput("queue", 'queue must not be "locked database on disk"');
  assertEquals(
    assertThrows(() =>
      translate(() => {
        throw error;
      })
    ),
    error,
  );
});

Deno.test("openDatabase() gives up a file that stays locked", async () => {
  const dir = await Deno.makeTempDir({ prefix: "umbel_sqlite_" });
  const path = `${dir}/umbel.db`;
  const other = new DatabaseSync(path);
  other.exec("CREATE TABLE things (text TEXT); BEGIN EXCLUSIVE");
  assertThrows(
    () => openDatabase({ app: "shop", path, busyTimeout: 100, synchronous: "normal" }),
    BrokerUnavailable,
    "locked",
  );
  other.close();
  await Deno.remove(dir, { recursive: true });
});

Deno.test("openDatabase() makes a new file with several processes at once", async () => {
  const dir = await Deno.makeTempDir({ prefix: "umbel_sqlite_" });
  const script = new URL("../opener.ts", import.meta.url).pathname;
  for (let round = 0; round < 3; round++) {
    const at = String(Date.now() + 500);
    const outputs = await Promise.all(
      Array.from(
        { length: 4 },
        () => new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, `${dir}/${round}.db`, at] }).output(),
      ),
    );
    const decoder = new TextDecoder();
    assertEquals(
      outputs.map(({ stdout, stderr }) => decoder.decode(stdout) + decoder.decode(stderr)),
      ["opened\n", "opened\n", "opened\n", "opened\n"],
    );
  }
  await Deno.remove(dir, { recursive: true });
});
