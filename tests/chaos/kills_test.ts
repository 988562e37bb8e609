import { assert, assertEquals } from "@std/assert";
import { Umbel, upstash, Worker } from "@umbel/umbel";
import { redisTest, startRest, type TestRest } from "../redis.ts";

/** For how long a task is leased (ms). */
const lease = 2000;

interface WorkerProcess extends AsyncDisposable {
  /** What it said so far. */
  readonly lines: string[];
  /** Resolves once it has said so many lines that begin so. */
  said(start: string, times: number): Promise<void>;
  kill(): Promise<void>;
}

function startWorker(rest: TestRest, most = Infinity): WorkerProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      new URL("./worker.ts", import.meta.url).pathname,
      rest.url,
      rest.token,
      `${lease}ms`,
      `${most}`,
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const reading = (async () => {
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const parts = text.split("\n");
      text = parts.pop()!;
      lines.push(...parts);
      for (const check of [...waiting]) check();
    }
  })();
  let killed = false;
  const kill = async () => {
    if (killed) return;
    killed = true;
    child.kill("SIGKILL");
    await child.status;
    await reading;
  };
  return {
    lines,
    said: (start, times) =>
      new Promise((resolve) => {
        const check = () => {
          if (lines.filter((line) => line.startsWith(start)).length < times) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

redisTest(
  "a worker killed with -9 amid 500 tasks loses none, and each that it ran comes again within the lease",
  async () => {
    await using rest = await startRest();
    await using app = new Umbel("chaos", { broker: upstash({ url: rest.url, token: rest.token }) });
    const handles = await Promise.all(
      Array.from({ length: 500 }, (_, n) => app.sendTask("work", [n, 5])),
    );
    // From then on it holds as many as it runs at once.
    await using first = startWorker(rest, 100);
    await first.said("hold", 20);
    await first.kill();
    // A lease of 2 s, and not another: it is swept that soon.
    const sweptIn = Number(await rest.command("HGET", "{umbel:chaos}:m", "sweep")) - await app.broker.now();
    assert(sweptIn <= lease, `in ${sweptIn} ms`);
    await using second = startWorker(rest);
    const results = await Promise.all(handles.map((handle) => handle.get({ timeout: "10m" })));
    assertEquals(results, Array.from({ length: 500 }, (_, n) => n));
    // All that it has said is read then.
    await second.kill();
    // What the dead worker held came back with a death against it.
    const held = first.lines.filter((line) => line.startsWith("hold")).map((line) => line.split(" ")[1]!);
    for (const n of held) assert(second.lines.some((line) => new RegExp(`^end ${n} [1-9]`).test(line)), `task ${n}`);
  },
);

redisTest("redis-server killed with -9 and started again under load loses nothing that was accepted", async () => {
  await using rest = await startRest({ appendonly: true, appendfsync: "always" });
  await using app = new Umbel("chaos", {
    broker: upstash({ url: rest.url, token: rest.token, deadline: "10m" }),
  });
  const done = new Set<number>();
  const note = app.task("note", (n: number) => {
    done.add(n);
    return n;
  });
  const worker = new Worker(app, { concurrency: 20 });
  const running = worker.run();
  const accepted: number[] = [];
  let next = 0;
  const produce = async () => {
    while (next < 600) {
      const n = next++;
      const handle = await note.delay(n);
      accepted.push(n);
      assertEquals(await handle.get({ timeout: "10m" }), n);
      if (n === 150 || n === 350) {
        await rest.redis.kill("SIGKILL");
        await rest.redis.restart();
      }
    }
  };
  await Promise.all(Array.from({ length: 10 }, produce));
  assertEquals(accepted.length, 600);
  assertEquals(accepted.filter((n) => !done.has(n)), []);
  await worker.stop();
  await running;
});
