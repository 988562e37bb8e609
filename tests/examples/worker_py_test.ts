import { assertEquals, assertMatch } from "@std/assert";
import { sqlite } from "@umbel/umbel/sqlite";
import { serve, tokenLine } from "../brokers/http/served.ts";
import { startProgram } from "./program.ts";

Deno.test("examples/worker.py takes tasks over HTTP, runs and settles them, and leaves when it is told to", async () => {
  await using served = serve("shop", sqlite(":memory:"), {
    tokens: [await tokenLine("python", "t0k3n", "work:text")],
    setUp(app) {
      const queue = "text";
      app.task("count_words", { queue, retry: { max: 1 }, retryDelay: "1ms" }, () => {});
      app.task("fetch_page", { queue, maxRetries: 0 }, () => {});
      app.task("elsewhere", () => {});
    },
  });
  const { app } = served;
  await using program = startProgram("python3", ["examples/worker.py", served.url, "t0k3n"]);
  await program.says(/takes count_words, fetch_page/);
  const other = await app.sendTask("elsewhere", []);

  const counted = await app.sendTask("count_words", ["one, two, 三"]);
  assertEquals(await counted.get({ timeout: "10m" }), 3);
  const { state, worker } = (await counted.record())!;
  assertEquals(state, "SUCCESS");
  assertMatch(worker!, /^python\+python@.*~[0-9a-f]{8}$/);

  // Its error is told with its class, and the task's options say that it is tried again: once.
  const failing = await app.sendTask("count_words", [5]);
  const failed = await failing.wait({ timeout: "10m" });
  assertEquals([failed.state, failed.retries, failed.attempts?.length], ["FAILURE", 1, 2]);
  assertEquals([failed.error?.type, failed.error?.message], [
    "AttributeError",
    "'int' object has no attribute 'split'",
  ]);
  assertMatch(failed.error!.stack!, /worker\.py/);

  // It asks for a retry, and none is left.
  const fetched = await (await app.sendTask("fetch_page", ["http://127.0.0.1:9/"])).wait({ timeout: "10m" });
  assertEquals(fetched.state, "FAILURE");
  assertMatch(fetched.error!.message, /Connection refused/);

  program.kill("SIGTERM");
  assertEquals(await program.ended, 0, program.output);
  assertEquals(await app.broker.inspector.workers(), []);
  assertEquals((await other.record())!.state, "QUEUED");
});
