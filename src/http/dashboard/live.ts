/**
 * What is new, told to the pages that are open: the broker is asked by one reader for all who look at the same thing, and
 * by none when nobody does.
 *
 * @module
 */
import type { Context } from "hono";
import type { Umbel } from "../../app/app.ts";
import type { Topic } from "../../ports/signals.ts";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../log.ts";
import type { DeskEnv } from "./env.ts";
import type { View } from "./view.tsx";
import type { Html } from "./html.ts";

/** What is asked again and again while somebody looks. */
export interface Question<Data> {
  /** Names it: questions of one name share their answers. */
  readonly name: string;
  /** How long an answer counts (ms). */
  readonly every: number;
  /** Asked again as soon as the broker signals on these, but for {@linkcode leastPause}. */
  readonly topics?: readonly Topic[];
  /** Asks the broker. */
  readonly ask: (app: Umbel) => Promise<Data>;
}

/** An answer, and when it was given by the broker's clock. */
export interface Answer<Data> {
  /** What was said. */
  readonly data: Data;
  /** When (ms since 1970). */
  readonly at: number;
}

/** Elements by the ids that they have in the page. */
export type Parts = { readonly [id: string]: Html };

/** Something is sent so often, for proxies that close what is silent (ms). */
const beatEvery = 15_000;
/** Of questions with a name of their own for each task or queue, those that nobody asks any more are forgotten then. */
const mostReaders = 100;

/** However much happens, the broker is asked no sooner again (ms). */
const leastPause = 2000;

/** How often questions are asked at most unless something else is said (ms). */
export const usualRefresh = 5000;

/** What live updates need. */
export interface LiveOptions {
  /** No question is asked more often than that by itself (ms). */
  readonly refresh?: number;
  /** Ends all streams. */
  readonly signal: AbortSignal | undefined;
  /** Hears of what is wrong on this side. */
  readonly log: Logger;
}

/** Asks for all pages of one app. */
export class Live {
  readonly #app: Umbel;
  readonly #options: LiveOptions;
  readonly #readers = new Map<string, Idle>();

  /** For this app. */
  constructor(app: Umbel, options: LiveOptions) {
    this.#app = app;
    this.#options = options;
  }

  /** The answer to a question: the last one while it counts, else a new one. */
  async read<Data>(question: Question<Data>): Promise<Answer<Data>> {
    return await this.#reader(question).read();
  }

  /**
   * Answers an `EventSource` with parts of a page, whenever they are different from what was sent before.
   *
   * @param parts Renders them.
   */
  stream<Data>(context: Context<DeskEnv>, question: Question<Data>, parts: (data: Data) => Parts): Response {
    return this.follow(context, (stop) => this.#reader(question).watch(stop), parts);
  }

  /**
   * The same of what comes by itself: of a task's updates.
   *
   * @param start Begins with it; `stop` says when nobody looks any more.
   */
  follow<Data>(
    context: Context<DeskEnv>,
    start: (stop: AbortSignal) => AsyncGenerator<Answer<Data>>,
    parts: (data: Data) => Parts,
  ): Response {
    // Who leaves cancels the stream; the request's own signal would tell the same.
    const left = new AbortController();
    const { signal } = this.#options;
    const stop = signal ? AbortSignal.any([left.signal, signal]) : left.signal;
    const changes = new Changes(context.get("view"), parts);
    return new Response(streamOf(start(stop), { changes, clock: this.#app.clock, stop, leave: () => left.abort() }), {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
    });
  }

  /** Something was changed: what was answered counts no more, and who looks on is told anew. */
  outdate(): void {
    for (const reader of this.#readers.values()) reader.outdate();
  }

  #reader<Data>(question: Question<Data>): Reader<Data> {
    const known = this.#readers.get(question.name);
    if (known) return known as Reader<Data>;
    if (this.#readers.size >= mostReaders) this.#forget();
    const reader = new Reader(this.#app, question, { ...this.#options, heard: () => this.#forgetHeard() });
    this.#readers.set(question.name, reader);
    return reader;
  }

  /** A signal says that answers are out of date: those too that others ask for in the course of theirs. */
  #forgetHeard(): void {
    for (const reader of this.#readers.values()) reader.forgetHeard();
  }

  #forget(): void {
    for (const [name, reader] of this.#readers) if (reader.isIdle) this.#readers.delete(name);
  }
}

/** Something that is of no use when nobody looks. */
interface Idle {
  readonly isIdle: boolean;
  outdate(): void;
  forgetHeard(): void;
}

/** Which parts look different now. */
class Changes<Data> {
  readonly #view: View;
  readonly #parts: (data: Data) => Parts;
  readonly #sent = new Map<string, string>();

  constructor(view: View, parts: (data: Data) => Parts) {
    this.#view = view;
    this.#parts = parts;
  }

  /** As the text of an event; `undefined` when all looks the same. */
  event({ data, at }: Answer<Data>): string | undefined {
    const view = this.#view.at(at);
    const fresh: Record<string, string> = {};
    for (const [id, element] of Object.entries(this.#parts(data))) {
      const html = view.render(element);
      if (this.#sent.get(id) === html) continue;
      this.#sent.set(id, html);
      fresh[id] = html;
    }
    return Object.keys(fresh).length === 0 ? undefined : `event: parts\ndata: ${JSON.stringify(fresh)}\n\n`;
  }
}

interface StreamParts<Data> {
  readonly changes: Changes<Data>;
  readonly clock: Clock;
  /** Ends the answers. */
  readonly stop: AbortSignal;
  /** Aborts it. */
  readonly leave: () => void;
}

function streamOf<Data>(
  answers: AsyncGenerator<Answer<Data>>,
  { changes, clock, stop, leave }: StreamParts<Data>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next: Promise<IteratorResult<Answer<Data>>> | undefined;
  return new ReadableStream({
    async pull(controller) {
      while (true) {
        next ??= answers.next();
        const over = new AbortController();
        const beat = clock.sleep(beatEvery, AbortSignal.any([over.signal, stop])).then(() => undefined);
        const result = await Promise.race([next, beat]).finally(() => over.abort());
        if (!result) return controller.enqueue(encoder.encode(": nothing new\n\n"));
        next = undefined;
        if (result.done) {
          // It has come to its end by itself: nobody need come again. A server that stops is another matter.
          if (!stop.aborted) controller.enqueue(encoder.encode("event: end\ndata:\n\n"));
          return controller.close();
        }
        const text = changes.event(result.value);
        if (text !== undefined) return controller.enqueue(encoder.encode(text));
      }
    },
    async cancel() {
      leave();
      await answers.return(undefined);
    },
  }, { highWaterMark: 0 });
}

/** Asks one question while somebody wants to know. */
class Reader<Data> implements Idle {
  readonly #app: Umbel;
  readonly #question: Question<Data>;
  readonly #log: Logger;
  /** Told of each signal. */
  readonly #heard: () => void;
  /** How long an answer counts, and how soon it is asked again whatever happens (ms). */
  readonly #every: number;
  readonly #leastPause: number;
  readonly #waiting = new Set<(answer: Answer<Data>) => void>();
  #watchers = 0;
  #loop: Promise<void> | undefined;
  #stopping = new AbortController();
  #nap = new AbortController();
  #asking: Promise<Answer<Data>> | undefined;
  #last: { readonly answer: Answer<Data>; readonly until: number } | undefined;

  constructor(
    app: Umbel,
    question: Question<Data>,
    { log, refresh = usualRefresh, heard }: LiveOptions & { readonly heard: () => void },
  ) {
    this.#app = app;
    this.#question = question;
    this.#log = log;
    this.#heard = heard;
    // Whoever asks less often than usual wants to save, and is not hurried by signals either.
    this.#every = refresh > usualRefresh ? Math.max(question.every, refresh) : question.every;
    this.#leastPause = refresh > usualRefresh ? refresh : Math.min(leastPause, this.#every);
  }

  get isIdle(): boolean {
    return this.#watchers === 0 && !this.#asking;
  }

  outdate(): void {
    this.#last = undefined;
    // What is on its way may have been asked before the change.
    this.#asking = undefined;
    this.#nap.abort();
  }

  forgetHeard(): void {
    if (this.#question.topics) this.#last = undefined;
  }

  async read(): Promise<Answer<Data>> {
    if (this.#last && this.#app.clock.now() < this.#last.until) return this.#last.answer;
    if (this.#asking) return await this.#asking;
    const asking = this.#ask(() => this.#asking === asking);
    this.#asking = asking;
    try {
      return await asking;
    } finally {
      if (this.#asking === asking) this.#asking = undefined;
    }
  }

  /** @param isWanted Whether nothing was changed meanwhile. */
  async #ask(isWanted: () => boolean): Promise<Answer<Data>> {
    const [data, at] = await Promise.all([this.#question.ask(this.#app), this.#app.broker.now()]);
    const answer = { data, at };
    if (!isWanted()) return answer;
    this.#last = { answer, until: this.#app.clock.now() + this.#every };
    for (const tell of this.#waiting) tell(answer);
    this.#waiting.clear();
    return answer;
  }

  async *watch(stop: AbortSignal): AsyncGenerator<Answer<Data>> {
    this.#watchers++;
    try {
      this.#start();
      if (this.#last) yield this.#last.answer;
      while (!stop.aborted) {
        const answer = await this.#next(stop);
        if (!answer) return;
        yield answer;
      }
    } finally {
      if (--this.#watchers === 0) await this.#stop();
    }
  }

  #next(stop: AbortSignal): Promise<Answer<Data> | undefined> {
    const { promise, resolve } = Promise.withResolvers<Answer<Data> | undefined>();
    const leave = () => resolve(undefined);
    stop.addEventListener("abort", leave, { once: true });
    this.#waiting.add(resolve);
    return promise.finally(() => {
      stop.removeEventListener("abort", leave);
      this.#waiting.delete(resolve);
    });
  }

  #start(): void {
    if (this.#loop) return;
    this.#stopping = new AbortController();
    this.#loop = this.#run(this.#stopping.signal);
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    this.#loop = undefined;
    // Somebody may have come while this one was waited for.
    if (this.#watchers > 0) this.#start();
  }

  async #run(stop: AbortSignal): Promise<void> {
    const { topics } = this.#question;
    const { clock } = this.#app;
    const hearing = topics ? this.#hear(topics, stop) : undefined;
    let wasLost = false;
    while (!stop.aborted) {
      this.#nap = new AbortController();
      try {
        await this.read();
        wasLost = false;
      } catch (error) {
        // One line for each time that the broker goes away.
        if (!wasLost) this.#log.warning(error instanceof Error ? error.message : String(error));
        wasLost = true;
      }
      await clock.sleep(this.#leastPause, stop);
      await clock.sleep(this.#every - this.#leastPause, AbortSignal.any([stop, this.#nap.signal]));
    }
    await hearing;
  }

  /** Signals only save waiting: where there are none, the question is asked as often as it says. */
  async #hear(topics: readonly Topic[], stop: AbortSignal): Promise<void> {
    try {
      for await (const _ of this.#app.broker.watch(topics, { signal: stop })) {
        this.#heard();
        this.#nap.abort();
      }
    } catch (error) {
      if (!stop.aborted) this.#log.warning(error instanceof Error ? error.message : String(error));
    }
  }
}
