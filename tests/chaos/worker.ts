/**
 * A worker in a process of its own, for tests that kill it: says on standard output what it starts and what it ends. Once
 * it has ended as many as it is told, it ends nothing more.
 */
import { Umbel, upstash, Worker } from "@umbel/umbel";

const [url, token, lease, most] = Deno.args as [string, string, string, string];
await using app = new Umbel("chaos", { broker: upstash({ url, token }), config: { concurrency: 20, lease } });
let ended = 0;
app.task("work", { bind: true }, async (self, n: number, ms: number) => {
  console.log(`start ${n} ${self.deaths}`);
  await new Promise((resolve) => setTimeout(resolve, ms));
  if (ended >= Number(most)) {
    console.log(`hold ${n} ${self.deaths}`);
    await new Promise(() => {});
  }
  ended++;
  console.log(`end ${n} ${self.deaths}`);
  return n;
});
await new Worker(app).run();
