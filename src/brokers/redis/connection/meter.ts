/**
 * Counts what this client is billed: each script says itself how many commands it took.
 *
 * @module
 */
import type { Meter } from "../../../ports/bill.ts";

/** Counts commands. */
export class CommandMeter implements Meter {
  #billed = 0;
  /** What each script took at most, by its name: so much is counted for an answer that was lost. */
  readonly #most = new Map<string, number>();

  /** What each script took since that was last taken, by its name; `connect` for what was no script. */
  readonly #open = new Map<string, number>();

  /** How many commands so far. */
  get billed(): number {
    return this.#billed;
  }

  /** How many since they were last taken. */
  get unbilled(): number {
    return this.#open.values().reduce((sum, count) => sum + count, 0);
  }

  /** What each script took since this was last asked for. */
  take(): ReadonlyMap<string, number> {
    const taken = new Map(this.#open);
    this.#open.clear();
    return taken;
  }

  /** So many more. */
  add(commands: number, name = "connect"): void {
    this.#billed += commands;
    this.#open.set(name, (this.#open.get(name) ?? 0) + commands);
  }

  /** A script was run. @param answer What the counting script returned: see {@linkcode counting}. */
  ran(name: string, answer: unknown): unknown {
    const [commands, reply = null] = answer as [string, unknown?];
    this.add(Number(commands), name);
    this.#most.set(name, Math.max(Number(commands), this.#most.get(name) ?? 0));
    return reply;
  }

  /** A script's answer was lost, or it was not run at all. */
  lost(name: string): void {
    this.add(this.#most.get(name) ?? 1, name);
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
