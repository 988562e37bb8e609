import { assertEquals, assertStringIncludes } from "@std/assert";
import { brokerTest } from "./brokers.ts";
import { shop, umbel } from "./process.ts";

brokerTest("revoke says what became of each task", async ({ env }) => {
  await umbel(["call", "add", "-A", shop, "--id", "one"], { env });
  const revoked = await umbel(["revoke", "one", "nobody", "-A", shop, "--terminate", "--tree"], { env });
  assertEquals([revoked.code, revoked.stdout], [3, "one revoked\nnobody unknown\n"]);
  assertEquals((await umbel(["result", "one", "-A", shop], { env })).code, 1);
  assertEquals((await umbel(["revoke", "one", "--app", "shop"], { env })).code, 0);
  const none = await umbel(["revoke", "-A", shop], { env });
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, "revoke needs an id");
});
