/**
 * In which order a worker's turn looks at its queues: what comes first gets all the room that it can fill.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { checkName } from "../message.ts";
import { show } from "../options/values.ts";

/**
 * Which of a worker's queues comes first while there is more than it can take:
 *
 * - `"turns"`: each of them in turn
 * - `"strict"`: as they are named; one is served only when those before it are empty
 * - weights, as in `{ mail: 3, bulk: 1 }`: drawn anew for each turn, so that `mail` comes first three times as often as
 *   `bulk` (Sidekiq's weights). Numbers above 0; a queue that has none counts 1
 */
export type QueueOrder = "turns" | "strict" | { readonly [queue: string]: number };

/**
 * Checks the option.
 *
 * @param queues The queues that the worker is told to take from, if it is.
 * @throws {InvalidInput} When it is no order, a weight is no number above 0, or it is that of another queue.
 */
export function readQueueOrder(value: unknown, queues: readonly string[] | undefined): QueueOrder {
  if (value === "turns" || value === "strict") return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidInput(
      "queueOrder",
      `queueOrder must be turns, strict or weights as in { mail: 3, bulk: 1 }, and it is ${show(value)}`,
    );
  }
  const weights: { [queue: string]: number } = {};
  for (const [queue, weight] of Object.entries(value)) {
    const field = `queueOrder.${queue}`;
    if (!Number.isFinite(weight) || weight <= 0) {
      throw new InvalidInput(field, `${field} must be a number above 0, and it is ${show(weight)}`);
    }
    if (queues && !queues.includes(queue)) {
      throw new InvalidInput(field, `${field} has a weight, and is none of the queues ${queues.join(", ")}`);
    }
    weights[checkName("queue", queue)] = weight;
  }
  return Object.freeze(weights);
}

/** The queues that have a weight. */
export function weightedQueues(order: QueueOrder): readonly string[] {
  return typeof order === "object" ? Object.keys(order) : [];
}

/** Puts a worker's queues in order. */
export class QueueTurns {
  readonly #order: QueueOrder;
  readonly #random: () => number;
  #queues: readonly string[];

  /** @param random Gives numbers from 0 to 1. */
  constructor(queues: readonly string[], order: QueueOrder, random: () => number = Math.random) {
    this.#order = order;
    this.#random = random;
    this.#queues = typeof order === "object" ? this.#draw(queues, order) : queues;
  }

  /** The queues, the first one first. */
  get queues(): readonly string[] {
    return this.#queues;
  }

  /** Takes from one more, after the others. @returns Whether that is new. */
  add(queue: string): boolean {
    if (this.#queues.includes(queue)) return false;
    this.#queues = [...this.#queues, queue];
    return true;
  }

  /** Takes from one no more. @returns Whether that is new. */
  remove(queue: string): boolean {
    const before = this.#queues;
    this.#queues = before.filter((other) => other !== queue);
    return this.#queues.length < before.length;
  }

  /** More was waiting than could be taken: else the order is of no interest. */
  next(): void {
    const [first, ...rest] = this.#queues;
    if (first === undefined || this.#order === "strict") return;
    this.#queues = this.#order === "turns" ? [...rest, first] : this.#draw(this.#queues, this.#order);
  }

  /** Each place goes to one of those that are left, by their weights. */
  #draw(queues: readonly string[], weights: { readonly [queue: string]: number }): readonly string[] {
    const left = queues.map((queue) => ({ queue, weight: weights[queue] ?? 1 }));
    const drawn: string[] = [];
    while (left.length > 0) {
      let at = this.#random() * left.reduce((sum, { weight }) => sum + weight, 0);
      const index = left.findIndex(({ weight }) => (at -= weight) < 0);
      // By rounding it may be none: then -1 stands for the last one.
      drawn.push(...left.splice(index, 1).map(({ queue }) => queue));
    }
    return drawn;
  }
}
