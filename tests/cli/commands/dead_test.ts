import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { brokerTest } from "../brokers.ts";
import { makeFolder, shop, umbel } from "../process.ts";

brokerTest("dead lists, shows, sends again and deletes what failed for good", async ({ env }) => {
  const run = (...args: string[]) => umbel(args, { env });
  const drain = () => run("worker", "-A", shop, "--drain", "--seconds", "30");
  for (const id of ["one", "two"]) await run("call", "fail", "-A", shop, "--id", id);
  await drain();
  const listed = await run("dead", "list", "-A", shop, "--error", "TypeError", "--after", "1h", "--limit", "1");
  assertEquals(listed.code, 0);
  assertMatch(listed.stdout, /^ID +FAILED +TASK +QUEUE +ERROR\n(one|two) .* fail +default +TypeError: no good\n$/);
  const cursor = /--cursor '(.+)'/.exec(listed.stderr)![1]!;
  const rest = JSON.parse((await run("dead", "list", "--app", "shop", "--cursor", cursor, "--json")).stdout);
  assertEquals([rest.letters.length, rest.cursor], [1, undefined]);
  const shown = JSON.parse((await run("dead", "show", "one", "-A", shop)).stdout);
  assertEquals([shown.id, shown.state, shown.error.message], ["one", "FAILURE", "no good"]);
  assertEquals((await run("dead", "show", "nobody", "-A", shop)).code, 3);

  const resent = await run("dead", "resend", "one", "nobody", "-A", shop, "--to", "later");
  assertEquals([resent.code, resent.stdout], [3, "one\n"]);
  assertStringIncludes(resent.stderr, "nobody was not sent again: unknown");
  assertMatch((await run("status", "-A", shop)).stdout, /^later +1 /m);

  const asks = await run("dead", "delete", "-A", shop, "--task", "fail");
  assertEquals(asks.code, 2);
  assertStringIncludes(asks.stderr, "use --yes");
  const deleted = await run("dead", "delete", "-A", shop, "--all", "--yes");
  assertEquals([deleted.code, deleted.stderr], [0, "umbel: 1 dead letter was deleted\n"]);
  assertStringIncludes((await run("dead", "list", "-A", shop)).stderr, "no such dead letter");
});

Deno.test("dead refuses what it does not understand", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  const refused: [args: string[], said: string][] = [
    [["bury"], "dead does list, show, resend or delete"],
    [[], "dead needs list|show|resend|delete"],
    [["list", "one"], "dead list takes no ids"],
    [["show"], "dead show needs an id"],
    [["resend"], "Say which letters"],
    [["delete", "one", "--all"], "Say which letters"],
    [["resend", "--all", "--args", "{}"], "--args must be an array"],
    [["list", "--after", "soon"], "soon"],
  ];
  for (const [args, said] of refused) {
    const { code, stderr } = await umbel(["dead", ...args, "-A", shop], { env });
    assertEquals([args, code], [args, 2]);
    assertStringIncludes(stderr, said);
  }
});
