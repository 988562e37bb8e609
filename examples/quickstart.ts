/** Tasks, a worker and results in one process: `deno run -A examples/quickstart.ts`. */
import { Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";

// Without `broker` the environment says which: UPSTASH_REDIS_REST_URL and _TOKEN, or UMBEL_BROKER.
await using app = new Umbel("quickstart", { broker: sqlite(":memory:") });

const add = app.task("add", (x: number, y: number) => x + y);

// `bind` gives the handler its context first, as Celery's `self`.
const flaky = app.task("flaky", { bind: true, retry: { max: 3 } }, (self) => {
  if (self.retries < 2) throw self.retry({ countdown: "50ms" });
  return `it worked after ${self.retries} retries`;
});

await using worker = new Worker(app, { concurrency: 20 });
worker.run();

// One task.
const sum = await add.delay(1, 2);
console.log("1 + 2 =", await sum.get({ timeout: "5s" }));

// A hundred of them, in one round trip.
const sums = await add.delayMany(Array.from({ length: 100 }, (_, n): [number, number] => [n, n]));
const doubled = await Promise.all(sums.map((handle) => handle.get({ timeout: "5s" })));
console.log("0 + 2 + … + 198 =", doubled.reduce((total, n) => total + n));

// Later, in its own time.
const later = await add.applyAsync([2, 2], { countdown: "100ms", priority: 9 });
console.log("2 + 2 is", await later.state(), "and will be", await later.get({ timeout: "5s" }));

console.log("flaky:", await (await flaky.delay()).get({ timeout: "5s" }));
