/**
 * Tasks that are better not run than run twice: `acks: "early"`.
 *
 * Nothing else happens to their messages, only the meaning of a death changes: the broker counts the workers that died
 * while they held a message, and the first of them may have run it. What has to be sure is that every run is under a
 * lease whose loss is counted. That is so for all that a turn brings; an offer that came with a signal is taken back
 * without a death when no turn takes it up, and so it is run only once a turn has named it.
 *
 * @module
 */
import { InvalidInput, WorkerLost } from "../errors.ts";
import type { Message } from "../message.ts";
import { show } from "../options/values.ts";

/** How many workers may die over a message before it is given up. */
const mostDeaths = 3;

/** Checks the option. */
export function readAcks(acks: unknown): "early" | "late" {
  if (acks === "early" || acks === "late") return acks;
  throw new InvalidInput("acks", `acks must be "early" or "late", and it is ${show(acks)}`);
}

/** The error of a message that too many workers died of. */
export function givenUp({ task, id }: Message, deaths: number, isAtMostOnce: boolean): WorkerLost | undefined {
  if (deaths === 0) return undefined;
  if (isAtMostOnce) {
    return new WorkerLost(`A worker died while it held task ${task}[${id}], which is run at most once`);
  }
  if (deaths < mostDeaths) return undefined;
  return new WorkerLost(`${deaths} workers died while they held task ${task}[${id}]`);
}

/** Those that came by a signal and wait for a turn to name them. */
export class Unconfirmed<Held extends { readonly lease: string; readonly isOver: boolean }> {
  #held: Held[] = [];

  /** How many there are. */
  get size(): number {
    return this.#held.length;
  }

  /** Another one. */
  add(one: Held): void {
    this.#held.push(one);
  }

  /** Those that may be run now that a turn has named these leases, without those that it lost. */
  confirm(leases: readonly string[]): Held[] {
    if (this.#held.length === 0) return [];
    const named = new Set(leases);
    const firm = this.#held.filter(({ lease, isOver }) => !isOver && named.has(lease));
    this.#held = this.#held.filter(({ lease, isOver }) => !isOver && !named.has(lease));
    return firm;
  }

  /** All of them: they will not be run here. */
  clear(): Held[] {
    return this.#held.splice(0).filter(({ isOver }) => !isOver);
  }
}
