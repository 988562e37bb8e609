/** @jsxImportSource hono/jsx */
import { timeText } from "../../../operations/task_view.ts";
import { useView } from "../view.tsx";
import type { Html } from "../html.ts";

/** A point in time, in UTC until the script of times shows the viewer's own zone; both are as wide. */
export function Time({ at }: { readonly at: number }): Html {
  const text = timeText(at);
  return <time datetime={text} data-time="local" class="number">{text.slice(0, 19).replace("T", " ")}</time>;
}

/** The time of day, or the day: on the axis of a chart. */
export function Mark({ at, kind }: { readonly at: number; readonly kind: "clock" | "day" }): Html {
  const text = timeText(at);
  return <time datetime={text} data-time={kind}>{kind === "clock" ? text.slice(11, 16) : text.slice(5, 10)}</time>;
}

/** How long ago something was. */
export function Ago({ at }: { readonly at: number }): Html {
  const { now, words } = useView();
  return <time datetime={timeText(at)} data-time="ago" class="number">{words.ago(roughly(now - at, words.units))}
  </time>;
}

/** In whole seconds, minutes, hours or days: as the script of times goes on telling it. */
function roughly(ms: number, { s, min, h, d }: ReturnType<typeof useView>["words"]["units"]): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} ${s}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} ${min}`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} ${h}`;
  return `${Math.floor(seconds / 86_400)} ${d}`;
}

/** How long something took, or has lasted (ms). */
export function Took({ ms }: { readonly ms: number }): Html {
  return <span class="number">{useView().duration(ms)}</span>;
}
