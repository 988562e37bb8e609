import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { BrokerRefused, BrokerUnavailable, type Clock } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { Connection } from "../../../../src/brokers/redis/connection/connection.ts";
import type { RedisClient } from "../../../../src/brokers/redis/connection/client.ts";
import { RestFailure } from "../../../../src/brokers/redis/connection/rest_client.ts";
import { retryAfter } from "../../../../src/retry_after.ts";
import { script } from "../../../../src/brokers/redis/connection/script.ts";

const verb = script({ name: "verb", keys: [], args: [], body: "return {}" });

/** A server that fails as it is told to, and a clock that moves on by itself as soon as somebody pauses. */
function away(fail: () => Error | undefined) {
  const clock = new ManualClock();
  const start = clock.now();
  /** When it was asked (ms), and for how long was paused. */
  const asked: number[] = [];
  const pauses: number[] = [];
  const evalsha: RedisClient["evalsha"] = () => {
    asked.push(clock.now() - start);
    const error = fail();
    return error ? Promise.reject(error) : Promise.resolve(["ok"]);
  };
  const lapse: Clock = {
    now: () => clock.now(),
    sleep: async (ms, signal) => {
      pauses.push(ms);
      const over = clock.sleep(ms, signal);
      await clock.jump({ milliseconds: Math.ceil(ms) });
      await over;
    },
  };
  const client: RedisClient = { evalsha, eval: evalsha };
  const connection = new Connection(client, 10_000, 5000, lapse);
  const run = (signal?: AbortSignal) => connection.run(verb, [], [], signal);
  return { clock, asked, pauses, connection, run, now: () => clock.now() - start };
}

const refused = () => new TypeError("error sending request: connection refused");

Deno.test("Connection bears a broker that is away for 60 s: pauses grow up to 5 s, and no two are alike", async () => {
  const { asked, pauses, run, now } = away(() => now() < 60_000 ? refused() : undefined);
  assertEquals(await run(new AbortController().signal), ["ok"]);
  // 60 s by 5 s, of which at least half is paused each time, and some ten tries until pauses are as long.
  assert(asked.length >= 60 / 5 && asked.length <= 60 / 2.5 + 15, `${asked.length} tries`);
  assert(pauses.slice(0, 2).every((pause) => pause <= 50), `it began with pauses of ${pauses.slice(0, 2)} ms`);
  assert(pauses.slice(-8).every((pause) => pause >= 2500 && pause <= 5000), `it ended with ${pauses.slice(-8)} ms`);
  assertEquals(new Set(pauses).size, pauses.length);
  // Whoever lost it with us does not come back with us.
  assert(now() <= 65_001);
});

Deno.test("Connection gives up at its deadline, and a call that comes later begins with the patience of the first", async () => {
  const { asked, run, now } = away(refused);
  const { message } = await assertRejects(() => run(), BrokerUnavailable);
  assertMatch(message, /^The broker gave no answer to verb in \d+ tries: error sending request: connection refused$/);
  assert(now() <= 10_000);
  const first = asked.length;
  await assertRejects(() => run(), BrokerUnavailable);
  assert(asked.length - first <= 5, `the second call asked ${asked.length - first} times, the first ${first}`);
});

for (const gone of ["dns error: failed to lookup address information", "tcp connect error: deadline has elapsed"]) {
  Deno.test(`Connection goes on by itself after: ${gone}`, async () => {
    let left = 3;
    const { run } = away(() => left-- > 0 ? new TypeError(`error sending request: ${gone}`) : undefined);
    assertEquals(await run(), ["ok"]);
  });
}

Deno.test("Connection leaves a server alone for as long as that asks", async () => {
  const { asked, run, now } = away(() => now() < 4000 ? new RestFailure("HTTP 429: slow down", true, 4000) : undefined);
  await run();
  assertEquals([asked.length, asked[0]], [2, 0]);
  assert(asked[1]! >= 4000 && asked[1]! <= 4400, `asked at ${asked}`);
});

Deno.test("Connection says at once that a server asks for more time than the deadline leaves, whoever calls", async () => {
  const { asked, run, now } = away(() => new RestFailure("HTTP 429: slow down", true, 30_000));
  await assertRejects(() => run(), BrokerUnavailable, "HTTP 429: slow down");
  const { message } = await assertRejects(() => run(), BrokerUnavailable);
  assertMatch(message, /in 0 tries: it asks to be left alone for 3\d s$/);
  assertEquals([asked.length, now()], [1, 0]);
});

Deno.test("Connection repeats nothing that is refused", async () => {
  for (const error of [new Error("WRONGPASS no"), new RestFailure("HTTP 404 with what is no answer of Redis", false)]) {
    const { asked, run } = away(() => error);
    await assertRejects(() => run(), BrokerRefused, error.message);
    assertEquals(asked.length, 1);
  }
});

Deno.test("retryAfter() reads seconds and dates, a minute at most", () => {
  const date = "Sat, 21 Nov 2026 12:00:00 GMT";
  assertEquals(retryAfter("2", null), 2000);
  assertEquals(retryAfter("0.5", null), 500);
  // By the server's own clock, whatever ours says.
  assertEquals(retryAfter("Sat, 21 Nov 2026 12:00:07 GMT", date), 7000);
  assertEquals(retryAfter("Sat, 21 Nov 2026 11:00:00 GMT", date), 0);
  assertEquals(retryAfter("Sat, 21 Nov 2027 12:00:00 GMT", date), 60_000);
  assertEquals(retryAfter("86400", null), 60_000);
  for (const nothing of [null, "", "soon"]) assertEquals(retryAfter(nothing, date), undefined);
});

Deno.test("Connection measures the server's time anew as soon as this machine's clock was set", async () => {
  let asked = 0;
  const time = (): Promise<[number, number]> => Promise.resolve([1_800_000_500 + 1000 * asked++, 0]);
  const never = () => Promise.reject(new Error("not asked for"));
  const connection = new Connection({ time, eval: never, evalsha: never }, 1000, 1000);
  // How often it was asked before, by the time that it told; it goes on while this is looked at.
  const measured = async () => Math.floor((Date.now() + await connection.offset()) / 1_000_000) - 1_800_000;
  assertEquals([await measured(), await measured()], [0, 0]);
  const { now } = Date;
  try {
    Date.now = () => now() - 3_600_000;
    assertEquals([await measured(), await measured()], [1, 1]);
  } finally {
    Date.now = now;
  }
  assertEquals([await measured(), asked], [2, 3]);
  await connection.close();
});
