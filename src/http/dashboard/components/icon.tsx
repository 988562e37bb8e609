/** @jsxImportSource hono/jsx */
import type { Html } from "../html.ts";

/** Each is a path in a square of 16 by 16, drawn as a line. */
const paths = {
  overview: "M2 13.5h12M3.5 11V7.5M6.5 11V3M9.5 11V6M12.5 11V4.5",
  tasks: "M6.5 4h7M6.5 8h7M6.5 12h7M2.5 4h1M2.5 8h1M2.5 12h1",
  send: "M14 2 7 9M14 2 9.5 14 7 9 2 6.5 14 2Z",
  queues: "M2.5 5.5 8 2.5l5.5 3L8 8.5l-5.5-3ZM2.5 8.3 8 11.3l5.5-3M2.5 11 8 14l5.5-3",
  workers: "M3 3h10v7H3zM6 13.5h4M8 10v3.5M6 6.5h4",
  schedules: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2ZM8 4.8V8l2.2 1.8",
  dead: "M2.5 4h11v8.5h-11zM2.5 4.5 8 9l5.5-4.5",
  statistics: "M2.5 2.5v11h11M4.5 10.5 7 7.5l2.2 1.8 4-5",
  bill: "M4 2h8v12l-2-1.3L8 14l-2-1.3L4 14V2ZM6.3 5.3h3.4M6.3 8.3h3.4",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  leave: "M6.5 2.5H3v11h3.5M7 8h6.5M11 5.3 13.6 8 11 10.7",
  auto: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2ZM8 2.2v11.6M8 5h4.6M8 8h5.8M8 11h4.6",
  light:
    "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7",
  dark: "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8Z",
  check: "M2.8 8.5 6.3 12l7-8",
  warning: "M8 2 14.5 13.5h-13L8 2ZM8 6.5v3.2M8 11.7v.1",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.3 10.3 14 14",
  pause: "M5.5 3v10M10.5 3v10",
  play: "M4.5 2.8v10.4L13 8 4.5 2.8Z",
  trash: "M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4M6.7 6.7v4M9.3 6.7v4",
  repeat: "M13.2 8A5.2 5.2 0 1 1 11.6 4.2L13.2 5.8M13.2 2.5v3.3H9.9",
  stop: "M3.5 3.5h9v9h-9z",
  edit: "M10.8 2.7l2.5 2.5L5.5 13H3v-2.5l7.8-7.8Z",
  plus: "M8 3v10M3 8h10",
  right: "M6 3l5 5-5 5",
  down: "M3 6l5 5 5-5",
  external: "M9 3h4v4M13 3 7.5 8.5M12 9.5V13H3V4h3.5",
} as const;

/** The name of an icon. */
export type IconName = keyof typeof paths;

/** An icon beside a text that says the same: screen readers pass over it. */
export function Icon({ name }: { readonly name: IconName }): Html {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
