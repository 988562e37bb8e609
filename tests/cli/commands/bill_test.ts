import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openBroker, Umbel } from "@umbel/umbel";
import "@umbel/umbel/sqlite";
import { brokerTest } from "../brokers.ts";
import { shop, umbel } from "../process.ts";

brokerTest("bill shows what was billed by day", async ({ url, env }) => {
  // So many that what the worker was billed is added for certain: of few commands only some processes tell.
  await using sender = new Umbel("shop", { broker: openBroker(url) });
  await sender.sendMany(Array.from({ length: 1000 }, () => ["add", [1, 2]] as const));
  const worked = await umbel(["worker", "-A", shop, "--drain", "--seconds", "60"], {
    env: { ...env, UMBEL_HISTORY: "true" },
  });
  assertEquals(worked.code, 0);
  const shown = await umbel(["bill", "-A", shop, "--days", "2"], { env });
  const told = JSON.parse((await umbel(["bill", "-A", shop, "--days", "2", "--price", "1", "--json"], { env })).stdout);
  if (told.isMetered) {
    assertEquals([told.days.length, told.price], [2, 1]);
    assertMatch(shown.stdout, /^DAY .*ALL +COST\n\d{4}-\d\d-\d\d +/);
    assertMatch(shown.stdout, /^all /m);
  } else {
    assertStringIncludes(shown.stdout, "bills nothing");
  }
  const none = await umbel(["bill", "--app", "elsewhere"], { env });
  assertMatch(none.stdout + none.stderr, told.isMetered ? /since the setting history is off/ : /bills nothing/);
  const wrong = await umbel(["bill", "-A", shop, "--days", "40"], { env });
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "days");
});
