/** A program of its own, since permissions of children need a flag: its tasks may reach less than it may itself. */
import { createLogger, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { threads } from "@umbel/umbel/threads";

export const app = new Umbel("shop", {
  // Asked for when it is opened, not when the module is loaded: a child may not read it.
  broker: (name, clock) => sqlite(Deno.env.get("POOL_TEST_DB")!)(name, clock),
  env: {},
});

function home(): string {
  return Deno.env.get("HOME") ?? "";
}

async function ask(port: number): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}`)).text();
}

/** What it may, or why it may not. */
async function tried(what: () => unknown): Promise<unknown> {
  try {
    return await what();
  } catch (error) {
    return `${error instanceof Error ? error.name : error}`;
  }
}

const both = async (port: number) => [await tried(home), await tried(() => ask(port))];
const free = app.task("free", both);
const closed = app.task("closed", { permissions: {} }, both);
const variable = app.task("variable", { permissions: { env: ["HOME"] } }, both);
const host = app.task("host", { permissions: { net: ["127.0.0.1"] } }, both);

if (import.meta.main) {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response("there"));
  const log = createLogger({ level: "error" });
  await using worker = new Worker(app, { pool: threads({ module: import.meta.url }), concurrency: 2, log });
  const running = worker.run();
  // Its error is awaited in the end.
  running.catch(() => {});
  const { port } = server.addr;
  const told = async () => {
    const handles = await Promise.all([free, closed, variable, host, free].map((task) => task.delay(port)));
    return await Promise.all(handles.map((handle) => handle.get({ timeout: "10m" })));
  };
  console.log(JSON.stringify(await Promise.race([told(), running])));
  await worker.stop();
  await running;
  await app[Symbol.asyncDispose]();
}
