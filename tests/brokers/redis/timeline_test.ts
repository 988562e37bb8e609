import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput, Umbel, upstash } from "@umbel/umbel";
import { onTimeline } from "../../../src/brokers/redis/timeline.ts";

Deno.test("the keys of an app carry its timeline, but for production's", () => {
  assertEquals(onTimeline("shop", "production"), "shop");
  assertEquals(onTimeline("shop", ""), "shop");
  assertEquals(onTimeline("shop", "git-branch/new cart"), "shop@git-branch/new-cart");
  assertThrows(() => onTimeline("a shop", "production"), InvalidInput);
  const long = ["a", "b"].map((end) => onTimeline("shop", `git-branch/${"x".repeat(80)}${end}`));
  assertEquals([long[0]!.length, long[1]!.length, long[0] === long[1]], [64, 64, false]);
});

Deno.test("upstash() takes the timeline from DENO_TIMELINE, or is told", async () => {
  const nameOf = async (timeline?: string) => {
    const broker = upstash({ url: "http://127.0.0.1:1", token: "t", ...(timeline ? { timeline } : {}) });
    await using app = new Umbel("shop", { broker, env: {} });
    return app.broker.name;
  };
  Deno.env.set("DENO_TIMELINE", "preview/4f2a");
  try {
    assertEquals(await nameOf(), "redis 127.0.0.1:1 {umbel:shop@preview/4f2a}");
    assertEquals(await nameOf("production"), "redis 127.0.0.1:1 {umbel:shop}");
  } finally {
    Deno.env.delete("DENO_TIMELINE");
  }
  assertEquals(await nameOf(), "redis 127.0.0.1:1 {umbel:shop}");
});
