/**
 * What JSON carries, and how long its text is.
 *
 * @module
 */

/** A value that JSON carries as it is. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const encoder = new TextEncoder();

/** How many bytes of UTF-8 a text takes. */
export function byteLength(text: string): number {
  // A text whose length times 3 is within reason is measured only when somebody asks near a limit: see `fits`.
  return encoder.encode(text).length;
}

/** Whether a text takes at most so many bytes of UTF-8; encodes it only when its length leaves that open. */
export function fits(text: string, limit: number): boolean {
  return text.length * 3 <= limit || (text.length <= limit && byteLength(text) <= limit);
}
