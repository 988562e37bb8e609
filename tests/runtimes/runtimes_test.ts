import { assertEquals } from "@std/assert";
import { createLogger, Umbel, upstash, Worker } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { redisTest, startRest } from "../redis.ts";
import { find, type Runtime } from "./installed.ts";
import { run, serveWorkerd } from "./run.ts";

const inCi = Deno.env.get("CI") === "true";

const runtimes: readonly Runtime[] = ["node", "bun", "workerd"];

for (const name of runtimes) {
  const found = await find(name);
  const titles = [`the bundle sends tasks and runs them on ${name}`, `a client sends tasks from ${name}`] as const;
  if (found.missing !== undefined && !inCi) {
    console.warn(`\n*** ${found.missing}: THE TESTS ON ${name.toUpperCase()} ARE SKIPPED ***\n`);
    for (const title of titles) Deno.test.ignore(title, () => {});
    continue;
  }

  redisTest(titles[0], async () => {
    if (found.missing !== undefined) throw new Error(found.missing);
    await using rest = await startRest();
    await using app = new Umbel("runtimes", { broker: upstash(rest) });
    app.task("add", (x: number, y: number) => x + y);
    const greeting = await app.sendTask("greet", ["Ada"], { queue: "there" });

    const stop = new AbortController();
    const working = new Worker(app).run({ signal: stop.signal });
    try {
      assertEquals(await run(found.path, { program: "app", url: rest.url, token: rest.token, name }), {
        sum: 3,
        runtime: name,
      });
      assertEquals(await greeting.get({ timeout: "10m" }), `Hello Ada, this is ${name}`);
    } finally {
      stop.abort();
      await working;
    }
  });

  Deno.test(titles[1], async () => {
    if (found.missing !== undefined) throw new Error(found.missing);
    const log = createLogger({ write: () => {} });
    await using app = new Umbel("runtimes", { broker: sqlite(":memory:"), env: {} });
    app.task("add", (x: number, y: number) => x + y);
    await using worker = new Worker(app, { log });
    void worker.run();
    const api = http(app, { tokens: ["a-long-secret"], log });
    const serving = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
    await using server = Deno.serve(serving, (request) => api.fetch(request));
    const url = `http://127.0.0.1:${server.addr.port}`;
    assertEquals(await run(found.path, { program: "client", url, token: "a-long-secret", name }), {
      sum: 3,
      runtime: name,
    });
  });
}

const workerd = await find("workerd");
const pushed = "workerd does by POST /work what was sent over HTTP to another workerd, which wakes it";
if (workerd.missing !== undefined && !inCi) {
  Deno.test.ignore(pushed, () => {});
} else {
  redisTest(pushed, async () => {
    if (workerd.missing !== undefined) throw new Error(workerd.missing);
    await using rest = await startRest();
    const folders = await Promise.all([Deno.makeTempDir(), Deno.makeTempDir()]);
    const env = { UPSTASH_REDIS_REST_URL: rest.url, UPSTASH_REDIS_REST_TOKEN: rest.token, SECRET: "s3cret" };
    const serve = (folder: string, wake: string) =>
      serveWorkerd(workerd.path, folder, "tests/runtimes/pushed.ts", { ...env, WAKE: wake });
    try {
      await using working = await serve(folders[0]!, "");
      await using sending = await serve(folders[1]!, `${working.url}/work`);
      const headers = { authorization: "Bearer s3cret", "content-type": "application/json" };
      const post = (url: string, body = "") => fetch(url, { method: "POST", headers, body });
      for (const n of [1, 2]) {
        const sent = await post(`${sending.url}/tasks/add`, JSON.stringify({ args: [n, 2] }));
        const { id } = await sent.json();
        assertEquals(sent.status, 202);
        const answer = await fetch(`${sending.url}/tasks/${id}?wait=20`, { headers });
        const { state, result } = await answer.json();
        assertEquals({ state, result }, { state: "SUCCESS", result: n + 2 });
      }
      const lines = (await (await post(`${working.url}/work?seconds=5`)).text()).trim().split("\n");
      assertEquals(JSON.parse(lines.at(-1)!).state, "empty");
    } finally {
      for (const folder of folders) await Deno.remove(folder, { recursive: true });
    }
  });
}
