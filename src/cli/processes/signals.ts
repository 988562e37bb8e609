/**
 * The signals by which a process is told to stop.
 *
 * @module
 */

/** How a process may be told. Windows knows no SIGTERM. */
const stopping: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];

/** Hears of each signal that tells the process to stop, until it is disposed of. */
export function onStop(heard: (signal: Deno.Signal) => void): Disposable {
  const listeners = stopping.map((signal) => [signal, () => heard(signal)] as const);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

/** Resolves with the first of them. */
export async function untilStop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _ = onStop(() => resolve());
  await promise;
}

/** Resolves when stdin ends: whoever started this process has closed it, or has died. */
export async function stdinEnd(): Promise<void> {
  for await (const _ of Deno.stdin.readable) continue;
}
