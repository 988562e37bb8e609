/**
 * The port to what a broker bills: how many commands, by day and by what they were for.
 *
 * @module
 */

/**
 * What commands were for: `publish` sends tasks, `exchange` is the turns of workers, `fetch` asks what became of tasks,
 * `watch` waits for that, `beat` is periodic tasks, `control` changes and revokes, `look` is all that is listed and counted
 * for people, `connect` is opening streams, loading scripts and comparing clocks, `bill` is this count itself.
 */
export type BilledOperation =
  | "publish"
  | "exchange"
  | "fetch"
  | "watch"
  | "beat"
  | "control"
  | "look"
  | "connect"
  | "bill";

/** All of them. */
export const billedOperations: readonly BilledOperation[] = [
  ...["publish", "exchange", "fetch", "watch", "beat", "control", "look", "connect", "bill"] as const,
];

/** Commands by what they were for; those that there were. */
export type BilledCommands = { readonly [operation in BilledOperation]?: number };

/** A day, by UTC. */
export interface BilledDay {
  /** When it begins: ms since 1970. */
  readonly at: number;
  /** The commands of all processes. */
  readonly operations: BilledCommands;
}

/** For how many days counts are kept. */
export const billedDays = 31;

/**
 * Counts of what is billed, where the setting `history` is on. Each process adds its own every 5 minutes and when it
 * closes its broker, in one request; one that is killed leaves out what it did since.
 */
export interface Bills {
  /** The last days, the first one first, and days without any command too; none at all where nothing is billed. */
  read(days: number): Promise<BilledDay[]>;
}

/** Counts what a client of a broker is billed. */
export interface Meter {
  /** How many commands, since counting began. */
  readonly billed: number;
}
