/** @jsxImportSource hono/jsx */
import type { Flash } from "../flash.ts";
import { Icon } from "./icon.tsx";
import type { Html } from "../html.ts";

/** What the last action came to, read out by screen readers. */
export function Flashed({ flash: { kind, text } }: { readonly flash: Flash }): Html {
  return (
    <p class={`flash ${kind}`} role={kind === "done" ? "status" : "alert"}>
      <Icon name={kind === "done" ? "check" : "warning"} />
      <span>{text}</span>
    </p>
  );
}
