/** Runs the programs in a runtime. */
import { bundle } from "../bundle.ts";
import type { Runtime } from "./installed.ts";
import type { Outcome } from "./program.ts";

/** Which program is to be run, and with what. */
export interface Run {
  readonly program: "app" | "client";
  readonly url: string;
  readonly token: string;
  /** The runtime. */
  readonly name: Runtime;
}

/** Bundles the programs, runs one in a runtime whose executable is `path`, and returns what it says. */
export async function run(path: string, run: Run): Promise<Outcome> {
  const folder = await Deno.makeTempDir();
  try {
    return await (run.name === "workerd" ? runWorkerd : runScript)(path, folder, run);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function runScript(path: string, folder: string, { program, url, token, name }: Run): Promise<Outcome> {
  const script = `${folder}/script.mjs`;
  await Deno.writeTextFile(script, await bundle("tests/runtimes/script.ts"));
  const { success, stdout, stderr } = await new Deno.Command(path, {
    args: [script, program, url, token, name],
    clearEnv: true,
    env: { HOME: folder, PATH: Deno.env.get("PATH") ?? "" },
  }).output();
  if (!success) throw new Error(`${name} failed:\n${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function runWorkerd(path: string, folder: string, run: Run): Promise<Outcome> {
  await using served = await serveWorkerd(path, folder, "tests/runtimes/edge.ts");
  const response = await fetch(served.url, { method: "POST", body: JSON.stringify(run) });
  const text = await response.text();
  if (!response.ok) throw new Error(`workerd answered ${response.status}:\n${text}`);
  return JSON.parse(text);
}

/** Bundles a program into `folder`, and serves it by workerd with these texts in its environment. */
export async function serveWorkerd(
  path: string,
  folder: string,
  program: string,
  env: { readonly [name: string]: string } = {},
): Promise<AsyncDisposable & { readonly url: string }> {
  await Deno.writeTextFile(`${folder}/worker.js`, await bundle(program));
  await Deno.writeTextFile(`${folder}/config.capnp`, workerdConfig(env));
  // It says on its control channel, here stdout, which port it was given.
  const process = new Deno.Command(path, {
    args: ["serve", "--control-fd=1", `${folder}/config.capnp`],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream());
  const [line] = await Array.fromAsync(take(lines, 1));
  if (line === undefined) throw new Error(`workerd did not start, with code ${(await process.status).code}`);
  const { port } = JSON.parse(line);
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}

async function* take<T>(source: AsyncIterable<T>, count: number): AsyncIterable<T> {
  for await (const one of source) {
    yield one;
    if (--count === 0) return;
  }
}

function workerdConfig(env: { readonly [name: string]: string }): string {
  const bindings = Object.entries(env).map(([name, text]) =>
    `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`
  );
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-01-01",
      bindings = [${bindings.join(", ")}],
      globalOutbound = "network",
    )),
    (name = "network", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}
