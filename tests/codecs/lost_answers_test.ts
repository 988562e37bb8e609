/** Codecs while requests, answers and workers get lost: each message is packed once, and repeated as it is. */
import { assertEquals } from "@std/assert";
import { createLogger, systemClock, type TaskContext, Umbel, Worker } from "@umbel/umbel";
import { richTypes, sealed, signed } from "@umbel/umbel/codecs";
import { sqlite } from "@umbel/umbel/sqlite";
import { failing, type Fate } from "@umbel/umbel/testing";
import { everywhere, key } from "./setup.ts";

const keys = { k1: key(1) };
const codecs = [richTypes(), sealed({ keys }), signed({ keys })];
const log = createLogger({ write() {} });

Deno.test("a sealed and signed task is run once and its result read, whatever gets lost on the way", async () => {
  const fates: readonly Fate[] = ["twice", "drop answer", "pass", "drop request", "pass"];
  const kept = new Map<string, Uint8Array>();
  await using app = new Umbel("shop", {
    broker: (name, clock) =>
      failing(
        sqlite(":memory:")(name, clock),
        (verb, count) => verb === "exchange" ? fates[count % fates.length]! : "pass",
      ),
    env: {},
    codecs,
    store: {
      over: 1000,
      put: (key, bytes) => kept.set(key, bytes),
      get: (key) => kept.get(key),
      delete: (key) => kept.delete(key),
    },
  });
  const ran: number[] = [];
  const task = app.task(
    "task",
    { bind: true, retry: { max: 2, delay: "1ms", jitter: false } },
    (self: TaskContext, number: bigint, text: string) => {
      self.progress(1, 2);
      if (self.retries === 0) throw new RangeError(text);
      ran.push(Number(number));
      return new Map([[number, text]]);
    },
  );
  const texts = ["short", "long".repeat(1000)];
  const handles = await Promise.all(texts.map((text, index) => task.delay(BigInt(index), text)));
  await new Worker(app, { log }).drain({ seconds: 60 });
  const results = await Promise.all(handles.map((handle) => handle.get({ timeout: "10m" })));
  assertEquals(results, texts.map((text, index) => new Map([[BigInt(index), text]])));
  assertEquals(ran.sort(), [0, 1]);
});

everywhere(
  "a worker that is handed signed messages by signals runs them, also those whose id somebody chose",
  async (setup) => {
    const app = setup.app({ codecs, clock: systemClock });
    const task = app.task("task", (day: Date) => day.getTime());
    const stop = new AbortController();
    const worker = new Worker(app, { log });
    const running = worker.run({ signal: stop.signal });
    try {
      for (const options of [{ id: "mine" }, {}, { idempotencyKey: "order-7" }]) {
        const handle = await task.applyAsync([new Date(7)], options);
        assertEquals(await handle.get({ timeout: "10m" }), 7);
      }
    } finally {
      stop.abort();
      await running;
    }
  },
);
