/** An app that wakes a worker elsewhere. */
import { assertEquals } from "@std/assert";
import { silentLogger } from "../../src/log.ts";
import { Wake } from "../../src/sending/wake.ts";
import { until } from "../until.ts";

Deno.test("Wake loses nothing that is sent while its last request ends", async () => {
  let requests = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    requests++;
    return new Response('{"state":"idle"}\n');
  });
  const { parse } = JSON;
  for (let depth = 0; depth < 8; depth++) {
    requests = 0;
    const wake = new Wake({ url: `http://127.0.0.1:${server.addr.port}/work` }, silentLogger);
    // So many microtasks after the answer was read, which is before, while and after the call is over.
    JSON.parse = (text) => {
      JSON.parse = parse;
      void (async () => {
        for (let step = 0; step < depth; step++) await undefined;
        wake.poke();
      })();
      return parse(text);
    };
    try {
      wake.poke();
      await until(() => requests === 2);
      assertEquals(requests, 2);
    } finally {
      JSON.parse = parse;
      await wake.close();
    }
  }
});
