/**
 * What can be watched, and what is signalled.
 *
 * @module
 */
import type { AnswerPart, RemoteCommand } from "./mail.ts";
import type { TaskRecord } from "./task_record.ts";
import type { Delivery } from "./turn.ts";

/**
 * What can be watched: a worker (its deliveries and mail); a task: its end, and with `updates` whatever changes; or a
 * command by its id: the answers to it.
 */
export type Topic =
  | { readonly worker: string }
  | { readonly task: string; readonly updates?: boolean }
  | { readonly command: string };

/** What happened. May get lost: it only saves asking. */
export type Signal =
  /** These were leased to the worker, for 5 s: it must name them in a turn until then. */
  | { readonly kind: "delivery"; readonly deliveries: readonly Delivery[] }
  /** There may be something to do: a turn is worth while. Comes first of all, and again after each reconnect. */
  | { readonly kind: "wake" }
  /** This command came to the worker's mail. It comes again with its turns, until it says that it has read it. */
  | { readonly kind: "mail"; readonly command: RemoteCommand }
  /** A part of a worker's answer to the command. */
  | { readonly kind: "answer"; readonly answer: AnswerPart }
  /** This task, which the worker may be running, was revoked. */
  | { readonly kind: "revoked"; readonly id: string; readonly terminate?: boolean }
  /**
   * This task was reported or put back, for who watches its updates; its record, unless it is large. Comes first of all
   * for one that has not ended, and may come again though nothing changed.
   */
  | { readonly kind: "changed"; readonly id: string; readonly record?: TaskRecord }
  /** This task ended; its record, unless it is large. */
  | { readonly kind: "ended"; readonly id: string; readonly record?: TaskRecord };
