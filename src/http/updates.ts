/**
 * What is new about a task, as it comes: server-sent events.
 *
 * @module
 */
import type { Context } from "hono";
import type { Umbel } from "../app.ts";
import { isFinal } from "../broker.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { TaskUpdate } from "../updates.ts";
import { problemOf } from "./problem.ts";
import { timeText, viewOf } from "./task_view.ts";

/** Something is sent so often, for proxies that close what is silent (ms). */
const beatEvery = 15_000;
/** The id of the last event: whoever comes again with it has heard all. */
const endId = "end";

/** What a stream of updates needs. */
export interface UpdatesOptions {
  /** Ends all streams. */
  readonly signal: AbortSignal | undefined;
  /** Hears of what is wrong on this side. */
  readonly log: Logger;
}

/**
 * Answers with the updates of a task: events `state`, `progress` and `log`, and `problem` when it cannot go on. The id of
 * each is how many lines of the log were sent so far, so that a client that comes again hears none twice.
 *
 * @throws {UnknownTaskId} When nothing is known of the task.
 */
export async function updates(app: Umbel, context: Context, { signal, log }: UpdatesOptions): Promise<Response> {
  const lastId = context.req.header("last-event-id");
  // To an EventSource that says: do not come again.
  if (lastId === endId) return new Response(null, { status: 204 });
  const client = context.req.raw.signal;
  const stop = signal ? AbortSignal.any([client, signal]) : client;
  const handle = app.result(context.req.param("id")!);
  const events = new Events(handle.updates({ signal: stop }), app, stop, Number(lastId) || 0);
  // The first one tells whether the task is known, while that can still be answered by a status.
  const first = await events.next();
  const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
  if (context.req.method !== "HEAD") return new Response(streamOf(events, first, log), { headers });
  await events.close();
  return new Response(null, { headers });
}

function streamOf(events: Events, first: string | undefined, log: Logger): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let text = first;
  return new ReadableStream({
    async pull(controller) {
      try {
        text ??= await events.next();
      } catch (thrown) {
        const { code, detail } = await problemOf(thrown, log).json();
        text = events.problem(code, detail);
      }
      if (text === undefined) return controller.close();
      controller.enqueue(encoder.encode(text));
      text = undefined;
    },
    cancel: () => events.close(),
  }, { highWaterMark: 0 });
}

/** Updates as the text of events. */
class Events {
  readonly #updates: AsyncIterator<TaskUpdate>;
  readonly #clock: Clock;
  readonly #tasks: Umbel["tasks"];
  readonly #stop: AbortSignal;
  #next: Promise<IteratorResult<TaskUpdate>> | undefined;
  /** How many lines of the log were sent. */
  #lines: number;
  #isOver = false;

  constructor(updates: AsyncIterator<TaskUpdate>, { clock, tasks }: Umbel, stop: AbortSignal, lines: number) {
    this.#updates = updates;
    this.#clock = clock;
    this.#tasks = tasks;
    this.#stop = stop;
    this.#lines = lines;
  }

  /** The next event, or a comment when there has been none for a while; `undefined` at the end. */
  async next(): Promise<string | undefined> {
    while (!this.#isOver) {
      const result = await this.#nextOrBeat();
      if (result === undefined) return ": nothing new\n\n";
      if (result.done) break;
      const text = this.#event(result.value);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  async #nextOrBeat(): Promise<IteratorResult<TaskUpdate> | undefined> {
    this.#next ??= this.#updates.next();
    const over = new AbortController();
    try {
      const beat = this.#clock.sleep(beatEvery, over.signal).then(() => undefined);
      const result = await Promise.race([this.#next, beat]);
      if (result) this.#next = undefined;
      return result;
    } catch (error) {
      this.#isOver = true;
      // Nobody is there any more, or the server stops.
      if (this.#stop.aborted) return { done: true, value: undefined };
      throw error;
    } finally {
      over.abort();
    }
  }

  #event(update: TaskUpdate): string | undefined {
    switch (update.kind) {
      case "state":
        return event("state", viewOf(update.record, this.#tasks), isFinal(update.state) ? endId : this.#lines);
      case "progress": {
        const { kind, ...progress } = update;
        return event(kind, progress, this.#lines);
      }
      case "log": {
        const { kind, at, ...line } = update;
        if (line.line <= this.#lines) return undefined;
        this.#lines = line.line;
        return event(kind, { ...line, at: timeText(at) }, this.#lines);
      }
    }
  }

  /** The event that says why there are no more. */
  problem(code: string, detail: string): string {
    return event("problem", { code, detail }, this.#lines);
  }

  /** Ends it. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#updates.return?.();
  }
}

function event(name: string, data: unknown, id: string | number): string {
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
