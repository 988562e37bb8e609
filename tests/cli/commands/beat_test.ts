import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { brokerTest } from "../brokers.ts";
import { Process, shop, umbel } from "../process.ts";

const periodic = new URL("../periodic.ts", import.meta.url).pathname;

brokerTest("beat sends what is due until it is told to stop, and a worker with --beat does both", async ({ env }) => {
  {
    await using beat = new Process(["beat", "-A", periodic], { env });
    await beat.said(/INFO.* often sent add\[beat:often:\d+\]/);
    beat.kill("SIGTERM");
    assertEquals((await beat.end()).code, 0);
  }
  await using worker = new Process(["worker", "-A", periodic, "-B", "-l", "info"], { env });
  await worker.said(/add\[beat:often:\d+\] succeeded/);
  worker.kill("SIGTERM");
  assertEquals((await worker.end()).code, 0);
  assertMatch((await umbel(["beat", "list", "--app", "shop"], { env })).stdout, /^often +add +every 100ms +enabled /m);
});

brokerTest("beat put, list, next, disable, enable, run and rm", async ({ env }) => {
  const beat = async (...args: string[]) => await umbel(["beat", ...args, "--app", "shop"], { env });
  const put = await beat("put", "report", "-t", "add", "-c", "30 9 * * mon-fri", "-a", "[1,2]", "-z", "Asia/Tokyo");
  assertEquals([put.code, put.stdout], [0, ""]);
  assertMatch(put.stderr, /report is added: 30 9 \* \* mon-fri; next \d{4}-\d\d-\d\dT00:30:00Z/);
  const { stdout } = await beat("next", "2", "-z", "America/New_York");
  assertMatch(stdout, /^report: 30 9 \* \* mon-fri \(enabled\)\n +Asia\/Tokyo +America\/New_York\n/);
  assertMatch(stdout, /^ +\w{3} \d{4}-\d\d-\d\d 09:30:00 GMT\+9 +\w{3} \d{4}-\d\d-\d\d (19|20):30:00 GMT-[45]$/m);
  assertEquals(stdout.trim().split("\n").length, 4);
  assertStringIncludes((await beat("disable", "report")).stderr, "report is disabled");
  assertMatch((await beat("list")).stdout, /^report +add +30 9 \* \* mon-fri +Asia\/Tokyo +disabled +0$/m);
  assertMatch((await beat("put", "report", "--every", "5m")).stderr, /report is changed: every 5m; next never/);
  assertMatch((await beat("enable", "report")).stderr, /report is enabled; next \d/);
  const { stdout: id } = await beat("run", "report");
  await umbel(["worker", "-A", shop, "--drain", "--seconds", "30"], { env });
  assertEquals((await umbel(["result", id.trim(), "--app", "shop"], { env })).stdout, "3\n");
  assertEquals((await beat("rm", "report")).code, 0);
  assertStringIncludes((await beat("list")).stderr, "has no periodic tasks");
});

brokerTest("beat next tells of entries that the code declares before any beat has run", async ({ env }) => {
  const { stdout } = await umbel(["beat", "next", "3", "-A", periodic, "--json"], { env });
  const [early, often] = JSON.parse(stdout);
  assertEquals([early.name, early.timezone, early.next.length], ["early", "Europe/London", 3]);
  assertEquals([often.name, often.next.length], ["often", 3]);
});

for (
  const [args, why] of [
    [["often"], "beat does list, next, put"],
    [["put"], "needs the name of a periodic task"],
    [["put", "a"], "needs the task of a"],
    [["put", "a", "-t", "add"], "--every, --crontab, --at or --solar"],
    [["put", "a", "-t", "add", "-e", "5m", "-c", "* * * * *"], "exclude each other"],
    [["put", "a", "-t", "add", "--solar", "sunset,51"], "--solar takes EVENT,LATITUDE,LONGITUDE"],
    [["put", "a", "-t", "add", "-c", "0 0 30 2 *"], "dayOfMonth must fit monthOfYear"],
    [["put", "a", "-t", "add", "-c", "*/1.5 * * * *"], "minute must be a crontab pattern"],
    [["put", "a", "-t", "add", "-e", "5m", "-a", "{}"], "--args must be an array"],
    [["rm", "a"], "There is no periodic task"],
    [["next", "0"], "a number of times from 1"],
  ] as const
) {
  Deno.test(`beat ${args.join(" ")} is refused`, async () => {
    const { code, stderr } = await umbel(["beat", ...args, "--app", "shop", "-b", "sqlite::memory:"]);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, why);
  });
}
