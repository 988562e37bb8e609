/**
 * Server-sent events as a response: they come as they are made, and something comes when there are none for a while.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { noReason } from "../../streams/no_reason.ts";
import type { Logger } from "../../log.ts";
import { refusalOf } from "./problem.ts";

/** Something is sent so often, for proxies that close what is silent (ms). */
const beatEvery = 15_000;

/** What a stream of events needs. */
export interface EventStreamOptions {
  /** Tells when nothing came for a while. */
  readonly clock: Clock;
  /** Ends it, quietly; a client that goes does, too. */
  readonly stop: AbortSignal;
  /** Hears why it cannot go on. */
  readonly log: Logger;
}

/** An event as text. Without an id that of the one before remains. */
export function eventText(name: string, data: unknown, id?: string | number): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Sets the id by which a client that comes again says where it was, before there is an event. */
export function idText(id: string): string {
  return `id: ${id}\n\n`;
}

/**
 * Answers with events, and `problem` when they cannot go on.
 *
 * @param make Makes their texts until the signal is aborted; the first one is awaited, so that what it throws is answered
 * by a status.
 */
export async function eventStream(
  make: (stop: AbortSignal) => AsyncGenerator<string>,
  { clock, stop, log }: EventStreamOptions,
): Promise<Response> {
  const encoder = new TextEncoder();
  const left = new AbortController();
  const texts = new Texts(make, clock, AbortSignal.any([stop, left.signal]));
  let text = await texts.next();
  const body = new ReadableStream({
    async pull(controller) {
      try {
        text ??= await texts.next();
      } catch (thrown) {
        const { code, message: detail } = refusalOf(thrown, log);
        text = eventText("problem", { code, detail });
      }
      if (text === undefined) return controller.close();
      controller.enqueue(encoder.encode(text));
      text = undefined;
    },
    async cancel() {
      left.abort();
      await texts.close();
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" } });
}

/** Texts, with comments where there are none for a while. */
class Texts {
  readonly #texts: AsyncGenerator<string>;
  readonly #clock: Clock;
  readonly #stop: AbortSignal;
  #next: Promise<IteratorResult<string>> | undefined;
  #isOver = false;

  constructor(make: (stop: AbortSignal) => AsyncGenerator<string>, clock: Clock, stop: AbortSignal) {
    this.#texts = make(stop);
    this.#clock = clock;
    this.#stop = stop;
  }

  /** The next one; `undefined` at the end. */
  async next(): Promise<string | undefined> {
    if (this.#isOver) return undefined;
    this.#next ??= this.#texts.next();
    const over = new AbortController();
    try {
      const beat = this.#clock.sleep(beatEvery, over.signal).then(() => undefined);
      const result = await Promise.race([this.#next, beat]);
      if (result === undefined) return ": nothing new\n\n";
      this.#next = undefined;
      this.#isOver = result.done === true;
      return result.done ? undefined : result.value;
    } catch (error) {
      this.#isOver = true;
      // Nobody is there any more, or the server stops.
      if (this.#stop.aborted) return undefined;
      throw error;
    } finally {
      over.abort(noReason);
    }
  }

  /** Lets go of what they are made from. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#texts.return(undefined).catch(() => {});
  }
}
