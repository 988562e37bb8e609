/** @jsxImportSource hono/jsx */
import type { Child } from "hono/jsx";
import type { Html } from "../html.ts";

/** What a card shows. */
export interface CardProps {
  /** Names it in the page, so that live updates find it; its heading's id is this with `-title`. */
  readonly id: string;
  /** Its heading. */
  readonly title: string;
  /** What is beside the heading. */
  readonly aside?: Child;
  /** Whether its heading is there for screen readers alone: where the page's own says the same. */
  readonly bare?: boolean;
  /** Whether what it holds reaches its edges: tables. */
  readonly flush?: boolean;
  /** What it holds. */
  readonly children?: Child;
}

/** A part of a page with a heading of its own. */
export function Card({ id, title, aside, bare = false, flush = false, children }: CardProps): Html {
  return (
    <section id={id} class={flush ? "card flush" : "card"} aria-labelledby={`${id}-title`}>
      <header class={bare ? "unseen" : undefined}>
        <h2 id={`${id}-title`}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** What is shown where there is nothing yet: a sentence that says why, and what to do next. */
export function Empty({ title, children }: { readonly title: string; readonly children?: Child }): Html {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** Names and what they are: `<Facts of={[["Queue", "mail"]]} />`. Pairs without a value are left out. */
export function Facts({ of }: { readonly of: readonly (readonly [name: string, value: Child])[] }): Html {
  return (
    <dl class="facts">
      {of.filter(([, value]) => value !== undefined && value !== null).map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
