import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { serveRest, spawnRedis } from "@umbel/umbel/rest";
import { freePort } from "../../../src/rest/free_port.ts";
import { redisTest } from "../../redis.ts";
import { brokerTest } from "../brokers.ts";
import { makeFolder, Process, shop, umbel } from "../process.ts";

brokerTest("worker runs what is sent; SIGTERM lets it finish what runs, and it exits 0", async ({ env, folder }) => {
  await using worker = new Process(["worker", "-A", shop, "-n", "w1@%h"], { env });
  await worker.said(/takes from default/);
  const call = ["call", "wait_for_file", "-A", shop, "--args", JSON.stringify([`${folder}/found`])];
  const id = (await umbel(call, { env })).stdout.trim();
  await worker.said(/^wait_for_file runs/m);
  worker.kill("SIGTERM");
  await worker.said(/SIGTERM: what runs is finished first/);
  await Deno.writeTextFile(`${folder}/found`, "");
  const { code, stdout, stderr } = await worker.end();
  assertEquals(code, 0);
  assertMatch(stdout, /^w1@\S+, umbel \d+\.\d+\.\d+$/m);
  assertMatch(
    stdout,
    /^ {2}app: +shop\n {2}broker: +(sqlite|redis) .*\n {2}concurrency: 10\n {2}pool: +async\n {2}queues: +default$/m,
  );
  assertMatch(stdout, /^ {2}tasks:\n {4}add\n {4}chat\n {4}fail\n {4}forever\n {4}hang\n {4}wait_for_file$/m);
  assertMatch(stderr, new RegExp(`INFO/w1@\\S+\\] Task wait_for_file\\[${id}\\] succeeded in .*: "found"`));
  assertEquals((await umbel(["result", id, "-A", shop], { env })).stdout, '"found"\n');
});

brokerTest("worker hands back what does not end within --grace, and exits 0", async ({ env }) => {
  await umbel(["call", "forever", "-A", shop], { env });
  await using worker = new Process(["worker", "-A", shop, "--grace", "100ms"], { env });
  await worker.said(/^forever runs/m);
  worker.kill("SIGINT");
  const { code, stderr } = await worker.end();
  assertEquals(code, 0);
  assertStringIncludes(stderr, "forever was aborted: worker_stopped");
  assertMatch((await umbel(["status", "-A", shop], { env })).stdout, /^default +1 +0 +open$/m);
});

brokerTest("worker stops at once at the second SIGINT, and exits 130", async ({ env }) => {
  await umbel(["call", "forever", "-A", shop], { env });
  await using worker = new Process(["worker", "-A", shop, "--grace", "1h"], { env });
  await worker.said(/^forever runs/m);
  worker.kill("SIGINT");
  await worker.said(/SIGINT: what runs is finished first; Ctrl-C stops at once/);
  worker.kill("SIGINT");
  const { code, stderr } = await worker.end();
  assertEquals(code, 130);
  assertStringIncludes(stderr, "SIGINT again");
  assertMatch((await umbel(["status", "-A", shop], { env })).stdout, /^default +1 +0 +open$/m);
});

brokerTest("worker outlives what a handler left behind that nobody catches, and says whose it is", async ({ env }) => {
  const stray = new URL("../stray.ts", import.meta.url).pathname;
  const send = async (task: string) => (await umbel(["call", task, "-A", stray], { env })).stdout.trim();
  await using worker = new Process(["worker", "-A", stray], { env });
  await worker.said(/takes from default/);
  const first = await send("stray");
  await worker.said(new RegExp(`stray\\[${first}\\]: Nobody caught .*: TypeError: nobody waits for this`));
  await worker.said(new RegExp(`stray\\[${first}\\]: Nobody caught .*: RangeError: nor for this`));
  const second = await send("sends");
  await worker.said(new RegExp(`sends\\[${second}\\]: Nobody caught .*: InvalidInput: `));
  for (const id of [first, second]) assertEquals((await umbel(["result", id, "-A", stray], { env })).code, 0);
  // A timer does not say whose it is.
  await send("late");
  const { code, stderr } = await worker.end();
  assertEquals(code, 1);
  assertStringIncludes(stderr, "out of context");
});

Deno.test("worker leaves out the queues of -X, and refuses an order that is none", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  const args = ["worker", "-A", shop, "-Q", "sums,default", "--drain", "--queue-order"];
  const { code, stdout } = await umbel([...args, "strict", "-X", "default"], { env });
  assertEquals(code, 0);
  assertMatch(stdout, /^ {2}queues: +sums$/m);
  const refused = await umbel([...args, "any"], { env });
  assertEquals(refused.code, 2);
  assertStringIncludes(refused.stderr, "queueOrder must be turns, strict or weights");
  assertEquals((await umbel([...args, "sums=3,default=1"], { env })).code, 0);
  const stray = await umbel([...args, "sums=3,mail=1"], { env });
  assertStringIncludes(stray.stderr, "queueOrder.mail has a weight, and is none of the queues sums, default");
});

Deno.test("worker heeds a second SIGTERM no more than the first", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  await umbel(["call", "wait_for_file", "-A", shop, "-a", JSON.stringify([`${folder.path}/found`])], { env });
  await using worker = new Process(["worker", "-A", shop, "--grace", "1h"], { env });
  await worker.said(/^wait_for_file runs/m);
  worker.kill("SIGTERM");
  await worker.said(/SIGTERM: what runs/);
  worker.kill("SIGTERM");
  await Deno.writeTextFile(`${folder.path}/found`, "");
  const { code, stderr } = await worker.end();
  assertEquals(code, 0);
  assertStringIncludes(stderr, "succeeded");
});

Deno.test("worker --drain works until nothing is left; --log json says it as objects", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  for (let n = 0; n < 3; n++) await umbel(["call", "add", "-A", shop, "-a", `[${n}, 1]`, "-q", "sums"], { env });
  const args = ["worker", "-A", shop, "-Q", "sums,default", "-c", "2", "--drain", "--seconds", "20", "--log", "json"];
  const { code, stdout, stderr } = await umbel(args, { env });
  assertEquals([code, stdout], [0, ""]);
  const lines = stderr.trim().split("\n").map((line) => JSON.parse(line));
  for (const { time, level, worker } of lines) {
    assertMatch(time, /^\d{4}-\d\d-\d\dT/);
    assertMatch(worker, /^worker@/);
    assertEquals(level, "info");
  }
  const { app, concurrency, queues, tasks } = lines[0];
  assertEquals({ app, concurrency, queues }, { app: "shop", concurrency: 2, queues: ["sums", "default"] });
  assertEquals(tasks, ["add", "chat", "fail", "forever", "hang", "wait_for_file"]);
  assertEquals(lines.filter(({ message }) => / succeeded in /.test(message)).length, 3);
  assertEquals(lines.at(-1).done, 3);
});

Deno.test("worker -l warning is silent about what goes as it should", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  await umbel(["call", "add", "-A", shop, "-a", "[1, 2]"], { env });
  const { code, stdout, stderr } = await umbel(["worker", "-A", shop, "--drain", "-l", "warning"], { env });
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
});

redisTest("worker says that the broker is away, tries on, and works when it is there", async () => {
  const redis = await spawnRedis({ appendonly: false });
  await using _ = redis;
  const port = freePort();
  const env = { UPSTASH_REDIS_REST_URL: `http://127.0.0.1:${port}`, UPSTASH_REDIS_REST_TOKEN: "secret" };
  await using worker = new Process(["worker", "-A", shop], { env });
  await worker.said(/WARNING.*The broker gave no answer to .*; trying on/);
  await using _rest = await serveRest({ redis: redis.url, port, token: "secret" });
  const { code, stdout } = await umbel(["call", "add", "-A", shop, "-a", "[1, 2]", "--wait"], { env });
  assertEquals([code, stdout], [0, "3\n"]);
  worker.kill("SIGTERM");
  assertEquals((await worker.end()).code, 0);
});

redisTest("worker ends at once when the broker refuses its token, and exits 77", async () => {
  await using redis = await spawnRedis({ appendonly: false });
  await using rest = await serveRest({ redis: redis.url, port: 0, token: "secret" });
  const { code, stderr } = await umbel(["worker", "-A", shop], {
    env: { UPSTASH_REDIS_REST_URL: rest.url, UPSTASH_REDIS_REST_TOKEN: "wrong" },
  });
  assertEquals(code, 77);
  assertMatch(stderr, /^umbel: The broker refused exchange: WRONGPASS/m);
});

Deno.test("worker --pool threads runs each task in a child, which opens the broker that the command line names", async () => {
  await using folder = await makeFolder();
  const url = `sqlite:${folder.path}/umbel.db`;
  for (let n = 0; n < 4; n++) await umbel(["call", "add", "-A", shop, "--broker", url, "-a", `[${n}, 1]`]);
  const args = ["worker", "-A", shop, "--broker", url, "--drain", "--pool", "threads", "-c", "2"];
  const { code, stdout, stderr } = await umbel([
    ...args,
    "--max-tasks-per-child",
    "2",
    "--max-memory-per-child",
    "1gb",
  ]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "pool:        threads");
  assertEquals(stderr.match(/ succeeded in /g)?.length, 4);

  assertStringIncludes(
    (await umbel(["worker", "-A", shop, "--broker", url, "--pool", "prefork"])).stderr,
    'must be async or threads, and it is "prefork": threads is what comes near',
  );
  const stray = await umbel(["worker", "-A", shop, "--broker", url, "--max-tasks-per-child", "2"]);
  assertStringIncludes(stray.stderr, "--max-tasks-per-child needs --pool threads");
});
