/**
 * The parts of the API, by the names that choose them.
 *
 * @module
 */

/** By these names parts are chosen. */
export type PartName =
  | "tasks"
  | "waiting"
  | "dead-letters"
  | "queues"
  | "workers"
  | "beat"
  | "exchange"
  | "work"
  | "events"
  | "health"
  | "reference";

const named: { readonly [name in PartName]: true } = {
  tasks: true,
  waiting: true,
  "dead-letters": true,
  queues: true,
  workers: true,
  beat: true,
  exchange: true,
  work: true,
  events: true,
  health: true,
  reference: true,
};

/** The names of all parts. */
export const partNames: readonly PartName[] = Object.keys(named) as PartName[];
