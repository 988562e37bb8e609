/**
 * Sending a task again that has ended: what failed for good under its own id, anything else as a new task.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import { isFinal } from "../ports/task_record.ts";
import { checkName, type Message } from "../message.ts";
import { messageOf } from "../ports/record_message.ts";
import type { CallOptions } from "../options/call_options.ts";
import { checkKeys } from "../options/keys.ts";
import type { AsyncResult } from "../results/result.ts";
import type { Wire } from "../wire/wire.ts";
import type { DeadLetterOffice } from "./dead_letter_office.ts";
import { readArgs } from "./rewrite.ts";

/** What is to differ when a task is sent again. */
export interface RetryTaskOptions {
  /**
   * Other arguments.
   *
   * @default {those that it had}
   */
  readonly args?: readonly unknown[];
  /**
   * Another queue.
   *
   * @default {the one that it was taken from}
   */
  readonly queue?: string;
  /** As of any call: where a new task is sent, one under the same key is sent once. */
  readonly idempotencyKey?: string;
}

/**
 * What came of it: `resent`, a dead letter waits again under its id; `sent`, a new task of the same arguments waits under
 * the id told. Or nothing was done: `open`, it has not ended; `exists`, another task holds its unique key; `forgotten`, its
 * arguments are not known any more; `unknown`, nothing is known of it.
 */
export interface RetryAnswer {
  /** What came of it. */
  readonly status: "resent" | "sent" | "open" | "exists" | "forgotten" | "unknown";
  /** The task that waits now; the task asked for, when nothing was done. */
  readonly id: string;
}

/** What sending again needs of an app. */
export interface RetryingApp {
  /** The broker. */
  readonly broker: Broker;
  /** Its codecs. */
  readonly wire: Wire;
  /** What failed for good. */
  readonly deadLetters: DeadLetterOffice;
  /** Sends a call by the task's name. */
  sendTask(name: string, args?: readonly unknown[], options?: CallOptions): Promise<AsyncResult<unknown>>;
}

/**
 * Sends a task again.
 *
 * @throws {InvalidInput} When an option breaks its rule, or arguments do not fit the task's schema.
 * @throws {CannotDecode} When a new task is to have arguments that cannot be read here.
 */
export async function retryTask(app: RetryingApp, id: string, options: RetryTaskOptions = {}): Promise<RetryAnswer> {
  checkKeys(options, ["args", "queue", "idempotencyKey"], "option of retry");
  const { idempotencyKey, ...changes } = options;
  if (changes.queue !== undefined) checkName("queue", changes.queue);
  if (changes.args !== undefined) readArgs(changes.args);
  const [record] = await app.broker.fetch([checkName("id", id)]);
  if (!record) return { status: "unknown", id };
  if (!isFinal(record.state)) return { status: "open", id };
  if (record.state === "FAILURE") {
    const { refused } = await app.deadLetters.resend(id, changes);
    const why = refused[0]?.why;
    if (why !== "unknown") return { status: why === undefined ? "resent" : why === "exists" ? why : "open", id };
  }
  const sent = await messageOf(app.broker, record);
  if (!sent) return { status: "forgotten", id };
  const message = changes.args ? sent : await app.wire.records.openMessage(sent);
  const handle = await app.sendTask(message.task, changes.args ?? message.args, {
    ...optionsOf(message),
    ...(changes.queue === undefined ? {} : { queue: changes.queue }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  });
  return { status: "sent", id: handle.id };
}

/** What was particular about its call. Not its times, which are over, and not that another task sent it: nobody has now. */
export function optionsOf(message: Message): CallOptions {
  const { queue, priority, lifo, headers, maxRetries, ignoreResult } = message;
  const spans = { timeLimit: message.timeLimit, softTimeLimit: message.softTimeLimit };
  const given = Object.entries(spans).flatMap(([name, ms]) => ms === undefined ? [] : [[name, { milliseconds: ms }]]);
  return {
    ...{ queue, priority },
    ...(lifo ? { lifo } : {}),
    ...(headers ? { headers } : {}),
    ...(maxRetries === undefined ? {} : { maxRetries }),
    ...(ignoreResult === undefined ? {} : { ignoreResult }),
    ...Object.fromEntries(given),
  };
}
