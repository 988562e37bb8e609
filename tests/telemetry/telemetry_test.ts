import { assertEquals } from "@std/assert";
import { Umbel, Worker } from "@umbel/umbel";
import { instrument } from "@umbel/umbel/opentelemetry";
import { sqlite } from "@umbel/umbel/sqlite";
import { readTraceparent, traceparentOf } from "../../src/telemetry/traceparent.ts";

Deno.test("without an exporter messages and results are as they were", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  instrument(app);
  instrument(app);
  const headers = app.task("headers", { bind: true }, (self) => [self.headers, self.attempts.length]);
  const sent = await headers.delay();
  await new Worker(app).drain({ seconds: 60 });
  assertEquals(await sent.get(), [{}, 0]);
});

Deno.test("a traceparent is read as it was written; what is none is ignored", () => {
  const text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  assertEquals(traceparentOf(readTraceparent(text)!), text);
  for (const none of [undefined, 7, "", "00-0-0-01", `00-${"0".repeat(32)}-b7ad6b7169203331-01`]) {
    assertEquals(readTraceparent(none), undefined);
  }
});
