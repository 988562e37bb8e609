/**
 * Spans: one for each sending, and one for each run below it.
 *
 * @module
 */
import {
  type Attributes,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { Umbel } from "../app/app.ts";
import type { Receipt } from "../ports/publishing.ts";
import type { TaskContext } from "../tasks/context.ts";
import type { Message } from "../message.ts";
import { Retry } from "../policies/retry.ts";
import { header, readTraceparent, traceparentOf } from "./traceparent.ts";

/** Traces an app's messages from now on. */
export class Spans {
  readonly #tracer: Tracer;
  /** Those of the runs that are not over, by the task's id. */
  readonly #runs = new Map<string, Span>();
  /** The tasks that a worker in this isolate runs: it says when they are over. A child of a pool is told nothing. */
  readonly #watched = new Set<string>();

  /** @param tracer Makes the spans. */
  constructor(app: Umbel, tracer: Tracer) {
    this.#tracer = tracer;
    app.use({
      publish: (messages, next) => this.#send(messages, next),
      run: (self, next) => this.#run(self, next),
    });
    app.on("taskPrerun", ({ message }) => void this.#watched.add(message.id));
    app.on("taskFailure", ({ message, error }) => fail(this.#runs.get(message.id), error));
    app.on("taskRetry", ({ message, error }) => fail(this.#runs.get(message.id), error ?? "tried again"));
    // A run is over when the worker says so, though its handler may not have noticed.
    app.on("taskPostrun", ({ message, record }) => {
      const span = this.#runs.get(message.id);
      this.#runs.delete(message.id);
      this.#watched.delete(message.id);
      span?.setAttribute("umbel.task.state", record?.state ?? "LOST");
      span?.end();
    });
  }

  async #send(
    messages: readonly Message[],
    next: (messages: readonly Message[]) => Promise<readonly Receipt[]>,
  ): Promise<readonly Receipt[]> {
    const [first] = messages;
    if (!first) return await next(messages);
    const isLone = messages.length === 1;
    const options = {
      kind: SpanKind.PRODUCER,
      attributes: {
        ...attributes("send", first.queue),
        ...(isLone
          ? { "messaging.message.id": first.id, "umbel.task.name": first.task }
          : { "messaging.batch.message_count": messages.length }),
      },
    };
    return await this.#tracer.startActiveSpan(
      isLone ? `send ${first.task}` : "send",
      options,
      (span) => ending(span, () => next(carrying(messages, span))),
    );
  }

  #run(self: TaskContext, next: () => Promise<unknown>): unknown {
    const parent = readTraceparent(self.headers[header]);
    const before = readTraceparent(self.attempts.at(-1)?.span);
    const span = this.#tracer.startSpan(`run ${self.task}`, {
      kind: SpanKind.CONSUMER,
      attributes: {
        ...attributes("process", self.queue),
        "messaging.message.id": self.id,
        "umbel.task.name": self.task,
        "umbel.task.retries": self.retries,
      },
      links: before ? [{ context: before, attributes: { "umbel.link": "previous try" } }] : [],
    }, parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT);
    if (isSpanContextValid(span.spanContext())) self.tracedAs(traceparentOf(span.spanContext()));
    const inside = trace.setSpan(ROOT_CONTEXT, span);
    if (!this.#watched.has(self.id)) return ending(span, () => context.with(inside, next));
    this.#runs.set(self.id, span);
    return context.with(inside, next);
  }
}

/** Ends a span with what it stands for. */
async function ending<T>(span: Span, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    fail(span, thrown instanceof Retry ? thrown.error ?? "tried again" : thrown);
    throw thrown;
  } finally {
    span.end();
  }
}

/** Messages that carry a span, unless nobody records it: then they are as they were. */
function carrying(messages: readonly Message[], span: Span): readonly Message[] {
  const found = span.spanContext();
  if (!isSpanContextValid(found)) return messages;
  const traceparent = traceparentOf(found);
  return messages.map((message) => ({ ...message, headers: { ...message.headers, [header]: traceparent } }));
}

/** As OpenTelemetry's conventions for messaging name them. */
function attributes(operation: "send" | "process", queue: string): Attributes {
  return {
    "messaging.system": "umbel",
    "messaging.operation.type": operation,
    "messaging.operation.name": operation === "send" ? "send" : "run",
    "messaging.destination.name": queue,
  };
}

function fail(span: Span | undefined, thrown: unknown): void {
  if (!span) return;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  span.recordException(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}
