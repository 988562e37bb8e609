/**
 * Ids of tasks: UUIDs of version 7 (RFC 9562), whose bits also say on which page the task's record lies.
 *
 * @module
 */

/**
 * How many ids share the 12 bits after the version. A page of the Redis broker is named by them and the second, so this
 * bounds a page; and a batch that was sent at once lies on one or two pages.
 */
const perPage = 1024;

const pool = new Uint8Array(8 * 512);
let pooled = pool.length;
let left = 0;
let slice = -1;
let page = 0;

function random(): number {
  if (pooled === pool.length) {
    crypto.getRandomValues(pool);
    pooled = 0;
  }
  return pool[pooled++]!;
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * A new id for a task that is sent at `now` (ms).
 *
 * The 12 bits that RFC 9562 leaves to the implementation are drawn anew with every 1.024 s and every 1024 ids, and kept
 * in between; the last 62 bits are random in each id.
 */
export function newId(now: number): string {
  const second = Math.floor(now / 1024);
  if (left === 0 || second !== slice) {
    slice = second;
    left = perPage;
    page = (random() << 4 | random() >> 4) & 0xfff;
  }
  left--;
  const time = now.toString(16).padStart(12, "0");
  const a = hex[(random() & 0x3f) | 0x80]! + hex[random()]!;
  const b = hex[random()]! + hex[random()]! + hex[random()]! + hex[random()]! + hex[random()]! + hex[random()]!;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${page.toString(16).padStart(3, "0")}-${a}-${b}`;
}

const shape = /^([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** When such an id was made (ms), and its page; `undefined` for an id of another shape. */
export function readId(id: string): { readonly madeAt: number; readonly page: string } | undefined {
  const match = shape.exec(id);
  if (!match) return undefined;
  const madeAt = parseInt(match[1]! + match[2]!, 16);
  return { madeAt, page: Math.floor(madeAt / 1024).toString(36) + "-" + match[3] };
}

/** A short random word of lower-case letters and digits: for workers, clients and requests. */
export function newWord(length = 10): string {
  let word = "";
  while (word.length < length) word += (random() % 36).toString(36);
  return word;
}
