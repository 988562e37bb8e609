/**
 * Several streams as one.
 *
 * @module
 */

/** Whatever comes on any of them, until all have ended; those that are left are told to stop. */
export async function* merge<T>(streams: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = new Map(streams.map((stream) => [stream, stream.next().then((result) => ({ stream, result }))]));
  try {
    while (next.size > 0) {
      const { stream, result } = await Promise.race(next.values());
      if (result.done) {
        next.delete(stream);
      } else {
        next.set(stream, stream.next().then((result) => ({ stream, result })));
        yield result.value;
      }
    }
  } finally {
    for (const stream of next.keys()) void stream.return(undefined);
  }
}
