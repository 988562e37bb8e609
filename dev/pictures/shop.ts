/**
 * A shop that has been busy for a month: what the pictures of the dashboard show. The month passes in some seconds, by a
 * clock that is set forward.
 */
import { type Clock, createLogger, Umbel, Worker } from "@umbel/umbel";
import { crontab } from "@umbel/umbel/beat";
import { sqlite } from "@umbel/umbel/sqlite";
import { z } from "zod";

const [second, minute, hour] = [1000, 60_000, 3_600_000];

/** The machine's clock, behind by what is left of the month. */
class PassingClock implements Clock {
  #behind = 0;

  now(): number {
    return Math.round(Date.now() - this.#behind);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    return signal?.aborted ? (clearTimeout(timer), Promise.resolve()) : promise;
  }

  set(behind: number): void {
    this.#behind = Math.max(0, behind);
  }

  pass(ms: number): void {
    this.set(this.#behind - ms);
  }
}

/** Always the same numbers from 0 to 1, so that the pictures are, too (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The shop, with a worker that is busy until it is disposed of. */
export interface Shop extends AsyncDisposable {
  readonly app: Umbel;
}

/** Opens it: that takes a month of its own time, and some seconds of ours. */
export async function openShop(): Promise<Shop> {
  const clock = new PassingClock();
  const chance = random(7);
  const log = createLogger({ write() {} });
  const app = new Umbel("shop", {
    ...{ broker: sqlite(":memory:"), clock, env: {}, log },
    config: { history: true, events: "all", queues: { mail: { rateLimit: "100/s" }, images: { concurrency: 4 } } },
  });
  let isPast = true;
  const open = Promise.withResolvers<void>();
  /** Takes so long about, now and then much longer; in the present until the shop closes. */
  const work = async (ms: number) => {
    if (!isPast) return await open.promise;
    const took = ms * (0.4 + 1.2 * chance()) * (chance() < 0.04 ? 8 : 1);
    clock.pass(Math.min(took, 8 * second));
  };
  const fail = (share: number, error: () => Error) => {
    if (!isPast || chance() >= share) return;
    const thrown = error();
    // As in a shop whose code lies elsewhere.
    const at = ["ask (file:///srv/shop/post.ts:88:13)", "file:///srv/shop/tasks.ts:41:9"];
    thrown.stack = [`${thrown.name}: ${thrown.message}`, ...at.map((place) => `    at ${place}`)].join("\n");
    throw thrown;
  };
  const address = z.email().describe("Whom it goes to");
  app.task(
    "send_mail",
    { schema: z.tuple([address, z.object({ subject: z.string(), text: z.string() })]) },
    async () => {
      fail(0.015, () => new TypeError("The mail server does not know this address: 550 No such user"));
      await work(140);
    },
  );
  app.task("resize_image", { bind: true }, async (self, file: string, sizes: number[]) => {
    self.log(`Reading ${file}`);
    if (!isPast) await self.progress(Math.round(sizes.length * 0.66), sizes.length, `Making ${sizes[1]} px`);
    await work(900);
    return sizes.map((size) => `${file}@${size}.avif`);
  });
  app.task("charge_card", { redact: ["0.card"], maxRetries: 0 }, async (order: { id: number; card: string }) => {
    fail(0.02, () => new RangeError(`The card of order ${order.id} was refused: insufficient funds`));
    await work(380);
    return { charged: true };
  });
  app.task("sync_inventory", async (warehouse: string) => {
    fail(0.03, () => new Error(`Warehouse ${warehouse} does not answer: ETIMEDOUT 10.2.0.17:443`));
    await work(2400);
  });
  app.task("weekly_report", async () => await work(4000));
  app.beatSchedule = {
    "weekly-report": { task: "weekly_report", schedule: crontab("0 7 * * mon") },
    "sync-north": { task: "sync_inventory", schedule: 300, args: ["north"] },
  };

  const worker = (name: string, concurrency: number) =>
    new Worker(app, { name, concurrency, log, queues: ["default", "mail", "images", "payments"] });
  const send = async (count: number) => {
    const order = () => ({ id: Math.floor(10_000 + 90_000 * chance()), card: "4000 0012 3456 7899" });
    await app.sendMany(Array.from({ length: count }, () => {
      const which = chance();
      if (which < 0.5) {
        const to = ["ada@example.org", "grace@example.org", "lin@example.cn"][Math.floor(chance() * 3)]!;
        return ["send_mail", [to, { subject: "Your order", text: "Thank you!" }], { queue: "mail" }] as const;
      }
      if (which < 0.75) return ["resize_image", ["beans.png", [320, 640, 1280]], { queue: "images" }] as const;
      if (which < 0.93) return ["charge_card", [order()], { queue: "payments" }] as const;
      return ["sync_inventory", [chance() < 0.5 ? "north" : "south"]] as const;
    }));
  };
  const drain = async () => await worker("w0", 1).drain({ seconds: 20 });
  const past = async (from: number, until: number, step: number, most: number) => {
    for (let behind = from; behind > until; behind -= step) {
      clock.set(behind);
      const ofDay = new Date(clock.now()).getUTCHours();
      await send(Math.ceil(most * (0.25 + 0.75 * Math.sin(Math.PI * ofDay / 24) ** 2) * (0.7 + 0.6 * chance())));
      await drain();
    }
  };
  await past(30 * 24 * hour, 24 * hour, 8 * hour, 180);
  await past(24 * hour, hour, 20 * minute, 9);
  await past(hour, 0, minute, 9);
  clock.set(0);

  isPast = false;
  const workers = [worker("w1@oslo", 4), worker("w2@oslo", 3)];
  const running = workers.map((one) => one.run());
  await send(26);
  await app.sendMany(Array.from({ length: 8 }, () => ["weekly_report", [], { countdown: "2h" }] as const));
  while ((await app.broker.inspector.workers()).reduce((sum, { holds }) => sum + holds, 0) < 7) await clock.sleep(50);
  await clock.sleep(1500);
  return {
    app,
    async [Symbol.asyncDispose]() {
      open.resolve();
      await Promise.all(workers.map((one) => one.stop()));
      await Promise.all(running);
      await app[Symbol.asyncDispose]();
    },
  };
}
