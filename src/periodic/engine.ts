/**
 * What makes periodic tasks work is a beat, of `@umbel/umbel/beat`, which registers itself here when it is imported: an
 * app that declares none does without that code.
 *
 * @module
 */
import type { PeriodicApp } from "./app.ts";
import type { BeatEntry, TickSummary } from "./entry_options.ts";

/** What a beat does for an app: registered by src/beat/. */
export interface BeatEngine {
  /** Refuses an entry that breaks a rule. */
  check(app: PeriodicApp, name: string, entry: BeatEntry): void;
  /** Sends what is due now. */
  tick(app: PeriodicApp): Promise<TickSummary>;
}

let registered: BeatEngine | undefined;

/** Makes periodic tasks work: done by importing `@umbel/umbel/beat`. */
export function registerBeat(beat: BeatEngine): void {
  registered = beat;
}

/** What registered itself, if anything did. */
export function engine(): BeatEngine | undefined {
  return registered;
}
