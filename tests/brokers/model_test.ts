/**
 * Random histories of a broker against a small model of it: whatever is sent, taken, settled, retried, revoked, paused,
 * repeated, forgotten or crashed, in whatever order, nothing is lost, nothing is given to two, no limit is exceeded, and
 * every task ends as it should.
 */
import fc from "fast-check";
import { type Broker, upstash } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../redis.ts";
import { Model } from "./model.ts";
import { step } from "./model_steps.ts";
import { seed } from "../random.ts";

async function check(open: (clock: ManualClock) => Broker, runs: number, deaf = false): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: "max" }), async (steps) => {
      const clock = new ManualClock();
      await using broker = open(clock);
      await using model = new Model(broker, clock, deaf);
      await model.begin();
      for (const step of steps) await model.run(step);
      await model.finish();
    }),
    { numRuns: runs, seed, endOnFailure: false },
  );
}

Deno.test("SQLite does as the model does in 300 random histories", async () => {
  await check((clock) => sqlite(":memory:")("model", clock), 300);
});

redisTest("Redis over HTTP does as the model does in 100 random histories", async () => {
  await using rest = await startRest();
  const source = upstash({ url: rest.url, token: rest.token });
  let apps = 0;
  await check((clock) => source(`model-${apps++}`, clock), 100);
});

redisTest("Redis over HTTP does as the model does in 50 random histories in which every offer is lost", async () => {
  await using rest = await startRest();
  const source = upstash({ url: rest.url, token: rest.token });
  let apps = 0;
  await check((clock) => source(`deaf-${apps++}`, clock), 50, true);
});
