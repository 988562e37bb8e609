import { type BrokerSource, type Clock, upstash } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { testBroker } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../../redis.ts";
import { serve } from "./served.ts";

/** What is behind HTTP, served on a port of its own. */
function store(source: BrokerSource, clock: Clock, close: () => PromiseLike<void>) {
  const served = serve("conformance", source, { clock });
  return {
    broker: served.open(),
    another: () => served.open(),
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await close();
    },
  };
}

testBroker("an exchange before SQLite", {
  test: Deno.test,
  open: async (clock) => {
    const dir = await Deno.makeTempDir({ prefix: "umbel_conformance_" });
    return store(sqlite(`${dir}/umbel.db`), clock, () => Deno.remove(dir, { recursive: true }));
  },
});

testBroker("an exchange before Redis", {
  test: redisTest,
  open: async (clock) => {
    const rest = await startRest();
    return store(upstash({ url: rest.url, token: rest.token }), clock, () => rest[Symbol.asyncDispose]());
  },
});
