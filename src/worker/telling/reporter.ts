/**
 * What a worker tells of tasks that still run: that they do, and what their handlers told.
 *
 * @module
 */
import type { Report } from "../../ports/turn.ts";
import type { Holdings } from "../holdings.ts";
import type { Line } from "../line.ts";
import { recordOf } from "../runs/settlement.ts";
import type { Run } from "../runs/run.ts";

/** The most reports of a turn, and about how many characters of them. */
const most = { reports: 500, characters: 1_000_000 };
/** A task that runs for so long is reported as started (ms). */
const reportAfter = 500;
/** What handlers tell waits so long after a turn, for others to tell something too (ms). */
const gatherFor = 200;
/** What handlers tell is written so often, however often they tell it (ms). */
const newsEvery = 1000;

/** Tells of tasks that run. */
export class Reporter {
  readonly #worker: string;
  readonly #holdings: Holdings;
  readonly #line: Line;
  /** When it was last told what handlers had told (ms, this machine's time). */
  #newsAt = -Infinity;

  /** Tells of what this worker holds. */
  constructor(worker: string, holdings: Holdings, line: Line) {
    this.#worker = worker;
    this.#holdings = holdings;
    this.#line = line;
  }

  /**
   * When a turn is due that tells it (ms, this machine's time).
   *
   * @param turnAt When the last turn was sent.
   */
  dueAt(turnAt: number): number {
    let at = Infinity;
    for (const run of this.#holdings.all()) {
      if (!run.isRunning || run.startedAt === undefined) continue;
      if (!run.isReported) at = Math.min(at, this.#line.toLocal(run.startedAt) + reportAfter);
      if (run.hasNews) at = Math.min(at, Math.max(turnAt + gatherFor, this.#newsFrom(run)));
    }
    return at;
  }

  /** From when on the news of a run may be told: all that a worker tells is told together, and no run too often. */
  #newsFrom({ toldAt }: Run): number {
    return Math.max(this.#newsAt, toldAt) + newsEvery;
  }

  /** What is new about those that run. All that are reported soon anyway go along. */
  take(): Report[] {
    const reports: Report[] = [];
    const now = this.#line.now();
    const since = this.#line.brokerNow() - reportAfter / 2;
    let hasNews = false;
    let characters = 0;
    for (const run of this.#holdings.all()) {
      // What does not fit is told by the next turn, and not after those that told something now.
      if (reports.length === most.reports || characters > most.characters) return reports;
      if (!run.isRunning || run.startedAt === undefined) continue;
      const isNews = run.hasNews && this.#newsFrom(run) <= now;
      if (!isNews && (run.isReported || run.startedAt > since)) continue;
      hasNews ||= isNews;
      run.isReported = true;
      run.hasNews = false;
      run.toldAt = now;
      reports.push(this.#report(run));
      characters += 300 + told(run);
    }
    if (hasNews) this.#newsAt = now;
    return reports;
  }

  #report({ lease, message, state, startedAt, meta, keptLog }: Run): Report {
    const record = {
      ...recordOf(message, state, message.retries),
      startedAt: startedAt!,
      worker: this.#worker,
      ...(meta === undefined ? {} : { meta }),
      ...(keptLog === undefined ? {} : { log: keptLog }),
    };
    return { lease, record };
  }
}

/** About how many characters it takes what a handler told. */
export function told({ meta, keptLog }: Run): number {
  let size = meta === undefined ? 0 : JSON.stringify(meta).length;
  for (const { message } of keptLog?.lines ?? []) size += message.length + 60;
  return size;
}
