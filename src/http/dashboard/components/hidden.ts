/**
 * Characters that nobody sees, or that turn around the text beside them: in payloads they are shown by their numbers, so
 * that what is read is what is there.
 *
 * @module
 */

/**
 * Controls but tab and line feed, soft hyphens, what sets the direction of text, what has no width, tags, and halves of
 * surrogate pairs. Joiners are left alone: emoji and many scripts are written with them.
 */
const hidden =
  // deno-lint-ignore no-control-regex
  /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu;

/** Whether a text holds such a character. */
export function hasHidden(text: string): boolean {
  return text.search(hidden) !== -1;
}

/** A text with such characters as JSON and JavaScript write them: `\u202e`. */
export function unhide(text: string): string {
  return text.replace(hidden, escape);
}

/** A text in parts: what is shown as it is, and what is shown by its number. */
export function partsOf(text: string): readonly { readonly text: string; readonly isHidden: boolean }[] {
  const parts: { text: string; isHidden: boolean }[] = [];
  let from = 0;
  for (const { 0: character, index } of text.matchAll(hidden)) {
    if (index > from) parts.push({ text: text.slice(from, index), isHidden: false });
    parts.push({ text: escape(character), isHidden: true });
    from = index + character.length;
  }
  if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from), isHidden: false });
  return parts;
}

function escape(character: string): string {
  return Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((code) => `\\u${code.toString(16).padStart(4, "0")}`)
    .join("");
}
