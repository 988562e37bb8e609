/** @jsxImportSource hono/jsx */
import type { Html } from "../html.ts";
import { partsOf } from "./hidden.ts";

/**
 * A text that anybody may have written, shown as what it is: it turns around nothing beside it, and characters that
 * nobody would see are shown by their numbers.
 */
export function Plain({ text }: { readonly text: string }): Html {
  return (
    <bdi>
      {partsOf(text).map(({ text, isHidden }, index) =>
        isHidden ? <span key={index} class="unprinted">{text}</span> : text
      )}
    </bdi>
  );
}
