/**
 * Keeps processes alive: starts one again that crashed, with growing pauses; stops and restarts them all.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../log.ts";
import { type ExitCode, exitCodes } from "../exit_codes.ts";

/** A process that was started. */
export interface Child {
  /** Its id. */
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly status: Promise<{ readonly code: number }>;
  /** Sends it a signal. */
  kill(signal: Deno.Signal): void;
}

/** What a supervisor is made of. */
export interface SupervisorOptions {
  /** The names of the processes: one each. */
  readonly names: readonly string[];
  /** Starts one. */
  readonly start: (name: string, index: number) => Child;
  /** Says what happens. */
  readonly log: Logger;
  /** Tells the time. */
  readonly clock: Clock;
  /** Whether a change may mend what is wrong with the program: then one that it was refused with is waited out. */
  readonly mayMend: boolean;
}

/** Pauses before one that crashed is started again (ms). */
const pauses = { first: 500, longest: 60_000 };
/** One that lived for so long begins with the first pause again (ms). */
const healthyAfter = 60_000;
/** With these a process says that it would be no better the next time. */
const hopeless: readonly number[] = [exitCodes.usage, exitCodes.refused];

/** The code of a process that SIGTERM ended. */
const endedBySigterm = 143;

/** A place for one process after the other. */
class Place {
  readonly #options: SupervisorOptions;
  readonly #name: string;
  readonly #index: number;
  #child: Child | undefined;
  #isStopping = false;
  #isRestarting = false;
  #pause = new AbortController();
  #ended = Promise.withResolvers<void>();

  constructor(options: SupervisorOptions, name: string, index: number) {
    this.#options = options;
    this.#name = name;
    this.#index = index;
  }

  /** Keeps a process there. @returns What the last one said. */
  async run(): Promise<number> {
    const { start, log, clock, mayMend } = this.#options;
    for (let crashes = 0;;) {
      const startedAt = clock.now();
      this.#ended = Promise.withResolvers();
      this.#child = start(this.#name, this.#index);
      const { code } = await this.#child.status;
      this.#child = undefined;
      this.#ended.resolve();
      const isRestarting = this.#isRestarting;
      this.#isRestarting = false;
      // One that was told to stop before it could listen was ended by the signal, and ran nothing.
      if (this.#isStopping) return code === endedBySigterm ? exitCodes.ok : code;
      if (isRestarting) continue;
      if (code === exitCodes.ok || (hopeless.includes(code) && !mayMend)) return code;
      if (clock.now() - startedAt >= healthyAfter) crashes = 0;
      const isHopeless = hopeless.includes(code);
      const pause = isHopeless ? Infinity : Math.min(pauses.first * 2 ** crashes++, pauses.longest);
      log.error(
        `${this.#name} ended with code ${code}; ` +
          (isHopeless ? "it is started again when the code has changed" : `it is started again in ${pause / 1000} s`),
      );
      await this.#sleep(pause);
      if (this.#isStopping) return code;
    }
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#pause = new AbortController();
    if (ms < Infinity) return await this.#options.clock.sleep(ms, signal);
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }

  signal(signal: Deno.Signal): void {
    this.#isStopping = true;
    this.#child?.kill(signal);
    this.#pause.abort();
  }

  /** Lets it finish what runs; then another one is started, which is not waited for. */
  async restart(): Promise<void> {
    if (this.#isStopping) return;
    if (!this.#child) return this.#pause.abort();
    this.#isRestarting = true;
    this.#child.kill("SIGTERM");
    await this.#ended.promise;
  }
}

/** Keeps processes alive. */
export class Supervisor {
  readonly #places: readonly Place[];

  /** A supervisor that has started nothing yet. */
  constructor(options: SupervisorOptions) {
    this.#places = options.names.map((name, index) => new Place(options, name, index));
  }

  /**
   * Keeps them alive until they are stopped, or have ended well, or one says that there is no hope.
   *
   * @returns The worst that one of them said at its end.
   */
  async run(): Promise<ExitCode> {
    const codes = await Promise.all(this.#places.map(async (place) => {
      const code = await place.run();
      if (hopeless.includes(code)) this.signal("SIGTERM");
      return code;
    }));
    return Math.max(...codes) as ExitCode;
  }

  /** Tells all of them to stop; none is started again. */
  signal(signal: Deno.Signal): void {
    for (const place of this.#places) place.signal(signal);
  }

  /** Restarts all of them, one after the other, so that the others go on meanwhile. */
  async restart(): Promise<void> {
    for (const place of this.#places) await place.restart();
  }
}
