/**
 * `umbel worker`.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { createLogger, type Logger, type LogLevel } from "../../log.ts";
import { Worker } from "../../worker/worker.ts";
import { appOfFile, moduleOfApp } from "../app.ts";
import { beside } from "./beat.ts";
import { command, common } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";
import { serveHealth } from "../health.ts";
import { LogFile } from "../processes/log_file.ts";
import { pathOf } from "../processes/node_name.ts";
import { PidFile } from "../processes/pid_file.ts";
import { tellStrayErrors } from "../processes/stray_errors.ts";
import { onStop, stdinEnd } from "../processes/signals.ts";
import { supervise, supervisorOptions } from "../processes/supervise.ts";
import { version } from "../version.ts";
import { readDrain, readSettings, workerOptions } from "../worker_options.ts";
import { readPool } from "../pool.ts";

/** Runs tasks. */
export const worker = command({
  name: "worker",
  summary: "Takes messages from queues and runs their tasks, until it is told to stop.",
  operands: [],
  options: {
    ...common,
    ...workerOptions,
    ...supervisorOptions,
  },
  examples: [
    "umbel worker -A shop.ts",
    "umbel worker -A shop.ts -Q default,mail -c 20 -n mailer@%h -l warning",
    "umbel worker -A shop.ts -Q urgent,default --queue-order strict",
    "umbel worker -A shop.ts -Q mail,bulk --queue-order mail=3,bulk=1",
    "umbel worker -A shop.ts --beat",
    "umbel worker -A shop.ts --log json --grace 25s",
    "umbel worker -A shop.ts -n mailer@%h --logfile /var/log/%n.log --pidfile /run/%n.pid",
    "umbel worker -A shop.ts --drain --seconds 50 --idle 5",
    "umbel worker -A shop.ts --health-port 0.0.0.0:9100",
    "umbel worker -A shop.ts --processes auto",
    "umbel worker -A shop.ts --watch",
    "umbel worker -A shop.ts --pool threads -c 4 --max-memory-per-child 200mb",
  ],
  async run(options) {
    if (!options.drain && (options.seconds ?? options.idle) !== undefined) {
      throw new UsageError(`--${options.seconds === undefined ? "idle" : "seconds"} needs --drain`);
    }
    if (options.processes !== undefined || options.watch) return await supervise(options);
    const settings = readSettings(options);
    const { logfile, pidfile } = options;
    using logFile = logfile === undefined ? undefined : new LogFile(pathOf(logfile, settings.name));
    const log = createLogger({
      name: settings.name,
      level: (options.loglevel?.toLowerCase() ?? "info") as LogLevel,
      format: (options.log ?? "text") as "text" | "json",
      ...(logFile ? { write: (line) => logFile.write(line) } : {}),
    });
    using _strayErrors = tellStrayErrors(log);
    // To the very end: a second SIGTERM, while the app is closed, is not to end this with another exit code.
    using signals = new StopSignals();
    await using app = await appOfFile(options);
    const pool = readPool(options, await moduleOfApp(options, app));
    const worker = new Worker(app, { ...settings, ...(pool ? { pool } : {}), log });
    using _pidFile = pidfile === undefined ? undefined : await PidFile.take(pathOf(pidfile, settings.name));
    const { autoscale } = options;
    const runs = { ...(autoscale === undefined ? {} : { autoscale }), pool: pool?.name ?? "async" };
    announce(app, worker, runs, log, options.log === "json");
    await using _health = options["health-port"]
      ? await serveHealth(app, worker, options["health-port"], log)
      : undefined;
    if (options["until-stdin-ends"]) {
      void stdinEnd().then(() => {
        log.warning("stdin has ended: what runs is finished first");
        return worker.stop();
      });
    }
    await using beat = options.beat ? beside(app, log) : undefined;
    // An entry that breaks a rule ends both.
    void beat?.running.catch(() => worker.stop());
    signals.stop(worker, log);
    await (options.drain ? worker.drain(readDrain(options)) : worker.run());
    await beat?.[Symbol.asyncDispose]();
    await beat?.running;
    return signals.isInterrupted ? exitCodes.interrupted : exitCodes.ok;
  },
});

/** How tasks are run: in which pool, and between which bounds as many as it takes. */
interface Runs {
  readonly autoscale?: string;
  readonly pool: string;
}

/** Says who begins to work here: as a banner, or as a line of the JSON log. */
function announce(app: Umbel, { name, queues, concurrency }: Worker, runs: Runs, log: Logger, json: boolean): void {
  const tasks = [...app.tasks.keys()].sort();
  const facts = { app: app.name, broker: app.broker.name, concurrency, ...runs, queues };
  if (json) log.info(`${name} starts`, { version, ...facts, tasks });
  else if (log.enabled("info")) console.log(banner(name, { ...facts, queues: queues.join(", ") }, tasks));
  if (tasks.length === 0) log.warning(`App ${app.name} has no tasks: whatever comes goes back to its queue`);
}

function banner(name: string, facts: { readonly [name: string]: unknown }, tasks: readonly string[]): string {
  const lines = Object.entries(facts).map(([fact, value]) => `  ${`${fact}:`.padEnd(12)} ${value}`);
  return ["", `${name}, umbel ${version}`, "", ...lines, "", "  tasks:", ...tasks.map((task) => `    ${task}`), ""]
    .join("\n");
}

/** Stops a worker by signals: the first lets it finish what runs, Ctrl-C after that stops it at once. */
class StopSignals implements Disposable {
  #listening: Disposable | undefined;
  #isStopping = false;
  #isInterrupted = false;

  /** Whether it was stopped at once. */
  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** From now on this worker is stopped by them. */
  stop(worker: Worker, log: Logger): void {
    this.#listening = onStop((signal) => {
      if (!this.#isStopping) {
        this.#isStopping = true;
        log.info(`${signal}: what runs is finished first; Ctrl-C stops at once`);
        void worker.stop();
      } else if (signal === "SIGINT" && !this.#isInterrupted) {
        this.#isInterrupted = true;
        log.warning("SIGINT again: what runs is aborted and handed back");
        void worker.abort();
      }
    });
  }

  /** Leaves them to the system again. */
  [Symbol.dispose](): void {
    this.#listening?.[Symbol.dispose]();
  }
}
