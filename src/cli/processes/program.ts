/**
 * How this program is started once more, as a process of its own.
 *
 * @module
 */
import { UsageError } from "../failure.ts";

/** Each is handed on where it is granted as a whole; that to start processes only with all others, as `-A` has it. */
const kinds = ["read", "write", "net", "env", "sys", "ffi", "import"] as const;

/** A program and what it is called with. */
export interface Program {
  /** The executable file. */
  readonly path: string;
  /** What stands before the command's name. */
  readonly args: readonly string[];
}

/**
 * This program, with the permissions that this process has.
 *
 * @param flags Flags of `deno run` in their place: which hosts or folders a permission is for, a process cannot tell.
 * @throws {UsageError} When this process may start none.
 */
export function thisProgram(flags: string | undefined): Program {
  const path = Deno.execPath();
  if (!isGranted({ name: "run", command: path })) {
    throw new UsageError("Processes are to be started: that takes --allow-run, which docs/start.md has a task for");
  }
  if (Deno.build.standalone) return { path, args: [] };
  return { path, args: ["run", ...flags === undefined ? permissions() : flags.split(/\s+/), Deno.mainModule] };
}

function permissions(): string[] {
  const granted = kinds.filter((name) => isGranted({ name }));
  if (granted.length === kinds.length && isGranted({ name: "run" })) return ["-A"];
  return [
    "--no-prompt",
    ...granted.map((name) => `--allow-${name}`),
    ...(!granted.includes("sys") && isGranted({ name: "sys", kind: "hostname" }) ? ["--allow-sys=hostname"] : []),
  ];
}

function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}
