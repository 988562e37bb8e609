import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { brokerTest } from "../brokers.ts";
import { makeFolder, Process, shop, umbel } from "../process.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\n$/;

brokerTest("call prints the id; with --wait the result as JSON", async ({ env }) => {
  const sent = await umbel(["call", "add", "-A", shop, "--args", "[1, 2]"], { env });
  assertEquals([sent.code, sent.stderr], [0, ""]);
  assertMatch(sent.stdout, uuid);
  await using worker = new Process(["worker", "-A", shop, "-l", "error"], { env });
  const waited = await umbel(["call", "add", "-A", shop, "--args", "[2, 3]", "--wait"], { env });
  assertEquals(waited, { code: 0, stdout: "5\n", stderr: "" });
  const failed = await umbel(["call", "fail", "-A", shop, "--wait"], { env });
  assertEquals([failed.code, failed.stdout], [1, ""]);
  assertMatch(failed.stderr, /^umbel: Task \S+ failed: TypeError: no good\n$/);
  worker.kill("SIGTERM");
  assertEquals((await worker.end()).code, 0);
});

brokerTest("call --id adds nothing when there is a task of that id", async ({ env }) => {
  const call = ["call", "add", "-A", shop, "--args", "[1, 2]", "--id", "sum-1"];
  assertEquals(await umbel(call, { env }), { code: 0, stdout: "sum-1\n", stderr: "" });
  const again = await umbel(call, { env });
  assertEquals([again.code, again.stdout], [0, "sum-1\n"]);
  assertStringIncludes(again.stderr, "a task of id sum-1 is there already: nothing was added");
});

brokerTest("call --idempotency-key prints the id that the first call printed", async ({ env }) => {
  const call = ["call", "add", "-A", shop, "--idempotency-key", "order 7", "--args"];
  const first = await umbel([...call, "[1, 2]"], { env });
  assertEquals([first.code, first.stderr], [0, ""]);
  assertEquals(await umbel([...call, "[1, 2]"], { env }), first);
  const other = await umbel([...call, "[1, 3]"], { env });
  assertEquals([other.code, other.stdout], [2, ""]);
  assertStringIncludes(other.stderr, "under the same idempotency key");
});

Deno.test("call --wait --timeout exits 75 when the task has not ended in time", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  const { code, stderr } = await umbel(["call", "add", "-A", shop, "-w", "--timeout", "10ms"], { env });
  assertEquals(code, 75);
  assertMatch(stderr, /^umbel: Task \S+ has not ended within 10ms\n$/);
});

Deno.test("call sends by name to an app whose code is elsewhere, with every option", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  const options = "--id m1 --countdown 1h --expires 2h --queue mail --priority 9 --max-retries 2 --time-limit 30 " +
    "--soft-time-limit 20s --broker";
  const call = ["call", "send mail", "--app", "shop", "--args", '["ada@example.org"]', "--headers", '{"trace": "t"}'];
  const sent = await umbel([...call, ...options.split(" "), env.UMBEL_BROKER]);
  assertEquals(sent, { code: 0, stdout: "m1\n", stderr: "" });
  const { task, queue, state } = JSON.parse(
    (await umbel(["result", "m1", "--app", "shop", "--json"], { env })).stdout,
  );
  assertEquals({ task, queue, state }, { task: "send mail", queue: "mail", state: "SCHEDULED" });
});

Deno.test("call --callback is refused by an app that allows no host", async () => {
  const callback = ["--callback", "https://shop.example/done"];
  const { code, stderr } = await umbel(["call", "add", "-A", shop, "--broker", "sqlite::memory:", ...callback]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "callback goes to no host: name some by the app's option callbacks.hosts");
});

Deno.test("call without any broker uses ./umbel.db, and says so", async () => {
  await using folder = await makeFolder();
  const { code, stderr } = await umbel(["call", "add", "-A", shop, "-a", "[1, 2]"], { cwd: folder.path });
  assertEquals(code, 0);
  assertMatch(stderr, /^umbel: no broker is named \(.*\): using sqlite:\.\/umbel\.db\n$/);
  assertEquals((await Deno.stat(`${folder.path}/umbel.db`)).isFile, true);
});

Deno.test("call takes the default export before any other app of the file", async () => {
  await using folder = await makeFolder();
  const text = `import { Umbel } from "@umbel/umbel";
    export const other = new Umbel("other");
    export default new Umbel("shop");`;
  await Deno.writeTextFile(`${folder.path}/apps.ts`, text);
  const options = { cwd: folder.path, env: { UMBEL_BROKER: "sqlite:./umbel.db" } };
  assertEquals((await umbel(["call", "add", "-A", "apps.ts", "--id", "one"], options)).code, 0);
  assertEquals((await umbel(["result", "one", "--app", "shop"], options)).code, 75);
  assertEquals((await umbel(["result", "one", "--app", "other"], options)).code, 3);
});

Deno.test("call takes the broker that the app's file gives, unless --broker names another", async () => {
  await using folder = await makeFolder();
  const text = `import { Umbel } from "@umbel/umbel";
    import { sqlite } from "@umbel/umbel/sqlite";
    export const app = new Umbel("shop", { broker: sqlite("./own.db") });`;
  await Deno.writeTextFile(`${folder.path}/shop.ts`, text);
  const options = { cwd: folder.path, env: { UMBEL_BROKER: "sqlite:./environment.db" } };
  await umbel(["call", "add", "-A", "shop.ts", "--id", "one"], options);
  await umbel(["call", "add", "-A", "shop.ts", "--id", "two", "-b", "sqlite:./named.db"], options);
  const files = [...Deno.readDirSync(folder.path)].map(({ name }) => name).filter((name) => name.endsWith(".db"));
  assertEquals(files.sort(), ["named.db", "own.db"]);
});
