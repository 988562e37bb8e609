import type { Broker, Clock } from "@umbel/umbel";
import { upstash } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { testBroker } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../redis.ts";

/** Brokers of one store, closed together. */
function store(open: (clock: Clock) => Broker, clock: Clock, close: () => PromiseLike<void>) {
  const brokers: Broker[] = [];
  const another = () => {
    const broker = open(clock);
    brokers.push(broker);
    return broker;
  };
  return {
    broker: another(),
    another,
    async [Symbol.asyncDispose]() {
      for (const broker of brokers) await broker[Symbol.asyncDispose]();
      await close();
    },
  };
}

testBroker("SQLite", {
  test: Deno.test,
  open: async (clock) => {
    const dir = await Deno.makeTempDir({ prefix: "umbel_conformance_" });
    const source = sqlite(`${dir}/umbel.db`);
    return store((clock) => source("conformance", clock), clock, () => Deno.remove(dir, { recursive: true }));
  },
});

testBroker("Redis over HTTP", {
  test: redisTest,
  open: async (clock) => {
    const rest = await startRest();
    const source = upstash({ url: rest.url, token: rest.token });
    return store((clock) => source("conformance", clock), clock, () => rest[Symbol.asyncDispose]());
  },
});
