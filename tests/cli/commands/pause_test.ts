import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { brokerTest } from "../brokers.ts";
import { shop, umbel } from "../process.ts";

brokerTest("pause takes nothing from a queue any more, and resume does again", async ({ env }) => {
  const paused = await umbel(["pause", "-A", shop, "-Q", "default,mail"], { env });
  assertEquals([paused.code, paused.stdout], [0, ""]);
  assertStringIncludes(paused.stderr, "default, mail of app shop paused");
  await umbel(["call", "add", "-A", shop, "--args", "[1,2]", "--id", "one"], { env });
  const drain = ["worker", "-A", shop, "--drain", "--seconds", "30"];
  await umbel(drain, { env });
  assertMatch((await umbel(["status", "-A", shop], { env })).stdout, /^default +1 +0 +paused$/m);
  assertEquals((await umbel(["resume", "--app", "shop", "-Q", "default"], { env })).code, 0);
  await umbel(drain, { env });
  assertEquals((await umbel(["result", "one", "-A", shop], { env })).stdout, "3\n");
});

brokerTest("pause and resume refuse to do so without a queue, or with a name that is none", async ({ env }) => {
  for (const command of ["pause", "resume"]) {
    const none = await umbel([command, "-A", shop], { env });
    assertEquals(none.code, 2);
    assertStringIncludes(none.stderr, "-Q");
    const wrong = await umbel([command, "-A", shop, "-Q", "a b"], { env });
    assertEquals(wrong.code, 2);
    assertStringIncludes(wrong.stderr, '"a b"');
  }
});
