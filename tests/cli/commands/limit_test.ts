import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { brokerTest } from "../brokers.ts";
import { umbel } from "../process.ts";

const file = new URL("../limited.ts", import.meta.url).pathname;

brokerTest("limit sets limits, shows them, and takes back what was set", async ({ env }) => {
  const limit = async (...args: string[]) => await umbel(["limit", "-A", file, ...args], { env });
  assertEquals((await limit()).stdout, "No limit is known\n");
  await umbel(["worker", "-A", file, "--drain", "--seconds", "5"], { env });
  const set = await limit("--task", "mail send", "--key", "a@b.c", "--concurrency", "0");
  assertEquals(set.code, 0);
  assertMatch(set.stdout, /^LIMIT +OF +KEY +DECLARED +SET$/m);
  assertMatch(set.stdout, /^concurrency +mail send +2 at once$/m);
  assertMatch(set.stdout, /^concurrency +mail send +a@b\.c +none$/m);
  assertMatch(set.stdout, /^rate +mail send +10\/s$/m);
  await limit("-t", "mail send", "--rate", "100/m");
  const { limits } = JSON.parse((await umbel(["status", "-A", file, "--json"], { env })).stdout);
  assertEquals(limits.find(({ kind }: { kind: string }) => kind === "rate").set, {
    rate: { limit: 100, period: 60_000, burst: 1 },
  });
  await limit("--task", "mail send", "--reset");
  const reset = await limit("--task", "mail send", "--key", "a@b.c", "--reset");
  assertEquals(reset.code, 0);
  assertMatch(reset.stdout, /^concurrency +mail send +2 at once\nrate +mail send +10\/s$/m);
});

brokerTest("pause and resume with --group stop one group of a queue", async ({ env }) => {
  const paused = await umbel(["pause", "-A", file, "-Q", "fair", "--group", "a"], { env });
  assertStringIncludes(paused.stderr, "group a of fair of app limited paused");
  for (const tenant of ["a", "b"]) {
    await umbel(["call", "fair", "-A", file, "--args", JSON.stringify([tenant]), "--id", tenant], { env });
  }
  const drain = ["worker", "-A", file, "--drain", "--seconds", "30"];
  await umbel(drain, { env });
  assertMatch((await umbel(["status", "-A", file], { env })).stdout, /^group +fair +a +none$/m);
  assertEquals((await umbel(["result", "b", "-A", file], { env })).stdout, '"b"\n');
  await umbel(["resume", "--app", "limited", "-Q", "fair", "--group", "a"], { env });
  await umbel(drain, { env });
  assertEquals((await umbel(["result", "a", "-A", file], { env })).stdout, '"a"\n');
});

brokerTest("limit refuses what does not go together", async ({ env }) => {
  const refused: [string[], string][] = [
    [["--task", "mail send"], "limit needs --task or --queue, and --rate, --concurrency or --reset"],
    [["--rate", "1/s"], "limit needs --task or --queue"],
    [["--key", "a"], "--key needs --task"],
    [["--group", "a"], "--group needs --queue"],
    [["--task", "fair", "--queue", "fair"], "limit takes --task or --queue, not both"],
    [["--task", "mail send", "--rate", "1/s", "--reset"], "--reset takes back what was set"],
    [["--task", "fair", "--rate", "1/s"], 'Task "fair" declares no rateLimit'],
    [["--queue", "fair", "-c", "many"], '--concurrency must be a number, and it is "many"'],
  ];
  for (const [args, sentence] of refused) {
    const { code, stderr } = await umbel(["limit", "-A", file, ...args], { env });
    assertEquals([code, stderr.includes(sentence)], [2, true], stderr);
  }
});

brokerTest("limit and beat put refuse tasks that the app's file does not declare", async ({ env }) => {
  const limit = await umbel(["limit", "-A", file, "--task", "mail snd", "--rate", "1/s"], { env });
  assertEquals([limit.code, limit.stderr], [
    2,
    'umbel: App limited has no task "mail snd": did you mean "mail send"?\n',
  ]);
  const put = await umbel(["beat", "put", "nightly", "-A", file, "-t", "mail snd", "--every", "1d"], { env });
  assertEquals([put.code, put.stderr], [2, limit.stderr]);
  assertEquals((await umbel(["limit", "--app", "limited", "-t", "elsewhere", "--rate", "1/s"], { env })).code, 0);
  assertEquals((await umbel(["limit", "-A", file, "-t", "elsewhere", "--reset"], { env })).code, 0);
});
