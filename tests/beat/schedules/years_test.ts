/**
 * Ten years of beats that are killed and started at random: no tick twice, none missing.
 */
import { assertEquals } from "@std/assert";
import { type BeatSchedule, type Broker, type BrokerSource, createLogger, upstash } from "@umbel/umbel";
import { Beat, crontab, every, nextTimes } from "@umbel/umbel/beat";
import { startProxy } from "../../chaos/proxy.ts";
import { redisTest, startRest } from "../../redis.ts";
import { Store } from "../shop.ts";
import { numbers } from "../../random.ts";

const day = 86_400_000;
const schedule: BeatSchedule = {
  daily: { task: "daily", schedule: crontab("30 1 * * *"), timezone: "Europe/London", catchUp: "all" },
  weekly: { task: "weekly", schedule: crontab("0 2 * * sun"), timezone: "America/New_York", catchUp: "all" },
  last: { task: "last", schedule: crontab("0 0 L * *"), timezone: "Australia/Lord_Howe", catchUp: "all" },
  leap: { task: "leap", schedule: crontab("0 0 29 2 *"), catchUp: "all" },
  steady: { task: "steady", schedule: every({ hours: 37 }), catchUp: "all" },
};

/** A broker of a process that may die: from then on nothing comes back, though the last request may still be done. */
class Mortal {
  #isDead = false;
  #isDying = false;

  /** @param lastGasp Whether what it asks next is still carried out. */
  kill(lastGasp: boolean): void {
    this.#isDying = lastGasp;
    this.#isDead = !lastGasp;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  wrap(broker: Broker): Broker {
    const pass =
      <Args extends unknown[], Answer>(verb: (...args: Args) => Promise<Answer>) => async (...args: Args) => {
        if (this.#isDead) return await new Promise<never>(() => {});
        const answer = await verb(...args);
        if (!this.#isDying) return answer;
        this.#isDead = true;
        return await new Promise<never>(() => {});
      };
    const { schedules } = broker;
    const own: Partial<Broker> = {
      schedules: {
        put: pass((changes) => schedules.put(changes)),
        remove: (names) => schedules.remove(names),
        list: pass(() => schedules.list()),
        fire: pass((by, ticks, options) => schedules.fire(by, ticks, options)),
      },
      fetch: pass((ids) => broker.fetch(ids)),
    };
    return new Proxy(broker, {
      get(_, name: keyof Broker) {
        const value = own[name] ?? broker[name];
        return typeof value === "function" ? value.bind(broker) : value;
      },
    });
  }
}

/** How long beats live, in virtual time, and what lets what is on its way arrive, in real time. */
interface Life {
  readonly days: number;
  readonly source?: BrokerSource;
  settle(): Promise<unknown>;
}

async function tenYears(store: Store, { days, source, settle }: Life): Promise<void> {
  const start = store.clock.now();
  const random = numbers(5);
  const owner = store.app();
  const sent: string[] = [];
  const alive = new Map<Mortal, () => Promise<void>>();
  const begin = () => {
    const mortal = new Mortal();
    const app = store.app({ wrap: (broker) => mortal.wrap(broker), ...(source ? { source } : {}) });
    app.beatSchedule = schedule;
    const beat = new Beat(app, { maxInterval: "90d", log: createLogger({ write() {} }) });
    void beat.run();
    alive.set(mortal, async () => {
      // One that waits for an answer waits for ever; but it listens no more.
      void beat.stop();
      await app[Symbol.asyncDispose]();
    });
  };
  const pass = async (some: number) => {
    await store.clock.advance({ milliseconds: Math.floor(random() * some * day) });
    await settle();
  };
  const take = async () => {
    await store.clock.advance({ seconds: 1 });
    await settle();
    sent.push(...(await store.sent(owner)).map(({ id }) => id));
  };
  // Whatever comes afterwards, the entries are there from the start.
  const first = store.app();
  first.beatSchedule = schedule;
  await first.tick();
  for (let n = 0; n < 3; n++) begin();
  let kills = 0;
  while (store.clock.now() < start + 3652 * day) {
    await pass(days);
    for (const [mortal, close] of [...alive]) {
      if (random() < 0.5) continue;
      mortal.kill(random() < 0.5);
      kills++;
      await pass(2);
      if (!mortal.isDead) mortal.kill(false);
      alive.delete(mortal);
      await close();
    }
    // Now and then nobody is there for days.
    if (alive.size === 0) await pass(10);
    while (alive.size < 3 && (alive.size === 0 || random() < 0.7)) begin();
    await take();
  }
  const now = store.clock.now();
  while ((await owner.tick()).fired.length > 0);
  await take();
  for (const close of alive.values()) await close();
  const expected: string[] = [];
  for (const [name, { schedule: what, timezone = "UTC" }] of Object.entries(schedule)) {
    const times = await nextTimes(what as ReturnType<typeof every>, 5000, { after: start, timezone });
    expected.push(...times.filter((time) => time <= now).map((time) => `beat:${name}:${time}`));
  }
  assertEquals(expected.length > 6000 && kills > 100, true, `${expected.length} ticks, ${kills} kills`);
  assertEquals(sent.length, new Set(sent).size, "some tick was sent twice");
  assertEquals(sent.sort(), expected.sort());
}

const start = Date.parse("2026-03-01T00:00:00Z");

Deno.test("three beats, killed and started at random for 10 years, send each tick once", async () => {
  await using store = new Store(start);
  await tenYears(store, { days: 30, settle: () => Promise.resolve() });
});

redisTest("the same through a proxy that loses every third answer", async () => {
  await using rest = await startRest();
  await using proxy = startProxy(rest.url, (_verb, number) => number % 3 === 0 ? "drop answer" : "pass");
  const { token } = rest;
  await using store = new Store(start, upstash({ url: rest.url, token }));
  await tenYears(store, {
    days: 60,
    source: upstash({ url: proxy.url, token, deadline: "60s" }),
    settle: async () => {
      for (let n = 0; n < 5; n++) await rest.command("PING");
    },
  });
  assertEquals((proxy.fates.get("fire: drop answer") ?? 0) > 50, true);
});
