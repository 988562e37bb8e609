/**
 * JSON that takes its time.
 *
 * @module
 */
import type { TaskRecord } from "../../ports/task_record.ts";
import { codeOf } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import type { AsyncResult, GetOptions } from "../../results/result.ts";
import { refusalOf } from "./problem.ts";

/** Who need not wait any longer. */
export interface Waiting {
  /** Aborted when the client has gone or the server stops. */
  readonly over: AbortSignal;
  /** Aborted when the client has gone: nobody is there any more to be told. */
  readonly left: AbortSignal;
}

/** What is answered late. */
export interface LateAnswer {
  /** Makes it. */
  readonly make: (waiting: Waiting) => Promise<unknown>;
  /** What is answered when that fails: the status has been told already, and whoever asks again is told by another. */
  readonly otherwise: () => unknown;
  /** Aborted when the server stops. */
  readonly stop: AbortSignal;
  /** Hears why it failed. */
  readonly log: Logger;
}

/**
 * Answers with 200 at once, and with the JSON when it is made. A body can be cancelled: so a client that goes meanwhile is
 * noticed on every platform.
 */
export function lateJson({ make, otherwise, stop, log }: LateAnswer): Response {
  const leaving = new AbortController();
  const { signal: left } = leaving;
  const made = make({ over: AbortSignal.any([stop, left]), left }).catch((thrown) => {
    refusalOf(thrown, log);
    return otherwise();
  });
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const value = await made;
      if (left.aborted) return;
      controller.enqueue(new TextEncoder().encode(JSON.stringify(value)));
      controller.close();
    },
    async cancel() {
      leaving.abort();
      await made;
    },
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
}

/** What is known of a task once it has ended, when the time is over, or when the server stops. */
export async function laterRecord(
  handle: AsyncResult,
  { over, left }: Waiting,
  options: GetOptions = {},
): Promise<TaskRecord | undefined> {
  try {
    return await handle.wait({ ...options, signal: over });
  } catch (error) {
    if (left.aborted) return undefined;
    if (codeOf(error) !== "result_timeout" && !over.aborted) throw error;
    return await handle.record();
  }
}
