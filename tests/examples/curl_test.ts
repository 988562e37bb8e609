import { assertEquals, assertMatch } from "@std/assert";
import { Umbel, Worker } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { startProgram } from "./program.ts";

async function curl(name: string, args: string): Promise<{ code: number; output: string }> {
  await using app = new Umbel("curl", { broker: sqlite(":memory:") });
  app.task("add", (x: number, y: number) => x + y);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    http(app, { tokens: ["t0k3n"] }).fetch,
  );
  const stop = new AbortController();
  const working = new Worker(app).run({ signal: stop.signal });
  await using program = startProgram("sh", [
    "examples/curl.sh",
    `http://127.0.0.1:${server.addr.port}`,
    "t0k3n",
    name,
    args,
  ]);
  const code = await program.ended;
  stop.abort();
  await working;
  return { code, output: program.output };
}

Deno.test("examples/curl.sh sends a task and prints its result", async () => {
  const { code, output } = await curl("add", "[1, 2]");
  assertEquals(code, 0, output);
  const { state, result } = JSON.parse(output);
  assertEquals({ state, result }, { state: "SUCCESS", result: 3 });
});

Deno.test("examples/curl.sh fails for a task that nobody knows", async () => {
  const { code, output } = await curl("ad", "[1, 2]");
  assertEquals(code, 22, output);
  assertMatch(output, /404/);
});
