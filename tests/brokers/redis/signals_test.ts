/** Signals that nobody here has sent: of another version, or of anybody who can publish. */
import { assertEquals } from "@std/assert";
import { createLogger, Umbel, upstash, Worker } from "@umbel/umbel";
import { redisTest, startRest, type TestRest } from "../../redis.ts";
import { until } from "../../until.ts";

const garbage = [
  "",
  "?",
  "d\tno",
  "d\tno\t1\t2\t{",
  "m\t1 a {",
  "m\t99999999999999 a [",
  "r",
  "e\tid\t\t{",
  "u\t\t\t\t",
  "e\tid\t\tS 1 {",
];

/** Publishes garbage to all who listen, so that everybody has heard it. */
async function disturb(rest: TestRest): Promise<void> {
  const channels = await rest.command("PUBSUB", "CHANNELS") as string[];
  for (const channel of channels) for (const text of garbage) await rest.command("PUBLISH", channel, text);
}

redisTest("a signal that cannot be read does neither the worker harm nor whoever waits", async () => {
  await using rest = await startRest();
  await using app = new Umbel("shop", { broker: upstash({ url: rest.url, token: rest.token }), env: {} });
  const { promise, resolve } = Promise.withResolvers<string>();
  const held = app.task("held", () => promise);
  const lines: string[] = [];
  await using worker = new Worker(app, { log: createLogger({ level: "warning", write: (line) => lines.push(line) }) });
  void worker.run();
  const handle = await held.delay();
  const result = handle.get({ timeout: "10m" });
  await until(async () => worker.running === 1 && (await rest.command("PUBSUB", "CHANNELS") as string[]).length === 2);
  await disturb(rest);
  resolve("done");
  assertEquals(await result, "done");
  await disturb(rest);
  assertEquals((await app.inspect.ping({ timeout: "60s" })).map(({ ok }) => ok), [true]);
  assertEquals(lines, []);
});
