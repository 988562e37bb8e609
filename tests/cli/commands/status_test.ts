import { assertEquals, assertMatch } from "@std/assert";
import { brokerTest } from "../brokers.ts";
import { Process, shop, umbel } from "../process.ts";

brokerTest("status shows the workers that are there", async ({ env }) => {
  await using worker = new Process(["worker", "-A", shop, "-n", "w1", "-Q", "sums,mail"], { env });
  await worker.said(/takes from/);
  // It is known from its first turn on: which has been taken when it has run something.
  await umbel(["call", "add", "-A", shop, "-a", "[1, 2]", "-q", "mail", "--wait"], { env });
  // Who does not answer within a second is silent, which on a busy machine may happen.
  const status = async (...args: string[]) => {
    for (;;) {
      const { stdout } = await umbel(["status", "-A", shop, ...args], { env });
      if (/w1~\w+ +online|"online": true/.test(stdout)) return stdout;
    }
  };
  const stdout = await status();
  assertMatch(stdout, /^WORKER +STATE +HOLDS +QUEUES\nw1~\w+ +online +0 +(sums,mail|mail,sums)$/m);
  const { workers } = JSON.parse(await status("--json"));
  assertEquals(workers.length, 1);
  const { name, online, alive, aliveUntil, holds, queues } = workers[0];
  assertMatch(name, /^w1~/);
  assertMatch(aliveUntil, /^\d{4}-\d\d-\d\dT/);
  assertEquals([online, alive, holds, queues.toSorted()], [true, true, 0, ["mail", "sums"]]);
  worker.kill("SIGKILL");
  await worker.end();
  assertMatch((await umbel(["status", "-A", shop], { env })).stdout, /^w1~\w+ +silent +0 +/m);
});
