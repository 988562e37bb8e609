/**
 * What limits allow: data, as brokers keep it. What programs say becomes that in src/limits/.
 *
 * @module
 */
/**
 * What a limit allows, over all workers. Messages name their limits; those of a queue and priority that name the same
 * ones wait in one _lane_, in order, and lanes take turns: each gives one, the one that has waited longest for its turn
 * first. A lane whose limits are reached waits in the broker and holds no worker.
 */
export interface Limit {
  /**
   * At most `limit` starts in `period` ms, evenly spread: one every `period / limit` ms. After a while without any,
   * `burst` may start at once. A start that came late by up to 100 ms, since no worker came sooner, is made good.
   */
  readonly rate?: { readonly limit: number; readonly period: number; readonly burst: number };
  /** At most so many are leased to workers at once; with 0 none is taken until that changes. */
  readonly concurrency?: number;
  /**
   * A lane gives up to `size` at once, as soon as there are so many, or `wait` ms after its first one came; together
   * they count as one against a turn's `limit`.
   */
  readonly batch?: { readonly size: number; readonly wait: number };
}

/** What limits allow, by their names without a key. */
export interface Limits {
  /** What the limit of this name allows. */
  readonly [name: string]: Limit;
}

/** A limit that messages name, and what it allows. */
export interface LimitInfo extends Limit {
  /** Its name; with `#` and a key for what was set for that key alone. */
  readonly name: string;
  /** What was set while running, over what is declared; absent when nothing was. */
  readonly set?: Limit;
}
