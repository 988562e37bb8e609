/**
 * `deno task soak [--broker redis|sqlite] [--minutes 15] [--events] [--json]`: whether a process that sends and works at
 * full load for long keeps its memory, and its broker its keys.
 *
 * Once a minute the load is held, until nothing waits or runs; then memory is collected and measured. Ends with 1 when the
 * heap at the end is more than a tenth above that at the third minute.
 */
import { createLogger, Umbel, Worker } from "@umbel/umbel";
import { parseArgs } from "@std/cli";
import { type Place, places } from "./places.ts";

const { broker, minutes, events, json } = parseArgs(Deno.args, {
  boolean: ["json", "events"],
  string: ["broker", "minutes"],
  default: { minutes: "15" },
});
const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) {
  throw new TypeError("Memory cannot be collected: run it with --v8-flags=--expose-gc, as `deno task soak` does");
}

/** After which minute the heap is to stay as it is. */
const settledAfter = 3;
/** How many messages go out together, from how many senders at once. */
const load = { batch: 50, senders: 20 };

/** Within what time those that are late have ended, too (ms). */
const lateness = 3000;

/** What was measured at a minute. */
interface Sample {
  readonly minute: number;
  /** Tasks that were done so far. */
  readonly done: number;
  /** What is alive in the heap (MB). */
  readonly heap: number;
  /** What the system gave the process (MB). */
  readonly rss: number;
  /** What is behind the broker (MB). */
  readonly stored: number;
  readonly keys: number | undefined;
}

/** Keeps senders waiting while it is closed. */
class Gate {
  #opened: Promise<void> = Promise.resolve();
  #open: () => void = () => {};
  #inside = 0;
  #left: () => void = () => {};

  async pass(run: () => Promise<void>): Promise<void> {
    await this.#opened;
    this.#inside++;
    try {
      await run();
    } finally {
      this.#inside--;
      this.#left();
    }
  }

  async close(): Promise<void> {
    ({ promise: this.#opened, resolve: this.#open } = Promise.withResolvers<void>());
    while (this.#inside > 0) await new Promise<void>((resolve) => this.#left = resolve);
  }

  open(): void {
    this.#open();
  }
}

function openApp(place: Place) {
  const app = new Umbel("soak", {
    broker: place.broker,
    config: {
      resultExpires: "10s",
      deadLetterExpires: "10s",
      deadLetterMax: 1000,
      ...(events ? { events: "all", history: true } : {}),
    },
  });
  const tasks = {
    add: app.task("add", (x: number, y: number) => x + y),
    page: app.task("page", (lines: number) => "a line of text\n".repeat(lines)),
    quiet: app.task("quiet", { ignoreResult: true }, async (_n: number) => await Promise.resolve()),
    flaky: app.task("flaky", { bind: true, retry: { max: 2, delay: "100ms" } }, (self, n: number) => {
      if (self.retries === 0) throw new Error(`the first try of ${n}`);
      return n;
    }),
    broken: app.task("broken", (n: number) => {
      throw new RangeError(`${n} is too many`);
    }),
    steps: app.task("steps", { bind: true }, (self) => {
      for (let n = 1; n <= 3; n++) {
        self.progress(n, 3);
        self.log(`step ${n}`);
      }
    }),
  };
  return { app, tasks };
}

async function soak(place: Place): Promise<Sample[]> {
  const { app, tasks: { add, page, quiet, flaky, broken, steps } } = openApp(place);
  await using _app = app;
  const worker = new Worker(app, { concurrency: 100, log: silent });
  const running = worker.run();
  const gate = new Gate();
  const over = new AbortController();

  /** One round: most are small, some are large, tried again, late, fail, or tell how far they are. */
  const round = async () => {
    const calls = Array.from({ length: load.batch }, (_, n) => {
      if (n === 0) return flaky.call([n]);
      if (n === 1) return broken.call([n]);
      if (n === 2) return page.call([100]);
      if (n === 3) return steps.call([]);
      if (n === 4) return add.call([n, 1], { countdown: "1s" });
      return n % 3 === 0 ? quiet.call([n]) : add.call([n, 1]);
    });
    const handles = await app.sendMany(calls);
    // For the late ones nobody waits: that would be rest, not load.
    const prompt = handles.filter((_, n) => n !== 0 && n !== 4);
    await Promise.allSettled(prompt.map((handle) => handle.get({ timeout: "60s" })));
  };
  const senders = Array.from({ length: load.senders }, async () => {
    while (!over.signal.aborted) await gate.pass(round);
  });

  const samples: Sample[] = [];
  for (let minute = 1; minute <= Number(minutes); minute++) {
    await app.clock.sleep(60_000);
    await gate.close();
    await app.clock.sleep(lateness);
    samples.push(await take(place, minute, worker.summary.done));
    print(place, samples.at(-1)!);
    gate.open();
  }
  over.abort();
  await Promise.all(senders);
  await worker.stop();
  await running;
  return samples;
}

async function take(place: Place, minute: number, done: number): Promise<Sample> {
  for (let times = 0; times < 3; times++) {
    collect!();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, rss } = Deno.memoryUsage();
  const mb = (bytes: number) => bytes / 1e6;
  return { minute, done, heap: mb(heapUsed), rss: mb(rss), stored: mb(await place.size()), keys: await place.keys() };
}

function print({ name }: Place, { minute, done, heap, rss, stored, keys }: Sample): void {
  if (json) return;
  const [heapText, rssText, storedText] = [heap, rss, stored].map((value) => value.toFixed(1));
  console.error(
    `${name}: minute ${minute}: ${done} done, heap ${heapText} MB, rss ${rssText} MB, stored ${storedText} MB${
      keys === undefined ? "" : `, ${keys} keys`
    }`,
  );
}

/** Tasks that fail on purpose need no line each. */
const silent = createLogger({ level: "warning", write: () => {} });

let isFlat = true;
const all: Record<string, Sample[]> = {};
for (const open of await places(broker as string | undefined)) {
  await using place = await open();
  const samples = all[place.name] = await soak(place);
  const [settled, end] = [samples[Math.min(settledAfter, samples.length) - 1]!, samples.at(-1)!];
  const grown = (end.heap / settled.heap - 1) * 100;
  isFlat &&= grown <= 10;
  if (!json) {
    console.log(`\n${place.name}: the heap is ${grown.toFixed(1)} % above that of minute ${settled.minute}\n`);
    console.log("| minute | done | heap MB | rss MB | stored MB | keys |\n|---:|---:|---:|---:|---:|---:|");
    for (const { minute, done, heap, rss, stored, keys } of samples) {
      console.log(
        `| ${minute} | ${done.toLocaleString("en")} | ${heap.toFixed(1)} | ${rss.toFixed(0)} | ${stored.toFixed(1)} | ${
          keys ?? "—"
        } |`,
      );
    }
  }
}
if (json) console.log(JSON.stringify({ at: new Date().toISOString(), places: all }, null, 2));
Deno.exit(isFlat ? 0 : 1);
