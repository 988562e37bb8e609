/**
 * What a worker tells of tasks that still run: that they do, and what their handlers told.
 *
 * @module
 */
import type { Report } from "../broker.ts";
import type { Holdings } from "./holdings.ts";
import type { Line } from "./line.ts";
import { recordOf } from "./outcome.ts";
import type { Run } from "./run.ts";

/** The most reports of a turn. */
const most = 500;
/** A task that runs for so long is reported as started (ms). */
const reportAfter = 500;
/** The least time between two turns that only report (ms). */
const reportEvery = 200;

/** Tells of tasks that run. */
export class Reporter {
  readonly #worker: string;
  readonly #holdings: Holdings;
  readonly #line: Line;
  #hasNews = false;

  /** Tells of what this worker holds. */
  constructor(worker: string, holdings: Holdings, line: Line) {
    this.#worker = worker;
    this.#holdings = holdings;
    this.#line = line;
  }

  /** A handler told something. */
  told(): void {
    this.#hasNews = true;
  }

  /**
   * When a turn is due that tells it (ms, this machine's time).
   *
   * @param turnAt When the last turn was sent.
   */
  dueAt(turnAt: number): number {
    let at = this.#hasNews ? turnAt + reportEvery : Infinity;
    for (const { isRunning, isReported, startedAt } of this.#holdings.all()) {
      if (isRunning && !isReported) at = Math.min(at, this.#line.toLocal(startedAt!) + reportAfter);
    }
    return at;
  }

  /** What is new about those that run. All that are reported soon anyway go along. */
  take(): Report[] {
    const reports: Report[] = [];
    const since = this.#line.brokerNow() - reportAfter / 2;
    this.#hasNews = false;
    for (const run of this.#holdings.all()) {
      if (!run.isRunning || !(run.hasNews || (!run.isReported && run.startedAt! <= since))) continue;
      if (reports.length === most) {
        this.#hasNews = true;
        break;
      }
      run.isReported = true;
      run.hasNews = false;
      reports.push(this.#report(run));
    }
    return reports;
  }

  #report({ lease, message, state, startedAt, meta }: Run): Report {
    const record = {
      ...recordOf(message, state, message.retries),
      startedAt: startedAt!,
      worker: this.#worker,
      ...(meta === undefined ? {} : { meta }),
    };
    return { lease, record };
  }
}
