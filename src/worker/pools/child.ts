/**
 * The program of a child: takes runs from its worker, and tells it what they come to. Here, and not in the worker, are
 * the app's module, its handlers, schemas, middleware and error classes.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { appOfModule } from "../../app/exported.ts";
import type { Delivery, Lease } from "../../ports/turn.ts";
import { errorInfo } from "../../error_info.ts";
import { TaskRevoked } from "../../errors.ts";
import type { LogFields, LogLevel, TaskLogger } from "../../log.ts";
import { Batch } from "../runs/batch.ts";
import type { Outcome } from "../runs/outcome.ts";
import { prepare } from "../runs/prepare.ts";
import { Run, type Runner } from "../runs/run.ts";
import { AsyncPool } from "./async.ts";
import { openReason, packOutcome } from "./crossing.ts";
import { heapSize } from "./heap.ts";
import type { ChildSettings, FromChild, ToChild } from "./protocol.ts";

/** What is used of a Web Worker's own side. */
interface Scope {
  postMessage(message: FromChild): void;
  addEventListener(type: "message", listener: (event: MessageEvent<ToChild>) => void): void;
  close(): void;
  readonly Deno?: { exit(code?: number): never };
  readonly process?: { exit(code?: number): never };
}

const scope = globalThis as unknown as Scope;
// What an app's module does to these is its own business.
const post = scope.postMessage.bind(scope);

/** Begins to take runs. */
export function serveChild(module: { readonly [name: string]: unknown }, settings: ChildSettings): void {
  tellOfTheEnd();
  try {
    const app = appOfModule(module, "The module of the pool", settings.export);
    if (app.name !== settings.app) {
      throw new TypeError(`it exports app ${app.name}, and the worker's is ${settings.app}`);
    }
    if (settings.broker !== undefined) app.useBroker(settings.broker);
    const child = new Child(app, settings);
    scope.addEventListener("message", ({ data }) => child.hear(data));
    post({ kind: "ready" });
  } catch (thrown) {
    post({ kind: "refused", message: errorInfo(thrown).message });
  }
}

/** Nobody hears of a Web Worker that ends itself, unless it says so before. */
function tellOfTheEnd(): void {
  const enders = [[scope, "close"], [scope.Deno, "exit"], [scope.process, "exit"]] as const;
  for (const [owner, name] of enders as readonly (readonly [Record<string, () => void> | undefined, string])[]) {
    const end = owner?.[name];
    if (!owner || !end) continue;
    owner[name] = () => {
      post({ kind: "closed" });
      end.call(owner);
    };
  }
}

class Child implements Runner {
  readonly #app: Umbel;
  readonly #settings: ChildSettings;
  readonly #runs = new Map<Lease, Run>();
  readonly #pool: AsyncPool;
  /** The broker's time less that since this child began. */
  #offset = 0;

  constructor(app: Umbel, settings: ChildSettings) {
    this.#app = app;
    this.#settings = settings;
    const { config, middleware, wire } = app;
    this.#pool = new AsyncPool({ config, middleware, wire, now: () => this.#offset + performance.now() });
  }

  hear(message: ToChild): void {
    switch (message.kind) {
      case "start":
        this.#offset = message.now - performance.now();
        return this.#start(message.deliveries);
      case "abort": {
        const reason = openReason(message.reason);
        const run = this.#runs.get(message.lease);
        if (reason instanceof TaskRevoked) run?.revoke(false);
        else run?.abort(reason);
        return;
      }
      case "close":
        return void this.#close();
    }
  }

  #start(deliveries: readonly Delivery[]): void {
    const runs = deliveries.map((delivery) => new Run(delivery, this, 0));
    if (runs.length > 1) new Batch(runs);
    for (const run of runs) {
      const { config, tasks, wire } = this.#app;
      const task = tasks.get(run.message.task);
      this.#runs.set(run.lease, run);
      run.isRunning = true;
      prepare(run, task, config, wire);
      if (task) this.#pool.start(run, task);
      else run.end({ kind: "unknown" });
    }
  }

  /** What handlers sent goes out first. */
  async #close(): Promise<void> {
    try {
      await this.#app[Symbol.asyncDispose]();
    } finally {
      post({ kind: "closed" });
    }
  }

  ended(run: Run, outcome: Outcome): void {
    this.#runs.delete(run.lease);
    const { lease, encodedResult: encoded, span } = run;
    const heap = this.#settings.measures ? heapSize() : undefined;
    const more = {
      lease,
      ...(encoded ? { encoded } : {}),
      ...(span === undefined ? {} : { span }),
      ...(heap === undefined ? {} : { heap }),
    };
    try {
      post({ kind: "ended", ...more, outcome: packOutcome(outcome) });
    } catch (thrown) {
      // A value that codecs can carry, and the way to the worker cannot.
      post({ kind: "ended", ...more, outcome: packOutcome({ kind: "failed", thrown }) });
    }
  }

  late(): void {}

  /** Its worker has what it sent itself, but not what codecs make of it. */
  began({ lease, message, opened }: Run): void {
    post({ kind: "began", lease, ...(opened === message ? {} : { opened }) });
  }

  told({ lease, state, meta }: Run): void {
    post({ kind: "report", lease, state, meta });
  }

  logFor({ lease, keepsLog }: Run): TaskLogger {
    const enabled = (level: LogLevel) => this.#settings.levels.includes(level) || (keepsLog && level !== "debug");
    const say = (level: LogLevel) => (message: string, fields?: LogFields) => {
      if (!enabled(level)) return;
      const line = { kind: "log", lease, level, message: String(message) } as const;
      try {
        post(fields === undefined ? line : { ...line, fields });
      } catch {
        post(line);
      }
    };
    const info = say("info");
    return Object.assign((message: string, fields?: LogFields) => info(message, fields), {
      enabled,
      debug: say("debug"),
      info,
      warning: say("warning"),
      error: say("error"),
    });
  }
}
