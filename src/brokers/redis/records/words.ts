/**
 * Lists within the texts that scripts return.
 *
 * @module
 */

/** Its words: none of an empty text. */
export function words(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}
