/**
 * Counts what this client is billed: each script says itself how many commands it took.
 *
 * @module
 */
import type { Meter } from "../../broker.ts";

/** Counts commands. */
export class CommandMeter implements Meter {
  #billed = 0;
  /** What each script took at most, by its name: so much is counted for an answer that was lost. */
  readonly #most = new Map<string, number>();

  /** How many commands so far. */
  get billed(): number {
    return this.#billed;
  }

  /** So many more. */
  add(commands: number): void {
    this.#billed += commands;
  }

  /** A script was run. @param answer What the counting script returned: see {@linkcode counting}. */
  ran(name: string, answer: unknown): unknown {
    const [commands, reply = null] = answer as [string, unknown?];
    this.#billed += Number(commands);
    this.#most.set(name, Math.max(Number(commands), this.#most.get(name) ?? 0));
    return reply;
  }

  /** A script's answer was lost, or it was not run at all. */
  lost(name: string): void {
    this.#billed += this.#most.get(name) ?? 1;
  }
}

/** A script that counts its calls, and returns how many commands it took, itself included, with what it returned before. */
export function counting(source: string): string {
  const [, flags, body] = /^(#!.*\n)([^]*)$/.exec(source)!;
  return `${flags}local billed, real = 1, redis
local redis = { call = function(...) billed = billed + 1 return real.call(...) end }
local function run()
${body}
end
local reply = run()
return { tostring(billed), reply }
`;
}
