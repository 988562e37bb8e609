/**
 * Outcomes and errors as data, for the way from a child to its worker. A class does not survive that way, and what hooks
 * and records need of it does.
 *
 * @module
 */
import { type ErrorInfo, errorInfo } from "../../error_info.ts";
import { SoftTimeLimitExceeded, TaskRevoked, TimeLimitExceeded, WorkerLost, WorkerStopped } from "../../errors.ts";
import { Reject } from "../../policies/control.ts";
import { Retry } from "../../policies/retry.ts";
import type { Outcome } from "../runs/outcome.ts";

/** Something that was thrown, as data. */
export interface ThrownData extends Omit<ErrorInfo, "encoded"> {
  /** Whether it was a `Reject`, which hooks tell apart. */
  readonly isReject?: true;
}

type Thrown = Extract<Outcome, { readonly kind: "failed" | "retry" | "unknown" | "crashed" }>;

/** An outcome, as data. */
export type OutcomeData =
  | Exclude<Outcome, Thrown>
  | { readonly kind: "failed"; readonly thrown: ThrownData; readonly isExpected?: true }
  | { readonly kind: "retry"; readonly when: RetryTime; readonly error?: ThrownData }
  | { readonly kind: "unknown"; readonly thrown?: ThrownData };

interface RetryTime {
  readonly delay?: number;
  readonly eta?: number;
}

/** An outcome as data: what a child tells. */
export function packOutcome(outcome: Outcome): OutcomeData {
  switch (outcome.kind) {
    case "failed":
      return { ...outcome, thrown: packThrown(outcome.thrown) };
    case "retry": {
      const { delay, eta, error } = outcome.retry;
      return {
        kind: "retry",
        when: { ...(delay === undefined ? {} : { delay }), ...(eta === undefined ? {} : { eta }) },
        ...(error === undefined ? {} : { error: packThrown(error) }),
      };
    }
    case "unknown":
      return { kind: "unknown", ...(outcome.thrown ? { thrown: packThrown(outcome.thrown) } : {}) };
    case "crashed":
      return { kind: "failed", thrown: packThrown(outcome.thrown) };
    default:
      return outcome;
  }
}

/** The outcome again: what its worker makes of it. */
export function openOutcome(data: OutcomeData): Outcome {
  switch (data.kind) {
    case "failed":
      return { ...data, thrown: openThrown(data.thrown) };
    case "retry":
      return { kind: "retry", retry: new Retry(data.when, data.error && openThrown(data.error)) };
    case "unknown":
      return { kind: "unknown", ...(data.thrown ? { thrown: openThrown(data.thrown) } : {}) };
    default:
      return data;
  }
}

function packThrown(thrown: unknown): ThrownData {
  return { ...errorInfo(thrown), ...(thrown instanceof Reject ? { isReject: true } : {}) };
}

/** An error that says what the one in the child said. */
function openThrown({ type, message, stack, cause, isReject }: ThrownData): Error {
  const options = cause ? { cause: openThrown(cause) } : {};
  const error = isReject ? new Reject(message) : new Error(message, options);
  const own = { name: type, stack: stack ?? "", ...options };
  for (const [name, value] of Object.entries(own)) {
    Object.defineProperty(error, name, { value, configurable: true, writable: true });
  }
  return error;
}

const reasons = { TaskRevoked, SoftTimeLimitExceeded, TimeLimitExceeded, WorkerLost, WorkerStopped };

/** Why a signal is aborted, as data. */
export interface ReasonData {
  /** Its class. */
  readonly type: string;
  /** Its message. */
  readonly message: string;
}

/** Why a signal is aborted: handlers may ask for the class. */
export function openReason({ type, message }: ReasonData): Error {
  const Reason = reasons[type as keyof typeof reasons] ?? Error;
  return new Reason(message);
}
