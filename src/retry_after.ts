/**
 * For how long a server asks to be left alone.
 *
 * @module
 */

/** No server is left alone for longer (ms): one that names next year may have a wrong clock. */
const longest = 60_000;

/**
 * Reads the header `Retry-After`: seconds or a date, which counts from the answer's own date, whatever this machine's clock
 * says.
 *
 * @returns How long to wait (ms), a minute at most; `undefined` when nothing is said, or nothing that can be read.
 */
export function retryAfter(header: string | null, date: string | null): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  const wait = Number.isNaN(seconds)
    ? Date.parse(header) - (date === null ? Date.now() : Date.parse(date))
    : seconds * 1000;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longest);
}
