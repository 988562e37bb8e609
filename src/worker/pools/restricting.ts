/**
 * Whether children can be made that may reach less than their worker.
 *
 * @module
 */

/** What is used of Deno, and of what it has of Node. */
interface Runtime {
  readonly Deno?: { readonly version?: unknown };
  readonly process?: { getBuiltinModule?(name: "node:child_process"): ChildProcesses | undefined };
}

interface ChildProcesses {
  fork(module: string, args: readonly string[], options: { readonly env: object; readonly silent: true }): unknown;
  readonly ChildProcess: { readonly prototype: { spawn: (options: { readonly args: readonly string[] }) => unknown } };
}

/** Why no child can be restricted here; `undefined` where it can be. */
export function whyNotRestricted(): string | undefined {
  if (!(globalThis as Runtime).Deno?.version) return "this runtime has no permissions for Web Workers, as Deno has";
  const flags = unstableFlags();
  if (flags?.includes("--unstable-worker-options")) return undefined;
  const remedy = 'give Deno --unstable-worker-options, or "unstable": ["worker-options"] in deno.json';
  return flags ? remedy : `${remedy}, and --allow-env, without which it cannot be told whether that was given`;
}

/**
 * The unstable flags that this process was started with, or its deno.json names. Deno has no way to ask for them, and a
 * Web Worker with permissions ends the whole process where one is missing. But it hands them on to the processes that it
 * forks: so one is forked, up to the point where it would be started.
 */
function unstableFlags(): readonly string[] | undefined {
  let flags: readonly string[] | undefined;
  try {
    const processes = (globalThis as Runtime).process!.getBuiltinModule!("node:child_process")!;
    const { prototype } = processes.ChildProcess;
    const { spawn } = prototype;
    prototype.spawn = ({ args }) => {
      flags = args.filter((arg) => arg.startsWith("--unstable-"));
      throw new Error("It is not started");
    };
    try {
      processes.fork("", [], { env: {}, silent: true });
    } finally {
      prototype.spawn = spawn;
    }
  } catch {
    // Either it got as far as that, or it cannot be told.
  }
  return flags;
}
