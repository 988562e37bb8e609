import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { brokerTest } from "../brokers.ts";
import { shop, umbel } from "../process.ts";

brokerTest("tasks lists and searches, show tells all of one, retry sends one again", async ({ env }) => {
  await umbel(["call", "add", "-A", shop, "--args", "[1,2]", "--id", "one"], { env });
  await umbel(["call", "fail", "-A", shop, "--id", "two"], { env });
  await umbel(["worker", "-A", shop, "--drain", "--seconds", "30"], { env });
  await umbel(["call", "add", "-A", shop, "--args", "[4711,2]", "--id", "three", "--countdown", "1d"], { env });
  const listed = await umbel(["tasks", "-A", shop], { env });
  assertMatch(listed.stdout, /^three +\S+Z +add +SCHEDULED +default +\[4711,2\]$/m);
  assertMatch(listed.stdout, /^two +\S+Z +fail +FAILURE +default +TypeError: no good$/m);
  const found = await umbel(["tasks", "--app", "shop", "--text", "4711", "--state", "scheduled", "--json"], { env });
  assertEquals(JSON.parse(found.stdout).tasks.map(({ id }: { id: string }) => id), ["three"]);
  const part = await umbel(["tasks", "-A", shop, "--limit", "2", "--from", "1h"], { env });
  assertMatch(part.stderr, /there may be more: --cursor '\S+'/);
  const none = await umbel(["tasks", "-A", shop, "--text", "nobody"], { env });
  assertEquals([none.code, none.stdout], [0, ""]);
  assertStringIncludes(none.stderr, "no such task");
  const counted = await umbel(["tasks", "-A", shop, "--counts"], { env });
  assertMatch(counted.stdout, /^SUCCESS +1$/m);
  assertMatch(counted.stdout, /^ +3$/m);
  const failed = await umbel(["tasks", "-A", shop, "--counts", "--state", "failure", "--json"], { env });
  assertEquals(JSON.parse(failed.stdout), { states: { FAILURE: 1 }, total: 1 });
  const shown = await umbel(["show", "one", "-A", shop], { env });
  assertMatch(shown.stdout, /^Task +add\[one\]\nState +SUCCESS$/m);
  assertMatch(shown.stdout, /^Arguments +\[1,2\]\nResult +3$/m);
  const waits = JSON.parse((await umbel(["show", "three", "-A", shop, "--json"], { env })).stdout);
  assertEquals([waits.args, waits.ancestors, waits.node.children], [[4711, 2], [], []]);
  assertEquals((await umbel(["show", "nobody", "-A", shop], { env })).code, 3);
  const all = await umbel(["retry", "-A", shop, "--state", "failure", "--task", "fail", "--yes"], { env });
  assertEquals([all.code, all.stdout], [0, "resent 1\nsent 0\nrefused 0\n"]);
  await umbel(["worker", "-A", shop, "--drain", "--seconds", "30"], { env });
  const again = await umbel(["retry", "two", "three", "nobody", "-A", shop], { env });
  assertEquals([again.code, again.stdout], [3, "two resent\nthree open\nnobody unknown\n"]);
  assertMatch(again.stderr, /^umbel: three: it has not ended yet\numbel: nobody: it was never sent/m);
  assertMatch((await umbel(["retry", "one", "-A", shop], { env })).stdout, /^one sent as \S+$/m);
});

brokerTest("tasks and retry say what is wrong", async ({ env }) => {
  for (
    const [args, said] of [
      [["tasks", "-A", shop, "--cursor", "x"], "cursor"],
      [["tasks", "-A", shop, "--limit", "0"], "limit"],
      [["tasks", "-A", shop, "--from", "soon"], "from"],
      [["tasks", "-A", shop, "--counts", "--limit", "3"], "--counts takes neither --limit"],
      [["tasks", "-A", shop, "--looks", "3"], "--looks needs --counts"],
      [["show", "-A", shop], "show needs ID"],
      [["retry", "-A", shop], "retry needs an id"],
      [["retry", "x", "-A", shop, "--state", "FAILURE"], "retry needs an id"],
      [["retry", "-A", shop, "--state", "FAILURE", "--to", "mail"], "--args and --to are for tasks"],
      [["retry", "-A", shop, "--state", "QUEUED", "--yes"], "state must be of tasks that have ended"],
      [["retry", "x", "-A", shop, "--args", "1"], "args"],
    ] as const
  ) {
    const { code, stderr } = await umbel([...args], { env });
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, said);
  }
});
