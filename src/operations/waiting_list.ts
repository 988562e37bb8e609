/**
 * An app's look at what waits.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import { InvalidInput } from "../errors.ts";
import { checkName, checkTaskName } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { show } from "../options/values.ts";
import type { WaitingFilter, WaitingPage, WaitingState } from "../ports/waiting.ts";
import type { Wire } from "../wire/wire.ts";

/** Which of the tasks that wait, and which part of them. */
export interface WaitingListOptions extends WaitingFilter {
  /**
   * How many at most: 1 to 500.
   *
   * @default {50}
   */
  readonly limit?: number;
  /** Where the last part ended: its `cursor`. */
  readonly cursor?: string;
}

const states: readonly WaitingState[] = ["QUEUED", "SCHEDULED", "RETRY"];
const most = 500;

/**
 * A part of what waits, with arguments as they were sent, where that can be read here.
 *
 * @throws {InvalidInput} When an option breaks its rule.
 */
export async function listWaiting(
  { broker, wire }: { readonly broker: Broker; readonly wire: Wire },
  options: WaitingListOptions,
): Promise<WaitingPage> {
  checkKeys(options, ["task", "queue", "state", "limit", "cursor"], "option of waiting");
  const { task, queue, state, limit = 50, cursor } = options;
  if (task !== undefined) checkTaskName(task);
  if (queue !== undefined) checkName("queue", queue);
  if (state !== undefined && !states.includes(state)) {
    throw new InvalidInput("state", `state must be one of ${states.join(", ")}, and it is ${show(state)}`);
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    throw new InvalidInput("limit", `limit must be a whole number from 1 to ${most}, and it is ${show(limit)}`);
  }
  if (cursor !== undefined && !/^[^~]+(~[^~]*){3,}$/.test(cursor)) {
    throw new InvalidInput("cursor", `cursor must be the one that the last part came with, and it is ${show(cursor)}`);
  }
  const page = await broker.waiting.list({ ...options, limit });
  const tasks = page.tasks.map(async ({ record, message, ...where }) => {
    const opened = await wire.records.openRecord({ ...record, message });
    return { ...where, record: { ...opened, state: record.state }, message: opened.message ?? message };
  });
  return { ...page, tasks: await Promise.all(tasks) };
}
