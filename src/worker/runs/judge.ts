/**
 * Tells what a run comes to that threw, by its message, its task and the app.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { type RetryLimits, retryLimits } from "../../policies/retry.ts";
import type { TaskSettings } from "../../tasks/task_settings.ts";
import { classify } from "./classify.ts";
import type { Outcome } from "./outcome.ts";
import type { Run } from "./run.ts";

/** What a judge goes by. */
export interface JudgeOptions {
  /** The app's settings. */
  readonly config: Config;
  /** The broker's time (ms). */
  readonly now: () => number;
  /**
   * Gives numbers from 0 to 1, for jitter.
   *
   * @default {Math.random}
   */
  readonly random?: () => number;
}

/** Judges. */
export class Judge {
  readonly #options: JudgeOptions;

  /** By these settings. */
  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** What a run comes to that threw this. */
  judge({ message }: Run, settings: TaskSettings, thrown: unknown): Outcome {
    return classify(thrown, message, settings, this.retryLimits({ message }, settings), this.#options.now());
  }

  /** What bounds the retries of a run. */
  retryLimits({ message }: Pick<Run, "message">, settings: TaskSettings): RetryLimits {
    const { config, random = Math.random } = this.#options;
    return retryLimits(message, settings, config, random);
  }
}
