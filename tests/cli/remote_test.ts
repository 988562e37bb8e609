import { assertEquals, assertMatch } from "@std/assert";
import { sqlite } from "@umbel/umbel/sqlite";
import { serve, tokenLine } from "../brokers/http/served.ts";
import { until } from "../until.ts";
import { Process, shop, umbel } from "./process.ts";

Deno.test("worker and call work over an exchange, each with a token of its own", async () => {
  await using served = serve("shop", sqlite(":memory:"), {
    tokens: [await tokenLine("hands", "w0rk", "work"), await tokenLine("sender", "s3nd", "send read")],
  });
  const broker = `umbel+${served.url}`;
  await using worker = new Process(["worker", "-A", shop, "-n", "w1"], {
    env: { UMBEL_BROKER: broker, UMBEL_TOKEN: "w0rk" },
  });
  await worker.said(/takes from default/);
  await until(async () => (await served.app.broker.inspector.workers()).length > 0);
  assertMatch((await served.app.broker.inspector.workers())[0]!.name, /^hands\+w1~/);
  const withToken = broker.replace("://", "://:s3nd@");
  const call = ["call", "add", "-A", shop, "--broker", withToken, "--args", "[1, 2]", "--wait"];
  const { code, stdout, stderr } = await umbel(call);
  assertEquals([code, stdout], [0, "3\n"], stderr);
  worker.kill("SIGTERM");
  assertEquals((await worker.end()).code, 0);
});
