/** @jsxImportSource hono/jsx */
/**
 * A periodic task as pages show it.
 *
 * @module
 */
import type { Entry } from "../../../beat/kept.ts";
import type { TaskState } from "../../../ports/task_record.ts";
import type { Html } from "../html.ts";
import { useView, type View } from "../view.tsx";

/** An entry, and what became of the task that it sent last. */
export interface SeenEntry extends Entry {
  readonly lastState?: TaskState;
}

/** The path of an entry's page. */
export function scheduleHref(view: View, name: string, below = ""): string {
  return view.url(`/schedules/of/${encodeURIComponent(name)}${below}`);
}

/** How long it is until a time. */
export function Until({ at }: { readonly at: number }): Html {
  const view = useView();
  const { words: { schedules: words } } = view;
  const left = at - view.now;
  // Within a second it is being sent.
  const text = left < -1000 ? words.overdue(view.duration(-left)) : words.in(view.duration(rounded(Math.max(0, left))));
  return <time datetime={new Date(at).toISOString()} class="number">{text}</time>;
}

/** Coarser the further away: what is live is not to change with each second. */
function rounded(ms: number): number {
  const step = ms < 60_000 ? 1000 : ms < 3_600_000 ? 60_000 : 3_600_000;
  return Math.round(ms / step) * step;
}
