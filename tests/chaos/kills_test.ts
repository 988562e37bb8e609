import { assertEquals } from "@std/assert";
import { Umbel, upstash, Worker } from "@umbel/umbel";
import { redisTest, startRest, type TestRest } from "../redis.ts";

interface WorkerProcess extends AsyncDisposable {
  /** What it said so far. */
  readonly lines: string[];
  /** Resolves once it has said so many lines that begin so. */
  said(start: string, times: number): Promise<void>;
  kill(): Promise<void>;
}

function startWorker(rest: TestRest, lease: string): WorkerProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("./worker.ts", import.meta.url).pathname, rest.url, rest.token, lease],
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
    await using first = startWorker(rest, "2s");
    await first.said("end", 100);
    await first.kill();
    const killedAt = performance.now();
    const ended = new Set(first.lines.filter((line) => line.startsWith("end")).map((line) => line.split(" ")[1]));
    const interrupted = first.lines
      .filter((line) => line.startsWith("start"))
      .map((line) => line.split(" ")[1]!)
      .filter((n) => !ended.has(n));
    assertEquals(interrupted.length > 0, true, "nothing was interrupted");
    await using second = startWorker(rest, "2s");
    const results = await Promise.all(handles.map((handle) => handle.get({ timeout: "60s" })));
    const took = performance.now() - killedAt;
    assertEquals(results, Array.from({ length: 500 }, (_, n) => n));
    // What the dead worker held came back with one death against it.
    for (const n of interrupted) assertEquals(second.lines.includes(`end ${n} 1`), true, `task ${n}`);
    // A lease of 2 s, and not another: everything else was done long before.
    assertEquals(took < 2000 + 5000, true, `all was done ${Math.round(took)} ms after the kill`);
  },
);

redisTest("redis-server killed with -9 and started again under load loses nothing that was accepted", async () => {
  await using rest = await startRest({ appendonly: true, appendfsync: "always" });
  await using app = new Umbel("chaos", {
    broker: upstash({ url: rest.url, token: rest.token, deadline: "30s" }),
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
      assertEquals(await handle.get({ timeout: "60s" }), n);
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
