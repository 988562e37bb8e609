/**
 * A span's context as text, as W3C Trace Context writes it.
 *
 * @module
 */
import { isSpanContextValid, type SpanContext } from "@opentelemetry/api";

/** The header of a message that carries the span of its sending. */
export const header = "traceparent";

/** The text of a span's context. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/** The context of such a text; `undefined` for what is none. */
export function readTraceparent(text: unknown): SpanContext | undefined {
  if (typeof text !== "string") return undefined;
  const [, traceId, spanId, flags] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(text) ?? [];
  const found = {
    traceId: traceId ?? "",
    spanId: spanId ?? "",
    traceFlags: parseInt(flags ?? "0", 16),
    isRemote: true,
  };
  return isSpanContextValid(found) ? found : undefined;
}
