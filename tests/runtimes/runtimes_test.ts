import { assertEquals } from "@std/assert";
import { Umbel, upstash, Worker } from "@umbel/umbel";
import { bundle } from "../bundle.ts";
import { redisTest, startRest } from "../redis.ts";
import { find, type Runtime } from "./installed.ts";
import type { Outcome } from "./program.ts";

/** Runs the program in a runtime, and returns what it says. */
type Run = (path: string, folder: string, url: string, token: string) => Promise<Outcome>;

const inCi = Deno.env.get("CI") === "true";

const runtimes: readonly [name: Runtime, run: Run][] = [["node", runNode], ["bun", runBun], ["workerd", runWorkerd]];

for (const [name, run] of runtimes) {
  const found = await find(name);
  const title = `the bundle sends tasks and runs them on ${name}`;
  if (found.missing !== undefined && !inCi) {
    console.warn(`\n*** ${found.missing}: THE TEST ON ${name.toUpperCase()} IS SKIPPED ***\n`);
    Deno.test.ignore(title, () => {});
    continue;
  }
  redisTest(title, async () => {
    if (found.missing !== undefined) throw new Error(found.missing);
    await using rest = await startRest();
    await using app = new Umbel("runtimes", { broker: upstash(rest) });
    app.task("add", (x: number, y: number) => x + y);
    const greeting = await app.sendTask("greet", ["Ada"], { queue: "there" });

    const stop = new AbortController();
    const working = new Worker(app).run({ signal: stop.signal });
    const folder = await Deno.makeTempDir();
    try {
      assertEquals(await run(found.path, folder, rest.url, rest.token), { sum: 3, runtime: name });
      assertEquals(await greeting.get({ timeout: "5s" }), `Hello Ada, this is ${name}`);
    } finally {
      await Deno.remove(folder, { recursive: true });
      stop.abort();
      await working;
    }
  });
}

function runNode(path: string, folder: string, url: string, token: string): Promise<Outcome> {
  return runScript("node", path, folder, url, token);
}

function runBun(path: string, folder: string, url: string, token: string): Promise<Outcome> {
  return runScript("bun", path, folder, url, token);
}

async function runScript(name: string, path: string, folder: string, url: string, token: string): Promise<Outcome> {
  const script = `${folder}/script.mjs`;
  await Deno.writeTextFile(script, await bundle("tests/runtimes/script.ts"));
  const { success, stdout, stderr } = await new Deno.Command(path, {
    args: [script, url, token, name],
    clearEnv: true,
    env: { HOME: folder, PATH: Deno.env.get("PATH") ?? "" },
  }).output();
  if (!success) throw new Error(`${name} failed:\n${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function runWorkerd(path: string, folder: string, url: string, token: string): Promise<Outcome> {
  await Deno.writeTextFile(`${folder}/worker.js`, await bundle("tests/runtimes/edge.ts"));
  await Deno.writeTextFile(`${folder}/config.capnp`, workerdConfig);
  // It says on its control channel, here stdout, which port it was given.
  await using process = new Deno.Command(path, {
    args: ["serve", "--control-fd=1", `${folder}/config.capnp`],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream());
  const { port } = JSON.parse((await Array.fromAsync(take(lines, 1)))[0]!);
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    body: JSON.stringify({ url, token, name: "workerd" }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`workerd answered ${response.status}:\n${text}`);
  return JSON.parse(text);
}

async function* take<T>(source: AsyncIterable<T>, count: number): AsyncIterable<T> {
  for await (const one of source) {
    yield one;
    if (--count === 0) return;
  }
}

const workerdConfig = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-01-01",
      globalOutbound = "network",
    )),
    (name = "network", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
