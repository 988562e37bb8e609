import { assertEquals } from "@std/assert";
import { redisTest, startRest } from "../redis.ts";
import { answer, Events, result } from "./client.ts";

redisTest("billed() counts each command, those inside scripts too, and nothing of its own", async () => {
  await using rest = await startRest();
  const script = "redis.call('SET', KEYS[1], 1); return redis.call('INCR', KEYS[1])";
  const bill = await rest.billed(async () => {
    await result(rest, "GET", "k");
    await answer(rest, "/pipeline", { body: [["GET", "k"], ["GET", "k"]] });
    await result(rest, "EVAL", script, 1, "k");
    await using events = await Events.open(rest, "/subscribe/c");
    await events.next();
    await result(rest, "PUBLISH", "c", "m");
  });
  assertEquals(bill, { total: 7, calls: { get: 3, eval: 1, set: 1, incr: 1, publish: 1 } });
  assertEquals(await rest.billed(async () => {}), { total: 0, calls: {} });
});
