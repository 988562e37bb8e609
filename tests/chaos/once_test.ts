import { assertEquals } from "@std/assert";
import { Umbel, upstash, Worker } from "@umbel/umbel";
import { redisTest, startRest } from "../redis.ts";
import { type Fate, startProxy } from "./proxy.ts";

const fates: Fate[] = ["drop answer", "pass", "drop request", "pass", "pass", "twice"];

redisTest("what is to be there once is, and a queue keeps its length, when requests and answers are lost", async () => {
  await using rest = await startRest();
  await using proxy = startProxy(rest.url, (_verb, number) => fates[number % fates.length]!);
  const broker = upstash({ url: proxy.url, token: rest.token, deadline: "60s" });
  const queues = { small: { maxLength: 10, whenFull: "dropOldest" } } as const;
  await using app = new Umbel("chaos", { broker, config: { queues } });
  await using other = new Umbel("chaos", { broker, config: { queues } });
  const runs: string[] = [];
  const run = (what: string) => void runs.push(what);
  const key = (what: string) => what.slice(0, 2);
  const replaced = app.task("replaced", { unique: { on: "replace", key } }, run);
  const throttled = app.task("throttled", { throttle: { period: "1d", key } }, run);
  const small = app.task("small", { queue: "small" }, run);
  const paid = app.task("paid", run);
  other.include(...[replaced, throttled, small, paid]);

  const dropped: string[] = [];
  const revoked = new Set<string>();
  for (let n = 0; n < 30; n++) {
    // Two senders at once, of one request each.
    const handles = await Promise.all([app, other].map((sender, index) =>
      sender.sendMany([
        replaced.call([`r${n % 3} ${n} ${index}`]),
        throttled.call([`t${n % 3} ${n} ${index}`]),
        small.call([`s ${n} ${index}`]),
        paid.call([`p${n % 3}`], { idempotencyKey: `p${n % 3}` }),
      ])
    ));
    for (const [one, , three] of handles) {
      revoked.add(one!.id);
      dropped.push(three!.id);
    }
  }
  const statesOf = async (ids: Iterable<string>) =>
    (await app.broker.fetch([...ids])).map((record) => record?.state).sort();
  const expected = (sent: number, left: number) =>
    Array.from({ length: sent }, (_, n) => n < left ? "QUEUED" : "REVOKED");
  assertEquals(await statesOf(revoked), expected(60, 3));
  assertEquals(await statesOf(dropped), expected(60, 10));
  await new Worker(app, { queues: ["default", "small"] }).drain({ seconds: 60 });
  const ran = (letter: string) => runs.filter((what) => what.startsWith(letter)).map(key).sort();
  assertEquals(ran("r"), ["r0", "r1", "r2"]);
  assertEquals(ran("t"), ["t0", "t1", "t2"]);
  assertEquals(ran("p"), ["p0", "p1", "p2"]);
  assertEquals(ran("s").length, 10);
  const left = await rest.command("HKEYS", "{umbel:chaos}:m") as string[];
  assertEquals(left.filter((field) => /^[rt]:/.test(field)), []);
});
