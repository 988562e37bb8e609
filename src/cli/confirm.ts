/**
 * Asking before something is done that cannot be undone.
 *
 * @module
 */
import { UsageError } from "./failure.ts";

/**
 * Asks for a word to be typed.
 *
 * @param question What is about to be done.
 * @param word What is to be typed: the name of what it is done to.
 * @param instead The option that says so beforehand.
 * @returns Whether it was typed.
 * @throws {UsageError} When nobody can answer.
 */
export function isConfirmed(question: string, word: string, instead: string): boolean {
  if (!Deno.stdin.isTerminal()) throw new UsageError(`${question} Nobody can answer here: use ${instead}`);
  return prompt(`${question} Type ${word} to do so:`) === word;
}
