import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { brokerTest } from "../brokers.ts";
import { makeFolder, shop, umbel } from "../process.ts";

brokerTest("purge -f revokes what waits in the queues named, and status shows what is left", async ({ env }) => {
  const send = async (...args: string[]) => await umbel(["call", "add", "-A", shop, ...args], { env });
  await send("--queue", "sums", "--id", "one");
  await send("--queue", "sums", "--countdown", "1h");
  await send("--queue", "mail");
  const purged = await umbel(["purge", "-A", shop, "-Q", "sums,empty", "-f"], { env });
  assertEquals([purged.code, purged.stderr], [0, ""]);
  assertMatch(purged.stdout, /^QUEUE {2}REVOKED\nsums +2\n$/);
  assertEquals((await umbel(["result", "one", "-A", shop], { env })).code, 1);

  const status = await umbel(["status", "--app", "shop"], { env });
  assertMatch(status.stdout, /^App shop, broker (sqlite|redis) /);
  assertEquals(
    status.stdout.split("\n").slice(1).join("\n"),
    [
      "",
      "QUEUE  WAITING  DELAYED  STATE",
      "mail         1        0  open",
      "",
      "No worker is here",
      "",
    ].join("\n"),
  );
  const json = JSON.parse((await umbel(["status", "--app", "shop", "--json"], { env })).stdout);
  assertEquals([json.app, json.workers], ["shop", []]);
  assertEquals(json.queues, [{ name: "mail", waiting: 1, delayed: 0, paused: false }]);

  assertEquals((await umbel(["purge", "--app", "shop", "-f"], { env })).code, 0);
  const nothing = await umbel(["purge", "--app", "shop", "-f"], { env });
  assertEquals([nothing.code, nothing.stdout], [0, ""]);
  assertStringIncludes(nothing.stderr, "nothing waits in any queue of app shop");
});

Deno.test("purge without -f is refused where nobody can answer", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  await umbel(["call", "add", "-A", shop], { env });
  const { code, stderr } = await umbel(["purge", "-A", shop], { env });
  assertEquals(code, 2);
  assertStringIncludes(stderr, "use -f");
  assertMatch((await umbel(["status", "-A", shop], { env })).stdout, /^default +1 +0 +open$/m);
});
