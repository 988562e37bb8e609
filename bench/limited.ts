/**
 * A worker of the rate benchmark: prints when it started each task, which takes 100 ms, and runs until its standard input
 * ends.
 */
import { Umbel, Worker } from "@umbel/umbel";
import "@umbel/umbel/sqlite";

const [name, url, concurrency] = Deno.args;
await using app = new Umbel(name!, { broker: url! });
app.task("tick", async () => {
  console.log(performance.timeOrigin + performance.now());
  await app.clock.sleep(100);
});
const worker = new Worker(app, { concurrency: Number(concurrency) });
const running = worker.run();
for await (const _ of Deno.stdin.readable);
await worker.stop();
await running;
