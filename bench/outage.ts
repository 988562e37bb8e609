/**
 * `deno task outage [--seconds 60]`: what a broker that is away for so long does to workers and senders under load.
 *
 * A sender tries 50 tasks a second, a worker does them; after 10 s every request is reset. Tells how often the server was
 * asked meanwhile, what was said, and how soon it went on. Ends with 1 when an accepted task was not done.
 */
import { BrokerUnavailable, createLogger, Umbel, upstash, Worker } from "@umbel/umbel";
import { parseArgs } from "@std/cli";
import { faults, FaultyServer } from "../tests/chaos/faulty_server.ts";
import { places } from "./places.ts";

const { seconds } = parseArgs(Deno.args, { string: ["seconds"], default: { seconds: "60" } });
const [openRedis] = await places("redis");
await using redis = await openRedis!();
const { origin, password } = new URL(redis.url);
await using server = await new FaultyServer(origin).open();
await using app = new Umbel("outage", { broker: upstash({ url: server.url, token: password }) });
const sleep = (ms: number) => app.clock.sleep(ms);

const runs = new Map<number, number>();
let lastDone = 0;
const work = app.task("work", async (n: number) => {
  await sleep(100);
  runs.set(n, (runs.get(n) ?? 0) + 1);
  lastDone = performance.now();
});
const lines: string[] = [];
const isAboutBroker = (line: string) => !/ (received|succeeded)/.test(line);
const log = createLogger({ name: "worker", write: (line) => void (isAboutBroker(line) && lines.push(line)) });
const worker = new Worker(app, { log, concurrency: 20 });
const running = worker.run();

const accepted: number[] = [];
let failed = 0;
let isOver = false;
const sending: Promise<void>[] = [];
const ticking = (async () => {
  for (let n = 0; !isOver; n++) {
    sending.push(
      work.delay(n).then(() => void accepted.push(n), (error) => {
        if (!(error instanceof BrokerUnavailable)) throw error;
        failed++;
      }),
    );
    await sleep(20);
  }
})();

await sleep(10_000);
server.fault = server.streamFault = faults["a reset before the answer"];
server.cut();
await sleep(Number(seconds) * 1000);
const tries = { ...server.met };
server.fault = server.streamFault = undefined;
const back = performance.now();
const doneBefore = runs.size;
while (runs.size === doneBefore) await sleep(10);
const wentOn = performance.now() - back;
await sleep(10_000);
isOver = true;
await ticking;
await Promise.all(sending);
while (accepted.some((n) => !runs.has(n)) && performance.now() < Math.max(lastDone, back) + 60_000) await sleep(100);
await worker.stop();
await running;

const lost = accepted.filter((n) => !runs.has(n)).length;
const again = [...runs.values()].filter((times) => times > 1).length;
console.log(`the broker was away for ${seconds} s:
  requests of the worker and 50 senders a second meanwhile: ${tries.commands}, streams: ${tries.streams}
  first task done after its return: ${(wentOn / 1000).toFixed(1)} s
  sent: ${accepted.length} accepted, ${failed} told BrokerUnavailable
  accepted and not done: ${lost}; done more than once: ${again}
  the worker said:`);
for (const line of lines) console.log(`    ${line}`);
Deno.exit(lost === 0 ? 0 : 1);
