/**
 * Deliveries that are over before they are started.
 *
 * @module
 */
import { givenUp } from "../../policies/at_most_once.ts";
import { isTooLate } from "../../policies/start_timeout.ts";
import type { Outcome } from "./outcome.ts";
import type { Run } from "./run.ts";

/**
 * What a delivery comes to that is not to be started any more; `undefined` for one that may.
 *
 * @param now The broker's time (ms).
 */
export function refusal({ message, deaths, isAtMostOnce }: Run, now: number): Outcome | undefined {
  const { expires = Infinity } = message;
  if (expires < now || isTooLate(message, deaths, now)) return { kind: "expired" };
  const thrown = givenUp(message, deaths, isAtMostOnce);
  return thrown && { kind: "failed", thrown };
}
