/** What limits let through, as the model of the brokers has it: no more than that ever starts. */
import { assert } from "@std/assert";
import type { Limit, Limits } from "@umbel/umbel";

/** How much a start may be late and be made good (ms). */
const lateness = 100;

/** What the messages of a history declare. */
export const declared: Limits = {
  even: { rate: { limit: 3, period: 1000, burst: 1 } },
  bursts: { rate: { limit: 1, period: 700, burst: 3 } },
  few: { concurrency: 2 },
  key: { concurrency: 1, rate: { limit: 5, period: 1000, burst: 2 } },
  batch: { batch: { size: 3, wait: 2000 } },
};

/** What messages name: each is a lane in each queue and priority. */
export const lanes: readonly (readonly string[])[] = [
  ["even"],
  ["bursts"],
  ["few"],
  ["key#a"],
  ["key#b"],
  ["even", "few"],
  ["few", "even"],
  ["bursts", "even", "key#a"],
  ["few", "key#b"],
  ["batch", "few"],
  ["batch", "bursts", "nobody-declared-this"],
];

/** What is set while a history runs. */
export const settings: readonly (readonly [name: string, limit: Limit | undefined])[] = [
  ["few", { concurrency: 0 }],
  ["few", { concurrency: 1 }],
  ["few", { concurrency: 5 }],
  ["few", undefined],
  ["key#a", { concurrency: 3 }],
  ["key#a", { concurrency: 0 }],
  ["key", { rate: { limit: 1, period: 1000, burst: 1 } }],
  ["key", undefined],
  ["even", { rate: { limit: 10, period: 1000, burst: 2 } }],
  ["even", { concurrency: 1 }],
  ["even", undefined],
  ["batch", { batch: { size: 2, wait: 1 } }],
];

/** What was set, and when what started. */
export class LimitsModel {
  readonly #set = new Map<string, Limit>();
  readonly #starts = new Map<string, number[]>();

  /** What a limit allows. */
  allowed(name: string): Limit {
    const base = name.replace(/#.*/, "");
    return { ...declared[base], ...this.#set.get(base), ...(base === name ? {} : this.#set.get(name)) };
  }

  set(name: string, limit: Limit | undefined): void {
    if (limit) this.#set.set(name, limit);
    else this.#set.delete(name);
    // Under another rate, what started before counts no more.
    for (const started of this.#starts.keys()) {
      if (started.replace(/#.*/, "") === name.replace(/#.*/, "")) this.#starts.delete(started);
    }
  }

  /** A limit that lets nothing through; of those that were set. */
  get shut(): string[] {
    return [...this.#set].flatMap(([name, { concurrency }]) => concurrency === 0 ? [name] : []);
  }

  /** One starts; `running` counts those that name the same limit, this one too. */
  start(names: readonly string[], now: number, running: (name: string) => number): void {
    for (const name of names) {
      const { rate, concurrency = Infinity } = this.allowed(name);
      assert(running(name) <= concurrency, `${running(name)} of ${name} run at once, and ${concurrency} may`);
      const starts = this.#starts.get(name) ?? [];
      this.#starts.set(name, starts);
      starts.push(now);
      if (!rate) continue;
      const { limit, period, burst } = rate;
      for (const [index, first] of starts.entries()) {
        const most = burst + (now - first + lateness) * limit / period + 0.001;
        const count = starts.length - index;
        assert(count <= most, `${count} of ${name} started within ${now - first} ms, and ${most} may`);
      }
    }
  }
}
