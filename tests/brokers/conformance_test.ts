import type { Broker, Clock } from "@umbel/umbel";
import { upstash } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { testBroker } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../redis.ts";

function freePort(): number {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return listener.addr.port;
}

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

// One node that holds all slots refuses what a real cluster refuses: keys that are not declared, or in two slots.
testBroker("Redis Cluster over HTTP", {
  test: redisTest,
  open: async (clock) => {
    // Its usual port for other nodes, 10,000 above, may be none.
    const args = ["--cluster-enabled", "yes", "--cluster-port", String(freePort())];
    const rest = await startRest({ appendonly: false, args });
    await rest.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
    while (!String(await rest.command("CLUSTER", "INFO")).includes("cluster_state:ok"));
    const source = upstash({ url: rest.url, token: rest.token });
    return store((clock) => source("conformance", clock), clock, () => rest[Symbol.asyncDispose]());
  },
});
