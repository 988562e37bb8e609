import { assert } from "@std/assert";
import { Umbel, upstash, Worker } from "@umbel/umbel";
import { silentLogger as log } from "../../src/log.ts";
import { redisTest, startRest } from "../redis.ts";

redisTest("a callback costs few commands alone, and less than one in batches of 100", async () => {
  await using rest = await startRest();
  const serving = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
  await using receiver = Deno.serve(serving, () => new Response(null, { status: 204 }));
  const host = `127.0.0.1:${receiver.addr.port}`;
  const secrets = [`whsec_${btoa("a secret of at least 24 bytes")}`];
  const callbacks = { hosts: [host], secrets, allowPrivate: true };
  await using app = new Umbel("shop", { broker: upstash(rest), env: {}, log, callbacks });
  const add = app.task("add", (x: number) => x);
  const cost = async (count: number, options = {}) => {
    const { total } = await rest.billed(async () => {
      await app.sendMany(Array.from({ length: count }, () => add.call([1], options)));
      await new Worker(app, { log }).drain({ seconds: 60 });
    });
    return total;
  };
  // The first one loads the scripts.
  await cost(1);
  const callback = `http://${host}/`;
  const alone = await cost(1, { callback }) - await cost(1);
  const together = (await cost(100, { callback }) - await cost(100)) / 100;
  // Whether two messages come in one turn or in two is a matter of time.
  assert(alone <= 15, `${alone} commands alone`);
  assert(together < 1, `${together} commands each`);
});
