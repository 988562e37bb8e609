/** @jsxImportSource hono/jsx */
import { useView } from "../view.tsx";
import type { Html } from "../html.ts";

const known = new Set(["SCHEDULED", "QUEUED", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED", "EXPIRED"]);

/** The state of a task, in its colour: a state of the task's own as the task calls it, but for that of its progress. */
export function StateBadge({ state }: { readonly state: string }): Html {
  const { words: { states } } = useView();
  const isKnown = known.has(state);
  return (
    <span class={`state ${isKnown ? state.toLowerCase() : "custom"}`}>
      <span class="dot" aria-hidden="true"></span>
      <bdi>{Object.hasOwn(states, state) ? states[state as keyof typeof states] : state}</bdi>
    </span>
  );
}
