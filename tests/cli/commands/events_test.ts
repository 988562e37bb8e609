import { assertEquals, assertMatch } from "@std/assert";
import { brokerTest } from "../brokers.ts";
import { Process, shop, umbel } from "../process.ts";

brokerTest("events, top and history show what happened", async (place) => {
  const env = { ...place.env, UMBEL_EVENTS: "all", UMBEL_HISTORY: "true" };
  await using watching = new Process(["events", "-A", shop, "--from", "1m"], { env });
  await using worker = new Process(["worker", "-A", shop, "-n", "w1"], { env });
  await worker.said(/takes from/);
  const { stdout: id } = await umbel(["call", "add", "-A", shop, "-a", "[1, 2]"], { env });
  await watching.printed(new RegExp(`task-succeeded +add ${id.trim()} queue=default worker=w1~\\w+ runtime=`));
  const picture = (await umbel(["top", "-A", shop], { env })).stdout;
  assertMatch(picture, /^LAST MINUTE +SENT +DONE +FAILED +RETRIED +SECONDS EACH\nadd +1 +1 +0 +0 +\d\.\d+$/m);
  assertMatch(picture, /^w1~\w+ +online/m);
  watching.kill("SIGTERM");
  assertEquals((await watching.end()).code, 0);

  const { stdout } = await umbel(["events", "-A", shop, "-f", "5m", "--once", "--json", "--type", "task-sent"], {
    env,
  });
  const event = JSON.parse(stdout);
  assertEquals([event.id, event.task, event.queue], [id.trim(), "add", "default"]);
  assertMatch(event.at, /^\d{4}-\d\d-\d\dT/);

  const table = (await umbel(["history", "-A", shop], { env })).stdout;
  assertMatch(table, /^FROM +QUEUE +TASK.*\n\S+ +default +add +1 +0 +0 +0 +≤\S+ +≤\S+$/m);
});

brokerTest("events and history refuse what they do not know", async ({ env }) => {
  const events = await umbel(["events", "--app", "shop", "--type", "task-fail"], { env });
  assertMatch(events.stderr, /Did you mean task-failed\?/);
  const history = await umbel(["history", "--app", "shop", "--step", "day"], { env });
  assertMatch(history.stderr, /step must be "minute" or "hour"/);
  assertMatch(
    (await umbel(["history", "--app", "shop"], { env })).stderr,
    /is its setting history on \(UMBEL_HISTORY=true\)\?/,
  );
  assertMatch((await umbel(["events", "--app", "shop", "--once"], { env })).stderr, /app shop keeps no events/);
});
