/**
 * What a handler returned, as an outcome: a result that cannot be carried, or that is too large, fails the task.
 *
 * @module
 */
import { InvalidInput, StoreFailed, TooLarge } from "../../errors.ts";
import { byteLength, fits, type Json } from "../../json.ts";
import { toJson } from "../../to_json.ts";
import { Ignore, Snooze } from "../../policies/control.ts";
import { Retry } from "../../policies/retry.ts";
import type { Wire } from "../../wire/wire.ts";
import type { Outcome } from "./outcome.ts";
import type { Run } from "./run.ts";

const nothing: Outcome = Object.freeze({ kind: "succeeded", result: null, size: 4 });

/**
 * What a returned value comes to; a promise only where it goes through codecs.
 *
 * @param limit The largest result (bytes).
 * @param now The broker's time (ms).
 * @throws {StoreFailed} When it is to lie aside, and the store does not take it.
 */
export function returned(
  run: Run,
  value: unknown,
  limit: number,
  wire: Wire | undefined,
  now: number,
): Outcome | Promise<Outcome> {
  if (isControl(value)) {
    const sentence = `The handler returned a ${value.constructor.name}, which says something only when it is thrown`;
    return { kind: "failed", thrown: new InvalidInput("result", sentence) };
  }
  if (value === undefined || run.ignoreResult) return nothing;
  if (wire && !wire.isPlain(run.message.task)) return encoded(run, value, limit, wire, now);
  if (value === null) return nothing;
  if (typeof value === "boolean" || Number.isFinite(value)) {
    return { kind: "succeeded", result: value as boolean | number, size: 20 };
  }
  try {
    return plain(run, toJson(value, "result"), limit);
  } catch (thrown) {
    return { kind: "failed", thrown };
  }
}

/** Celery's `self.retry()` throws by itself: who forgets that ours does not is told, whatever becomes of results. */
function isControl(value: unknown): value is Retry | Snooze | Ignore {
  return value instanceof Retry || value instanceof Snooze || value instanceof Ignore;
}

/** What was checked is what is stored, whatever the handler does to its object later. */
function plain(run: Run, json: string, limit: number): Outcome {
  if (!fits(json, limit)) throw tooLarge(run, byteLength(json), limit);
  return { kind: "succeeded", result: JSON.parse(json), size: json.length };
}

async function encoded(run: Run, value: unknown, limit: number, wire: Wire, now: number): Promise<Outcome> {
  try {
    const { encoded, json, size } = await wire.packResult(run.message, value, now + run.keepFor);
    if (!encoded) return plain(run, json!, limit);
    if (json === undefined ? size > limit : !fits(json, limit)) {
      throw tooLarge(run, json === undefined ? size : byteLength(json), limit);
    }
    if (run.isOver) wire.lost(run.message, encoded);
    else run.encodedResult = encoded;
    return { kind: "succeeded", result: value as Json, size };
  } catch (thrown) {
    // Whether a run is tried again for the sake of its store is up to its task.
    if (thrown instanceof StoreFailed) throw thrown;
    return { kind: "failed", thrown };
  }
}

function tooLarge({ message: { task } }: Run, size: number, limit: number): TooLarge {
  return new TooLarge(`The result of task ${JSON.stringify(task)}`, size, limit);
}
