/**
 * Durations, counted in buckets as Prometheus wants them.
 *
 * @module
 */

/** The upper ends of the buckets, in seconds: from what an idle worker starts at once to what takes hours. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200];

interface Series {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Histograms of durations, one for each label. */
export class Histogram {
  readonly #series = new Map<string, Series>();

  /** One more, of so many ms. */
  observe(label: string, ms: number): void {
    let series = this.#series.get(label);
    if (!series) this.#series.set(label, series = { counts: bounds.map(() => 0), sum: 0, count: 0 });
    // Clocks of two machines: what was started before it was sent has not waited.
    const seconds = Math.max(0, ms / 1000);
    const bucket = bounds.findIndex((bound) => seconds <= bound);
    if (bucket !== -1) series.counts[bucket]!++;
    series.sum += seconds;
    series.count++;
  }

  /** The samples: the end of a name, its labels, its value. */
  *samples(labelName: string): Iterable<readonly [suffix: string, labels: Record<string, string>, value: number]> {
    for (const [label, { counts, sum, count }] of this.#series) {
      const labels = { [labelName]: label };
      let below = 0;
      for (const [index, bound] of bounds.entries()) {
        below += counts[index]!;
        yield ["_bucket", { ...labels, le: String(bound) }, below];
      }
      yield ["_bucket", { ...labels, le: "+Inf" }, count];
      yield ["_sum", labels, sum];
      yield ["_count", labels, count];
    }
  }
}
