import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { brokerTest } from "../brokers.ts";
import { shop, umbel } from "../process.ts";

brokerTest("waiting lists what waits, change and promote say what became of each task", async ({ env }) => {
  for (const [id, ...more] of [["one"], ["two", "--countdown", "1d"], ["three", "--priority", "1"]]) {
    await umbel(["call", "add", "-A", shop, "--args", "[1,2]", "--id", id!, ...more], { env });
  }
  const changed = await umbel(["change", "three", "nobody", "-A", shop, "--priority", "9", "--args", "[3,4]"], { env });
  assertEquals([changed.code, changed.stdout], [3, "three changed\nnobody unknown\n"]);
  const listed = await umbel(["waiting", "-A", shop], { env });
  assertMatch(listed.stdout, /^three +add +default +9 +QUEUED\none +add +default +5 +QUEUED\ntwo +add .* SCHEDULED /m);
  const part = await umbel(["waiting", "--app", "shop", "--limit", "1", "--json"], { env });
  const { tasks: [first], cursor } = JSON.parse(part.stdout);
  assertEquals([first.id, first.priority, first.args, first.state], ["three", 9, [3, 4], "QUEUED"]);
  const rest = await umbel(["waiting", "-A", shop, "--cursor", cursor, "--state", "scheduled", "--json"], { env });
  assertEquals(JSON.parse(rest.stdout).tasks.map(({ id }: { id: string }) => id), ["two"]);
  const promoted = await umbel(["promote", "two", "-A", shop], { env });
  assertEquals([promoted.code, promoted.stdout], [0, "two changed\n"]);
  await umbel(["worker", "-A", shop, "--drain", "--seconds", "30"], { env });
  assertEquals((await umbel(["result", "three", "-A", shop], { env })).stdout, "7\n");
  const ended = await umbel(["change", "two", "-A", shop, "--priority", "9"], { env });
  assertEquals([ended.code, ended.stdout], [77, "two ended\n"]);
  const none = await umbel(["waiting", "-A", shop], { env });
  assertStringIncludes(none.stderr, "no such task waits");
});

brokerTest("change, promote and waiting say what is wrong", async ({ env }) => {
  for (
    const [args, said] of [
      [["change", "-A", shop], "change needs an id"],
      [["promote", "-A", shop], "promote needs an id"],
      [["change", "x", "-A", shop], "must say"],
      [["change", "x", "-A", shop, "--priority", "10"], "priority"],
      [["change", "x", "-A", shop, "--args", "1"], "args"],
      [["waiting", "-A", shop, "--state", "GONE"], "GONE"],
      [["waiting", "-A", shop, "--cursor", "x"], "cursor"],
      [["waiting", "-A", shop, "--limit", "0"], "limit"],
    ] as const
  ) {
    const refused = await umbel([...args], { env });
    assertEquals(refused.code, 2);
    assertStringIncludes(refused.stderr, said);
  }
});
