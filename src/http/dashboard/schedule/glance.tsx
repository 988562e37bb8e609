/** @jsxImportSource hono/jsx */
/**
 * Whether periodic tasks are sent at their times: what is overdue tells that no beat runs.
 *
 * @module
 */
import { Tile, Tiles } from "../components/tiles.tsx";
import { Ago } from "../components/time.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { scheduleHref, type SeenEntry, Until } from "./seen.tsx";

/** So late is more than a tick that a cron calls once a minute, and what a beat does when it starts (ms). */
const late = 90_000;

/** Figures of all entries; nothing where there are none. */
export function ScheduleGlance({ entries }: { readonly entries: readonly SeenEntry[] }): Html {
  const view = useView();
  const { words: { schedules: words } } = view;
  if (entries.length === 0) return <div id="glance" hidden></div>;
  const due = entries.filter(({ enabled, due }) => enabled && due !== undefined)
    .sort((one, other) => one.due! - other.due!);
  const overdue = due.filter((entry) => entry.due! < view.now - late);
  const lastSent = Math.max(0, ...entries.map(({ lastSent = 0 }) => lastSent));
  const failing = entries.filter(({ error, lastState }) => error !== undefined || lastState === "FAILURE");
  const paused = entries.filter(({ enabled }) => !enabled);
  const [next] = due;
  return (
    <Tiles id="glance" label={words.glance}>
      <Tile
        name={words.beat}
        value={overdue.length > 0
          ? <span class="badge bad">{words.late(overdue.length, view.number(overdue.length))}</span>
          : <span class="badge good">{words.onTime}</span>}
        note={overdue.length > 0 ? words.lateHint : lastSent === 0 ? words.noneSent : (
          <>
            {words.lastSent} <Ago at={lastSent} />
          </>
        )}
        tone={overdue.length > 0 ? "warn" : "plain"}
      />
      <Tile
        name={words.next}
        value={next?.due === undefined ? "–" : <Until at={next.due} />}
        note={next ? next.name : words.notDue}
        {...(next ? { href: scheduleHref(view, next.name) } : {})}
      />
      <Tile
        name={words.lastFailed}
        value={view.number(failing.length)}
        note={failing.length === 0 ? words.noneFailed : failing.map(({ name }) => name).join(", ")}
        tone={failing.length > 0 ? "bad" : "plain"}
      />
      <Tile
        name={words.off}
        value={view.number(paused.length)}
        note={paused.length === 0
          ? words.ofAll(view.number(entries.length))
          : paused.map(({ name }) => name).join(", ")}
      />
    </Tiles>
  );
}
