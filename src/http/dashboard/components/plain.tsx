/** @jsxImportSource hono/jsx */
import type { Child } from "hono/jsx";
import type { Html } from "../html.ts";
import { partsOf } from "./hidden.ts";

/**
 * A text that anybody may have written, shown as what it is: it turns around nothing beside it, and characters that
 * nobody would see are shown by their numbers.
 */
export function Plain({ text }: { readonly text: string }): Html {
  return <bdi>{shown(text)}</bdi>;
}

/** The name of a task, a queue or a worker: where it is too long for its place it is broken between its words. */
export function Name({ text }: { readonly text: string }): Html {
  const words = text.split(/(?<=[._:/@-])(?=[^._:/@-])/);
  return <bdi>{words.map((word, index) => [index > 0 && <wbr />, ...shown(word)])}</bdi>;
}

function shown(text: string): Child[] {
  return partsOf(text).map(({ text, isHidden }, index) =>
    isHidden ? <span key={index} class="unprinted">{text}</span> : text
  );
}
