/** Finds the runtimes, and installs Bun and workerd by npm into `dev/runtimes` the first time. */
const folder = new URL("../../dev/runtimes/", import.meta.url);

/** What the bundle is run on. */
export type Runtime = "node" | "bun" | "workerd";

/** How to start a runtime, or why it cannot be. */
export type Found = { readonly path: string; readonly missing?: never } | { readonly missing: string };

let installation: Promise<string | undefined> | undefined;

/** Where the runtime's program is. */
export async function find(name: Runtime): Promise<Found> {
  if (name === "node") {
    const version = await output("node", ["--version"]);
    const major = Number(/^v(\d+)/.exec(version ?? "")?.[1] ?? 0);
    return major >= 20 ? { path: "node" } : { missing: "Node 20 or newer is needed" };
  }
  const program = new URL(`node_modules/.bin/${name}`, folder);
  if (await runs(program)) return { path: program.pathname };
  const problem = await (installation ??= install());
  return await runs(program) ? { path: program.pathname } : { missing: problem ?? `${name} does not start` };
}

async function runs(program: URL): Promise<boolean> {
  return await output(program.pathname, ["--version"]) !== undefined;
}

/** Returns what went wrong, if anything. */
async function install(): Promise<string | undefined> {
  console.warn("Installing Bun and workerd into dev/runtimes, for the first time…");
  try {
    const { success, stderr } = await new Deno.Command("npm", {
      args: ["install", "--no-audit", "--no-fund"],
      cwd: folder,
    }).output();
    return success ? undefined : new TextDecoder().decode(stderr);
  } catch (error) {
    return String(error);
  }
}

async function output(program: string, args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}
