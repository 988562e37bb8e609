/**
 * A body as it comes: its text, and its lines.
 *
 * @module
 */

/** The text of a body, piece by piece, until it ends or the signal is aborted. */
export async function* pieces(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  alive: () => void = () => {},
): AsyncGenerator<string> {
  // The signal of a fetch does not always reach a body that is being read: Deno lets go of it when memory is collected.
  // Cancelling the reader ends it in any case.
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  const decoder = new TextDecoder();
  try {
    while (!signal.aborted) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}

/**
 * The lines of a body, until it ends or the signal is aborted.
 *
 * @param alive Called whenever something comes.
 */
export async function* lines(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  alive: () => void,
): AsyncGenerator<string> {
  const parts: string[] = [];
  for await (let text of pieces(body, signal, alive)) {
    // A long line comes in many pieces: they are joined once, at its end.
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
      parts.push(text.slice(0, end));
      text = text.slice(end + 1);
      const line = parts.join("");
      parts.length = 0;
      yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
    if (text) parts.push(text);
  }
}
