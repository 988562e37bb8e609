import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { makeFolder, shop, umbel } from "../process.ts";

Deno.test("multi starts workers that go on by themselves, tells of them, restarts and stops them", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  const multi = (...args: string[]) => umbel(["multi", ...args], { env, cwd: folder.path });
  const started = await multi("start", "2", "-A", shop);
  assertEquals([started.code, started.stderr], [0, ""]);
  try {
    const [, first, second] = /^w1@\S+: started, process (\d+)\nw2@\S+: started, process (\d+)\n$/.exec(
      started.stdout,
    )!;
    assertEquals((await umbel(["call", "add", "-A", shop, "-a", "[1, 2]", "--wait"], { env })).stdout, "3\n");
    const up = await multi("status", "2");
    assertEquals(up.code, 0);
    assertMatch(up.stdout, new RegExp(`^w1@\\S+ +up +${first} +w1\\.log\nw2@\\S+ +up +${second} +w2\\.log$`, "m"));
    assertMatch((await multi("start", "1", "-A", shop)).stdout, new RegExp(`^w1@\\S+: runs already, process ${first}`));
    const restarted = await multi("restart", "2", "-A", shop);
    assertEquals(restarted.code, 0);
    assertMatch(restarted.stdout, /^w1@\S+: stopped\nw1@\S+: started.*\nw2@\S+: stopped\nw2@\S+: started.*\n$/);
    assertEquals(restarted.stdout.includes(`process ${first}\n`), false);
    assertStringIncludes(await Deno.readTextFile(`${folder.path}/w1.log`), "has left");
  } finally {
    assertEquals((await multi("stop", "2")).code, 0);
  }
  const down = await multi("status", "2");
  assertEquals(down.code, 1);
  assertMatch(down.stdout, /^w1@\S+ +down +w1\.log$/m);
  assertMatch((await multi("stop", "1")).stdout, /^w1@\S+: does not run$/m);
});

Deno.test("multi says which worker could not be started, and where it is told why", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  const args = ["multi", "start", "mailer", "-A", `${folder.path}/none.ts`, "--logfile", `${folder.path}/log/%n.log`];
  const { code, stderr } = await umbel(args, { env, cwd: folder.path });
  assertEquals(code, 2);
  assertMatch(stderr, /^umbel: mailer@\S+ ended with code 2: \S+\/log\/mailer\.log says why$/m);
  assertStringIncludes(await Deno.readTextFile(`${folder.path}/log/mailer.log`), "There is no file");
  const wrong = await umbel(["multi", "begin", "2", "-A", shop], { env });
  assertStringIncludes(wrong.stderr, 'multi does start, stop, restart or status, and not "begin"');
});
