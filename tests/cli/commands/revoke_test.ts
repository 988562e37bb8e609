import { assertEquals, assertStringIncludes } from "@std/assert";
import { brokerTest } from "../brokers.ts";
import { makeFolder, shop, umbel } from "../process.ts";

brokerTest("revoke says what became of each task", async ({ env }) => {
  await umbel(["call", "add", "-A", shop, "--id", "one"], { env });
  const revoked = await umbel(["revoke", "one", "nobody", "-A", shop, "--terminate", "--tree"], { env });
  assertEquals([revoked.code, revoked.stdout], [3, "one revoked\nnobody unknown\n"]);
  assertEquals((await umbel(["result", "one", "-A", shop], { env })).code, 1);
  assertEquals((await umbel(["revoke", "one", "--app", "shop"], { env })).code, 0);
});

brokerTest("revoke takes a filter, and asks first", async ({ env }) => {
  for (const queue of ["mail", "slow"]) await umbel(["call", "add", "-A", shop, "--queue", queue], { env });
  const filter = ["revoke", "-A", shop, "--task", "add", "--queue", "slow", "--state", "QUEUED"];
  const asks = await umbel(filter, { env });
  assertEquals(asks.code, 2);
  assertStringIncludes(asks.stderr, "use --yes");
  const revoked = await umbel([...filter, "--yes"], { env });
  assertEquals([revoked.code, revoked.stderr], [0, "umbel: 1 task was revoked\n"]);
  assertEquals((await umbel([...filter, "--yes"], { env })).stderr, "umbel: 0 tasks were revoked\n");
});

Deno.test("revoke refuses to guess which tasks are meant", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  const refused: [args: string[], said: string][] = [
    [[], "Say which tasks"],
    [["one", "--task", "add"], "Say which tasks"],
    [["--state", "SUCCESS", "--yes"], "state must be one of"],
    [["--older-than", "soon", "--yes"], "olderThan"],
  ];
  for (const [args, said] of refused) {
    const { code, stderr } = await umbel(["revoke", ...args, "-A", shop], { env });
    assertEquals([args, code], [args, 2]);
    assertStringIncludes(stderr, said);
  }
});
