/**
 * `umbel worker --processes N` and `--watch`: the worker in processes of its own, kept alive by this one.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { createLogger, type LogLevel } from "../../log.ts";
import { readBudget } from "../../policies/budget.ts";
import { argsOf, type Options, readAddress, readNumber, type Values } from "../command.ts";
import type { ExitCode } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";
import { nodeName, numberedName } from "./node_name.ts";
import { thisProgram } from "./program.ts";
import { onStop } from "./signals.ts";
import { type Child, Supervisor } from "./supervisor.ts";
import { watchCode } from "./watch_code.ts";
import type { workerOptions } from "../worker_options.ts";

/** The options of a supervisor. */
export const supervisorOptions = {
  processes: {
    value: "N",
    help: "run so many of it, and restart those that crash; auto: one a core (default: this one)",
  },
  watch: { help: "restart it when code beside the app's file changes, after what runs is finished" },
  "deno-flags": { value: "FLAGS", help: "flags of deno run for its processes (default: the permissions of this one)" },
} as const satisfies Options;

type Given =
  & Values<typeof workerOptions>
  & Values<typeof supervisorOptions>
  & {
    readonly [name in "app" | "broker" | "loglevel"]: string | undefined;
  };

/** Keeps the processes alive until it is told to stop. */
export async function supervise({ processes, watch, "deno-flags": flags, ...options }: Given): Promise<ExitCode> {
  if (options.app === undefined) throw new UsageError("Say which app: -A FILE, a file that exports one");
  const count = readProcesses(processes);
  if (count > 1 && options.pidfile !== undefined && !options.pidfile.includes("%n")) {
    throw new UsageError(
      `--pidfile must hold %n, since each of the processes has its own, and it is ${options.pidfile}`,
    );
  }
  const { path, args } = thisProgram(flags);
  const { name = count === 1 ? "worker@%h" : "w%i@%h", ...more } = options;
  const names = count === 1 && !name.includes("%i")
    ? [nodeName(name)]
    : Array.from({ length: count }, (_, index) => numberedName(name, index + 1));
  const log = createLogger({
    name: "supervisor",
    level: (options.loglevel?.toLowerCase() ?? "info") as LogLevel,
    format: (options.log ?? "text") as "text" | "json",
  });
  const budget = shareOf(options.budget, count);
  const start = (name: string, index: number): Child => {
    const given = { ...more, ...healthOf(more["health-port"], index), ...budget, name, "until-stdin-ends": true };
    const child = new Deno.Command(path, {
      args: [...args, "worker", ...argsOf(given)],
      // A pipe that nothing is written to: its end tells the worker that this process is no more.
      stdin: "piped",
      // In a group of its own: Ctrl-C is for this process alone, which hands it on.
      detached: true,
    }).spawn();
    log.info(`${name} is process ${child.pid}`);
    return child;
  };
  const supervisor = new Supervisor({ names, start, log, clock: systemClock, mayMend: watch });
  const over = new AbortController();
  let stops = 0;
  using _ = onStop((signal) => {
    if (stops++ === 0) {
      log.info(`${signal}: what runs is finished first; Ctrl-C stops at once`);
      supervisor.signal("SIGTERM");
    } else if (signal === "SIGINT") supervisor.signal("SIGINT");
  });
  if (watch) {
    void watchCode(options.app, over.signal, async (file) => {
      log.info(`${file} has changed: what runs is finished first`);
      await supervisor.restart();
    });
  }
  try {
    return await supervisor.run();
  } finally {
    over.abort();
  }
}

/** What each of so many may spend. */
function shareOf(budget: string | undefined, count: number): { readonly budget?: string } {
  if (budget === undefined) return {};
  const { limit, per } = readBudget(budget);
  return { budget: `${Math.max(1, Math.floor(limit / count))}/${per}` };
}

function readProcesses(text = "1"): number {
  const count = text === "auto" ? navigator.hardwareConcurrency : readNumber(text, "--processes")!;
  if (Number.isInteger(count) && count >= 1 && count <= 256) return count;
  throw new UsageError(`--processes must be a whole number from 1 to 256, or auto, and it is ${text}`);
}

/** Each has a port of its own: the first that of the option, the next one the next. */
export function healthOf(address: string | undefined, index: number): { readonly "health-port"?: string } {
  if (address === undefined) return {};
  const { hostname, port } = readAddress(address, "--health-port");
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return { "health-port": `${host}:${port === 0 ? 0 : port + index}` };
}
