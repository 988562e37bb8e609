/** @jsxImportSource hono/jsx */
import type { Child } from "hono/jsx";
import type { Html } from "../html.ts";

/** Figures in a row. */
export function Tiles(
  { id, label, children }: { readonly id: string; readonly label: string; readonly children?: Child },
): Html {
  return <dl id={id} class="tiles" aria-label={label}>{children}</dl>;
}

/** A figure, what it is, and a note below it. */
export function Tile({ name, value, note, href, tone = "plain" }: {
  readonly name: string;
  readonly value: Child;
  readonly note: Child;
  /** Where what it counts is. */
  readonly href?: string;
  readonly tone?: "plain" | "warn" | "bad";
}): Html {
  return (
    <div class={`tile ${tone}`}>
      <dt>{name}</dt>
      <dd class="tile-value">{href === undefined ? value : <a href={href}>{value}</a>}</dd>
      <dd class="tile-note">{note}</dd>
    </div>
  );
}
