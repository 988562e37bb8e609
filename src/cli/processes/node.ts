/**
 * A worker that goes on by itself: started apart from this process, and found again by its pid file.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { closeSync, openSync } from "node:fs";
import { systemClock } from "../../clock.ts";
import { livingPid, readPid } from "./pid_file.ts";
import type { Program } from "./program.ts";

/** How often to look whether it has come or gone (ms). */
const lookEvery = 30;

/**
 * Starts a process, whose output goes to the end of a file.
 *
 * @returns Its id once it has its pid file, or the code that it ended with before.
 */
export async function startNode(
  { path, args }: Program,
  pidFile: string,
  logFile: string,
): Promise<{ readonly pid: number | undefined; readonly code?: number }> {
  await Deno.mkdir(dirname(logFile), { recursive: true });
  // Of node:child_process, since its processes may have files for their output.
  const log = openSync(logFile, "a");
  const child = spawn(path, [...args], { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  const { pid } = child;
  let code: number | undefined;
  child.on("error", () => code ??= 1);
  child.on("exit", (exitCode) => code ??= exitCode ?? 1);
  while (code === undefined) {
    if (await readPid(pidFile) === pid) {
      child.unref();
      return { pid };
    }
    await systemClock.sleep(lookEvery);
  }
  return { pid, code };
}

/** Tells a process to stop. @returns Whether it let go of its pid file within so many ms. */
export async function stopNode(pid: number, pidFile: string, patience: number): Promise<boolean> {
  Deno.kill(pid, "SIGTERM");
  const end = systemClock.now() + patience;
  while (systemClock.now() < end) {
    if (await livingPid(pidFile) !== pid) return true;
    await systemClock.sleep(lookEvery);
  }
  return false;
}
