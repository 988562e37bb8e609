/**
 * How much memory the isolate takes in which this runs.
 *
 * @module
 */
interface Runtime {
  readonly Deno?: { memoryUsage?(): { readonly heapUsed: number; readonly external: number } };
}

/** Its heap and what hangs on it, such as typed arrays (bytes); `undefined` where the runtime does not tell. */
export function heapSize(): number | undefined {
  const usage = (globalThis as Runtime).Deno?.memoryUsage?.();
  return usage && usage.heapUsed + usage.external;
}
