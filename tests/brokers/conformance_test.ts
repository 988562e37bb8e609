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

// One node that holds all slots refuses what a real cluster refuses: keys that are not declared, or in two slots. It takes
// seconds to be ready, so all cases share it.
redisTest("Redis Cluster over HTTP", async (t) => {
  // Its usual port for other nodes, 10,000 above, may be none.
  const args = ["--cluster-enabled", "yes", "--cluster-port", String(freePort())];
  await using rest = await startRest({ appendonly: false, args });
  await rest.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  while (!String(await rest.command("CLUSTER", "INFO")).includes("cluster_state:ok"));
  const source = upstash({ url: rest.url, token: rest.token });
  const cases: [name: string, run: () => Promise<void>][] = [];
  let apps = 0;
  testBroker("Cluster", {
    test: (name, run) => cases.push([name, run]),
    open: (clock) => {
      const app = `conformance-${apps++}`;
      return Promise.resolve(store((clock) => source(app, clock), clock, () => Promise.resolve()));
    },
  });
  for (const [name, run] of cases) await t.step(name, run);
});
