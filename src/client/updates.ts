/**
 * What is new about a task, from the server's events: asked for again from where it broke off, until the task's end.
 *
 * @module
 */
import type { TaskState } from "../ports/task_record.ts";
import { codeOf } from "../errors.ts";
import type { TaskView } from "../operations/task_view.ts";
import type { Json } from "../json.ts";
import { lines } from "../streams/lines.ts";
import type { LogLevel } from "../log.ts";
import type { ProgressUpdate } from "../results/updates.ts";
import { Watchdog } from "../streams/watchdog.ts";
import { errorOf, type Problem } from "./problem.ts";
import { pauseAfter, type Transport } from "./transport.ts";

/** The task is in another state, or told something else of the same one. */
export interface RemoteStateUpdate {
  /** What this is. */
  readonly kind: "state";
  /** The state. */
  readonly state: TaskState;
  /** What its handler told with it. */
  readonly meta?: Json;
  /** All that is known of it. */
  readonly record: TaskView;
}

/** Its handler said something. */
export interface RemoteLogUpdate {
  /** What this is. */
  readonly kind: "log";
  /** Its place among all lines of the task, from 1: lines that were dropped leave a gap. */
  readonly line: number;
  /** When, in ISO 8601. */
  readonly at: string;
  /** How important it is. */
  readonly level: LogLevel;
  /** What it said. */
  readonly message: string;
}

/** What is new about a task. */
export type RemoteUpdate = RemoteStateUpdate | ProgressUpdate | RemoteLogUpdate;

/** An event as it came. */
interface ServerEvent {
  readonly id: string | undefined;
  readonly name: string;
  readonly data: string;
}

/** What a stream says that cannot go on, though the next one may. */
const passing = new Set(["broker_unavailable", "store_failed"]);

/**
 * The updates of a task, until its end or the signal is aborted.
 *
 * @throws {UmbelError} What the server says is wrong; `ServerUnavailable` when it cannot be reached again.
 */
export async function* remoteUpdates(
  id: string,
  transport: Transport,
  stop: AbortSignal,
): AsyncGenerator<RemoteUpdate> {
  const path = `/tasks/${encodeURIComponent(id)}/updates`;
  /** After a reconnect the present state and progress are told anew: what was told is not told twice. */
  const told = new Map<string, string>();
  let lastId: string | undefined;
  try {
    for (let failures = 0; !stop.aborted; failures++) {
      const headers: Record<string, string> = lastId === undefined ? {} : { "last-event-id": lastId };
      const stream = await transport.open({ path, headers, signal: stop });
      if (!stream.body) return;
      const over = new AbortController();
      try {
        for await (const event of events(stream.body, AbortSignal.any([stop, over.signal]), () => over.abort())) {
          if (event.id !== undefined) lastId = event.id;
          failures = 0;
          if (event.name === "problem") {
            const problem: Problem = JSON.parse(event.data);
            if (!passing.has(problem.code)) throw errorOf(problem, 200);
            break;
          }
          if (event.name !== "log" && told.get(event.name) === event.data) continue;
          told.set(event.name, event.data);
          const update = updateOf(event);
          if (update) yield update;
          if (update?.kind === "state" && update.record.ended) return;
        }
      } catch (error) {
        // A stream that broke goes on with the next one.
        if (codeOf(error) !== undefined) throw error;
      } finally {
        stream.close();
      }
      await transport.clock.sleep(pauseAfter(failures), stop);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

function updateOf({ name, data }: ServerEvent): RemoteUpdate | undefined {
  switch (name) {
    case "state": {
      const record: TaskView = JSON.parse(data);
      const { state, meta } = record;
      return { kind: "state", state, ...(meta === undefined ? {} : { meta }), record };
    }
    case "progress":
    case "log":
      return { kind: name, ...JSON.parse(data) };
    default:
      return undefined;
  }
}

/** The events of a body, as the HTML standard says they are written. */
async function* events(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  end: () => void,
): AsyncGenerator<ServerEvent> {
  const watchdog = new Watchdog(end);
  let name = "";
  let data: string[] = [];
  let id: string | undefined;
  try {
    for await (const line of lines(body, signal, () => watchdog.alive())) {
      if (line === "") {
        if (data.length > 0) yield { id, name, data: data.join("\n") };
        name = "";
        data = [];
        continue;
      }
      const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
      if (field === "") watchdog.comments = true;
      else if (field === "event") name = value ?? "";
      else if (field === "data") data.push(value ?? "");
      else if (field === "id") id = value ?? "";
    }
  } finally {
    watchdog.stop();
  }
}
