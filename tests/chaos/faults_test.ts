import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { BrokerUnavailable, type Clock, type Duration, Umbel, upstash, Worker } from "@umbel/umbel";
import { systemClock } from "../../src/clock.ts";
import { redisTest, startRest, type TestRest } from "../redis.ts";
import { answer, type Fault, faults, FaultyServer, type Misbehaviour } from "./faulty_server.ts";
import { LogLines } from "./log_lines.ts";
import { startProxy } from "./proxy.ts";

/** Tells the time as it is, and pauses for a twentieth of it: nobody is to wait for 5 s here. */
class HastyClock implements Clock {
  /** So much shorter its pauses are: but 1 as soon as one of them limits how long something may take. */
  haste = 20;
  readonly now = systemClock.now;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms / this.haste, signal);
  }
}

function open({ url }: { url: string }, { token }: TestRest, name: string, clock: Clock): Umbel {
  // So long that nothing else than a fault is ever cut off.
  const broker = upstash({ url, token, deadline: "10m", requestTimeout: "3s" });
  return new Umbel(name, { broker, clock });
}

/** A worker and a sender, while their server meets a fault. */
async function goesOn(rest: TestRest, name: string, misbehave: Misbehaviour): Promise<void> {
  await using server = await new FaultyServer(rest.url).open();
  const clock = new HastyClock();
  await using app = open(server, rest, name.replaceAll(" ", "_"), clock);
  const runs: number[] = [];
  const begun = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const hold = app.task("hold", async () => {
    begun.resolve();
    await held.promise;
  });
  const note = app.task("note", (n: number) => void runs.push(n));
  const said = new LogLines();
  const worker = new Worker(app, { log: said.log });
  const running = worker.run();
  const waits = await hold.delay();
  await begun.promise;

  server.fault = misbehave;
  // Now the worker has something to hand in, and somebody something to send.
  held.resolve();
  const sending = Promise.all(Array.from({ length: 5 }, (_, n) => note.delay(n)));
  await said.said(/trying on/);
  await server.meets(3);
  server.fault = undefined;
  server.cut();

  const sent = await sending;
  await Promise.all([waits, ...sent].map((handle) => handle.get({ timeout: "10m" })));
  await said.said(/answers again/);
  clock.haste = 1;
  await worker.stop();
  await running;
  assertEquals(runs.sort(), [0, 1, 2, 3, 4], name);
  assertEquals(
    said.ofBroker.map(({ level }) => level),
    ["warning", "info"],
    `${name}: ${JSON.stringify(said.ofBroker)}`,
  );
  assertMatch(said.ofBroker[1]!.message, /^The broker answers again, after \d+\.\d s$/);
}

redisTest("a worker and a sender go on by themselves, with a line each way, whatever their server does", async () => {
  await using rest = await startRest();
  // All at once: each waits most of the time.
  await Promise.all((Object.keys(faults) as Fault[]).map((name) => goesOn(rest, name, faults[name])));
});

redisTest("what is sent goes out once the server answers, after as long as it asked for", async () => {
  await using rest = await startRest();
  await using server = await new FaultyServer(rest.url).open();
  const hasty = new HastyClock();
  const clock: Clock = { now: hasty.now, sleep: (ms, signal) => (pauses.push(ms), hasty.sleep(ms, signal)) };
  const pauses: number[] = [];
  const broker = upstash({ url: server.url, token: rest.token, deadline: "10m" });
  await using app = new Umbel("chaos", { broker, clock });
  const note = app.task("note", () => {});
  server.fault = (socket) => {
    server.fault = undefined;
    answer(socket, "429 Too Many Requests", `{"error":"slow down"}`, "application/json", "retry-after: 3\r\n");
  };
  await note.delay();
  // 3 s, and up to a tenth more.
  assertEquals(pauses.filter((pause) => pause > 2900 && pause <= 3300).length > 0, true, `${pauses}`);
});

redisTest("who sends while the server is away hears of it in time, and may send the same again", async () => {
  await using rest = await startRest();
  await using proxy = startProxy(rest.url, () => "pass");
  const broker = upstash({ url: proxy.url, token: rest.token, deadline: "10m" });
  await using app = new Umbel("chaos", { broker });
  let runs = 0;
  const note = app.task("note", () => ++runs);
  const send = (publishDeadline: Duration) => note.applyAsync([], { id: "order-1", publishDeadline });
  // From here on Redis knows the script.
  await note.delay();
  proxy.plan = () => "drop request";
  await assertRejects(() => send("300ms"), BrokerUnavailable, "The broker gave no answer to");
  // Now it is carried out, and the answer lost each time: nobody knows.
  proxy.plan = () => "drop answer";
  while (!proxy.fates.has("publish: drop answer")) {
    await assertRejects(() => send("300ms"), BrokerUnavailable, "The broker gave no answer to");
  }
  proxy.plan = () => "pass";
  assertEquals((await app.result("order-1").record())?.state, "QUEUED");
  const sent = await send("10m");
  await new Worker(app).drain({ seconds: 60 });
  assertEquals([await sent.get(), runs], [2, 2]);
});

redisTest("a worker goes on with a Redis that comes back empty: scripts, limits and all", async () => {
  await using rest = await startRest();
  await using app = new Umbel("chaos", { broker: upstash({ url: rest.url, token: rest.token }) });
  const one = app.task("one", { concurrency: 1 }, async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve));
    running--;
  });
  let running = 0;
  let most = 0;
  const said = new LogLines();
  const worker = new Worker(app, { log: said.log });
  const working = worker.run();
  await (await one.delay()).get();
  // It keeps nothing on a disk.
  await rest.redis.kill("SIGKILL");
  await rest.redis.restart();
  const handles = await one.delayMany(Array.from({ length: 20 }, () => []));
  await Promise.all(handles.map((handle) => handle.get({ timeout: "10m" })));
  assertEquals(most, 1);
  await worker.stop();
  await working;
});

const streamFaults: Record<string, Misbehaviour> = {
  "that is silent for ever": () => {},
  "that is closed at once": (socket) => {
    socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
  },
  "that is closed as soon as it is open": (socket) => {
    socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: subscribe,x,1\n\n");
  },
  "that is refused": (socket) => answer(socket, "503 Service Unavailable", "", "text/plain"),
};

for (const [what, misbehave] of Object.entries(streamFaults)) {
  redisTest(`a worker and who waits do without a stream ${what}`, async () => {
    await using rest = await startRest();
    await using server = await new FaultyServer(rest.url).open();
    server.streamFault = misbehave;
    const clock = new HastyClock();
    await using app = open(server, rest, "chaos", clock);
    const add = app.task("add", (x: number, y: number) => x + y);
    const said = new LogLines();
    const worker = new Worker(app, { log: said.log });
    const running = worker.run();
    assertEquals(await (await add.delay(1, 2)).get({ timeout: "10m" }), 3);
    assertEquals(await (await add.delay(3, 4)).get({ timeout: "10m" }), 7);
    server.streamFault = undefined;
    server.cut();
    assertEquals(await (await add.delay(5, 6)).get({ timeout: "10m" }), 11);
    clock.haste = 1;
    await worker.stop();
    await running;
    assertEquals(said.ofBroker, []);
  });
}
