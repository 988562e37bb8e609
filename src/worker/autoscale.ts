/**
 * How many tasks a worker runs at once, by what waits and how long tasks take. Decided from what is known; nothing
 * happens in here.
 *
 * @module
 */
import type { AutoscaleBounds } from "../policies/autoscale.ts";

/** What a worker has to do. */
export interface Load {
  /** How many tasks may run at once. */
  readonly size: number;
  /** How many run. */
  readonly running: number;
  /** How many the worker holds that do not run yet. */
  readonly waiting: number;
  /** For how long the first of these has waited (ms). */
  readonly waited: number;
  /** Whether the broker has more than it gave. */
  readonly more: boolean;
  /** How long a task takes (ms), as far as that is known. */
  readonly duration: number | undefined;
  /** The most that ran at once lately, once that was looked at for long enough to shrink. */
  readonly peak: number | undefined;
}

/** What waits is to be started within this time (ms): if it will be anyway, nothing is changed. */
const soon = 100;
/** What waits is to be done within this time (ms), by as many as that takes. */
const patience = 1000;
/** So many were too many for so long, before there are fewer (ms): Celery's keepalive. */
const keepAlive = 30_000;

/** How many tasks are to run at once. */
export function scaled(load: Load, { max, min }: AutoscaleBounds): number {
  const { size, peak } = load;
  const wanted = size + missing(load);
  return Math.max(min, Math.min(max, wanted > size || peak === undefined ? wanted : Math.min(size, peak)));
}

/** How many more it takes, at most as many again: what is known is a moment's. */
function missing({ size, running, waiting, waited, more, duration }: Load): number {
  if (running < size || (waiting === 0 && !more)) return 0;
  if (duration === undefined) return 1;
  if (!more && waited < soon && (waiting * duration) / size <= soon) return 0;
  return Math.max(1, Math.min(size, Math.ceil((waiting * duration) / patience)));
}

/** Remembers what there was to do. */
export class Autoscaler {
  /** Between how many. */
  readonly bounds: AutoscaleBounds;
  #duration: number | undefined;
  #peak = 0;
  #since: number | undefined;

  /** Between so many. */
  constructor(bounds: AutoscaleBounds) {
    this.bounds = bounds;
  }

  /** A task took so long (ms): the last ones count most. */
  took(duration: number): void {
    this.#duration = this.#duration === undefined ? duration : this.#duration + (duration - this.#duration) / 8;
  }

  /** How many tasks are to run at once from now on. */
  look(now: number, load: Omit<Load, "duration" | "peak">): number {
    this.#peak = Math.max(this.#peak, load.running + load.waiting);
    this.#since ??= now;
    let peak: number | undefined;
    if (now - this.#since >= keepAlive) {
      peak = this.#peak;
      this.#since = now;
      this.#peak = load.running;
    }
    return scaled({ ...load, duration: this.#duration, peak }, this.bounds);
  }
}
