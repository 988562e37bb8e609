/**
 * One child, as its worker sees it: a Web Worker that has imported the app's module and runs one task at a time, or one
 * batch.
 *
 * @module
 */
import type { Lease } from "../../ports/turn.ts";
import { errorInfo } from "../../error_info.ts";
import type { PermissionSet } from "../../policies/permissions.ts";
import type { Run } from "../runs/run.ts";
import type { FromChild, ToChild } from "./protocol.ts";

/** Who hears of a child. */
export interface ThreadListener {
  /** It can run something. */
  ready(thread: Thread): void;
  /** It told something of a run that it has. */
  told(thread: Thread, run: Run, message: Extract<FromChild, { readonly lease: Lease }>): void;
  /** It is gone, and why: told once, and not of one that was told to go. */
  gone(thread: Thread, why: string): void;
}

/** What a child is made of. */
export interface ThreadOptions {
  /** The source of its program. */
  readonly program: string;
  /** What it may reach; what its worker may when `undefined`. */
  readonly permissions: PermissionSet | undefined;
  /** Who hears of it. */
  readonly listener: ThreadListener;
}

/** How long a child may take to send what is left to be sent (ms). */
const closing = 500;

/** A child. */
export class Thread {
  /** What it runs. */
  readonly runs = new Map<Lease, Run>();
  /** Of which kind it is: children of one kind may reach the same. */
  readonly kind: string;
  /** How many tasks it was given. */
  tasks = 0;
  /** It gets nothing more. */
  isLast = false;
  readonly #worker: Worker;
  readonly #listener: ThreadListener;
  #isReady = false;
  #isGone = false;
  #closed: (() => void) | undefined;
  #start: (() => void) | undefined;

  /** One that begins to load. */
  constructor({ program, permissions, listener }: ThreadOptions) {
    this.kind = kindOf(permissions);
    this.#listener = listener;
    const options = { type: "module", name: "umbel", ...(permissions ? { deno: { permissions } } : {}) };
    this.#worker = new Worker(`data:text/javascript,${encodeURIComponent(program)}`, options as WorkerOptions);
    this.#worker.onmessage = ({ data }: MessageEvent<unknown>) => {
      // What runs in it may post things of its own, as libraries do that expect a page to hear them.
      if (typeof data === "object" && data !== null && "kind" in data) this.#hear(data as FromChild);
    };
    this.#worker.onerror = (event) => {
      // Else it would end the worker too.
      event.preventDefault();
      this.#end(`crashed: ${event.message}`);
    };
  }

  /** Whether it has loaded. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether it has something to run. */
  get isTaken(): boolean {
    return this.runs.size > 0;
  }

  /** Gives it these runs, which are one place, as soon as it is ready. */
  start(runs: readonly Run[], now: () => number): void {
    this.tasks++;
    for (const run of runs) {
      this.runs.set(run.lease, run);
      const { signal, lease } = run;
      signal.addEventListener("abort", () => {
        const { type, message } = errorInfo(signal.reason);
        if (this.runs.has(lease) && !run.isOver) this.#post({ kind: "abort", lease, reason: { type, message } });
      }, { once: true });
    }
    this.#start = () => {
      const deliveries = [...this.runs.values()].map(({ lease, message, deaths }) => ({ lease, message, deaths }));
      this.#post({ kind: "start", deliveries, now: now() });
    };
    if (this.#isReady) this.#begin();
  }

  #begin(): void {
    this.#start?.();
    this.#start = undefined;
  }

  /** Ends it, whatever it does. */
  terminate(): void {
    this.#isGone = true;
    this.#worker.terminate();
    this.#closed?.();
  }

  /** Ends it once what it has sent has gone out. */
  async close(): Promise<void> {
    if (this.#isGone) return;
    this.#isGone = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (this.#isReady) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#closed = resolve;
      timer = setTimeout(resolve, closing);
      this.#post({ kind: "close" });
      await promise;
    }
    clearTimeout(timer);
    this.#worker.terminate();
  }

  #post(message: ToChild): void {
    this.#worker.postMessage(message);
  }

  #end(why: string): void {
    if (this.#isGone) return this.#closed?.();
    this.terminate();
    this.#listener.gone(this, why);
  }

  #hear(message: FromChild): void {
    switch (message.kind) {
      case "ready":
        if (this.#isGone) return;
        this.#isReady = true;
        this.#begin();
        return this.#listener.ready(this);
      case "refused":
        return this.#end(`cannot be used: ${message.message}`);
      case "closed":
        return this.#end("ended itself");
      case "began":
      case "report":
      case "log":
      case "ended": {
        const run = this.runs.get(message.lease);
        if (run && !this.#isGone) this.#listener.told(this, run, message);
      }
    }
  }
}

/** Children of one kind may reach the same. */
export function kindOf(permissions: PermissionSet | undefined): string {
  return permissions ? JSON.stringify(permissions) : "";
}
