/**
 * An app, as far as periodic tasks go.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import type { Message } from "../message.ts";
import type { Broker } from "../ports/broker.ts";
import type { PublishingVerb, Receipt } from "../ports/publishing.ts";
import type { Call, TaskDefinition } from "../tasks/task.ts";
import type { Signature } from "../tasks/signature.ts";
import type { BeatEntry, BeatSchedule, PeriodicTaskOptions } from "./entry_options.ts";

/** What a beat and the hook `onAfterConfigure` use of an app. */
export interface PeriodicApp {
  /** Its name. */
  readonly name: string;
  /** Its settings. */
  readonly config: Config;
  /** Tells the time and waits. */
  readonly clock: Clock;
  /** Its broker. */
  readonly broker: Broker;
  /** Its tasks by name. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  /** What its code declares. */
  readonly periodic: { entries(): Promise<ReadonlyMap<string, BeatEntry>> };
  /** The periodic tasks that the code declares, by their names. */
  beatSchedule: BeatSchedule;
  /** Declares a periodic task. @returns Its name. */
  addPeriodicTask(schedule: BeatEntry["schedule"], signature: Signature, options?: PeriodicTaskOptions): string;
  /**
   * The message of a call, checked as if it were sent.
   *
   * @internal
   */
  draft(call: Call): Promise<Message>;
  /**
   * Sends messages by another verb of the broker than `publish`, through middleware, hooks and codecs.
   *
   * @internal
   */
  postBy(messages: readonly Message[], verb: PublishingVerb): Promise<readonly Receipt[]>;
}
