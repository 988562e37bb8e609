/**
 * What is new about a task, told on stderr as it comes: `umbel result --follow`.
 *
 * @module
 */
import type { TaskRecord } from "../../ports/task_record.ts";
import { type Duration, durationText, milliseconds } from "../../options/duration.ts";
import { ResultTimeout } from "../../errors.ts";
import { timeText } from "../../operations/task_view.ts";
import type { AsyncResult } from "../../results/result.ts";
import type { TaskUpdate } from "../../results/updates.ts";

/**
 * Tells what is new about a task until it has ended.
 *
 * @param timeout For so long at most.
 * @returns Its record.
 * @throws {ResultTimeout} When it has not ended within the limit.
 */
export async function follow(handle: AsyncResult, timeout: Duration | undefined): Promise<TaskRecord | undefined> {
  const limit = timeout === undefined ? undefined : milliseconds(timeout, "timeout");
  const signal = limit === undefined ? undefined : AbortSignal.timeout(limit);
  try {
    for await (const update of handle.updates(signal ? { signal } : {})) {
      const text = lineOf(update);
      if (text !== undefined) console.error(text);
    }
  } catch (error) {
    if (signal?.aborted) throw new ResultTimeout(`Task ${handle.id} has not ended within ${durationText(limit!)}`);
    throw error;
  }
  return await handle.record();
}

function lineOf(update: TaskUpdate): string | undefined {
  switch (update.kind) {
    case "state":
      // How far it is says more.
      if (update.state === "PROGRESS") return undefined;
      return update.meta === undefined ? update.state : `${update.state} ${JSON.stringify(update.meta)}`;
    case "progress": {
      const { current, total, note } = update;
      return `PROGRESS ${current}${total === undefined ? "" : ` of ${total}`}${note === undefined ? "" : `: ${note}`}`;
    }
    case "log":
      return `${timeText(update.at)} ${update.level.toUpperCase()} ${update.message}`;
  }
}
