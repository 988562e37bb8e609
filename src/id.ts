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

/** When such an id was made (ms), and its page; `undefined` for an id of another shape. */
export function readId(id: string): { readonly madeAt: number; readonly page: string } | undefined {
  // Asked several times for each task: two comparisons rule out nearly all others, and an expression costs four times it.
  if (id.length !== 36 || id[14] !== "7" || id[8] !== "-" || id[13] !== "-" || id[18] !== "-") return undefined;
  const high = hexNumber(id, 0, 8);
  const low = hexNumber(id, 9, 13);
  const page = hexNumber(id, 15, 18);
  if (high < 0 || low < 0 || page < 0) return undefined;
  const madeAt = high * 65_536 + low;
  return { madeAt, page: Math.floor(madeAt / 1024).toString(36) + "-" + id.slice(15, 18) };
}

/** What such ids begin with that were made at a time (ms), or a fraction of a millisecond before. */
export function timePrefix(time: number): string {
  const digits = Math.min(Math.ceil(Math.max(time, 0)), 2 ** 48 - 1).toString(16).padStart(12, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8)}-`;
}

/** The number of lower-case hexadecimal digits; negative when there are others. */
function hexNumber(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    const digit = code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 102 ? code - 87 : -1;
    if (digit < 0) return -1;
    number = number * 16 + digit;
  }
  return number;
}

/** A short random word of lower-case letters and digits: for workers, clients and requests. */
export function newWord(length = 10): string {
  let word = "";
  while (word.length < length) word += (random() % 36).toString(36);
  return word;
}

/**
 * The id of a task that follows from another one: the same for the same task and purpose. It lies on the same page, where
 * the other id has one.
 */
export function derivedId(id: string, purpose: string): string {
  const hash = hashOf(`${id} ${purpose}`) + hashOf(`${purpose} ${id}`);
  if (readId(id)) {
    const variant = hex[(parseInt(hash.slice(0, 2), 16) & 0x3f) | 0x80]!;
    return `${id.slice(0, 19)}${variant}${hash.slice(2, 4)}-${hash.slice(4, 16)}`;
  }
  return `${id.slice(0, 180)}:${hash}`;
}

/** 32 bits of FNV-1a, in hexadecimal digits: to tell ids apart, and no secret. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
