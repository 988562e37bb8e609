/** A worker in a process of its own, for tests that kill it: says on standard output what it starts and what it ends. */
import { Umbel, upstash, Worker } from "@umbel/umbel";

const [url, token, lease] = Deno.args as [string, string, string];
await using app = new Umbel("chaos", { broker: upstash({ url, token }), config: { concurrency: 20, lease } });
app.task("work", { bind: true }, async (self, n: number, ms: number) => {
  console.log(`start ${n} ${self.deaths}`);
  await new Promise((resolve) => setTimeout(resolve, ms));
  console.log(`end ${n} ${self.deaths}`);
  return n;
});
await new Worker(app).run();
