/** @jsxImportSource hono/jsx */
/**
 * The overview's first line: what is so now, in figures.
 *
 * @module
 */
import { Tile, Tiles } from "../components/tiles.tsx";
import { Figures } from "../history/figures.tsx";
import { sumOf } from "../history/span.ts";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import type { Sight } from "./sight.ts";

/** All figures. */
export function Glance({ queues, workers, running, bars, period }: Sight): Html {
  const view = useView();
  const { words: { overview: words } } = view;
  const sum = (count: (queue: Sight["queues"][number]) => number) =>
    queues.reduce((all, queue) => all + count(queue), 0);
  const delayed = sum((queue) => queue.delayed);
  const held = workers.reduce((all, { holds }) => all + holds, 0);
  const oldest = queues.filter((queue) => queue.oldest !== undefined).sort((a, b) => a.oldest! - b.oldest!)[0];
  return (
    <Tiles id="tiles" label={words.summary}>
      <Tile
        name={words.waiting}
        href={view.url("/queues")}
        value={view.number(sum((queue) => queue.waiting))}
        note={delayed === 0 ? words.nothingDelayed : words.delayed(view.number(delayed))}
      />
      <Tile
        name={words.oldest}
        value={oldest ? view.duration(Math.max(0, view.now - oldest.oldest!)) : "–"}
        note={oldest ? words.oldestIn(oldest.name) : words.nothingWaits}
        {...(oldest ? { href: view.url(`/queues/of/${encodeURIComponent(oldest.name)}`) } : {})}
      />
      <Tile
        name={words.running}
        href={view.url("/tasks", { state: "STARTED" })}
        value={view.number(Math.max(held, running.length))}
        note={words.onWorkers(view.number(workers.filter(({ holds }) => holds > 0).length))}
      />
      <Tile
        name={words.workers}
        href={view.url("/workers")}
        value={view.number(workers.length)}
        note={workers.length === 0
          ? words.noWorker
          : workers.map(({ name }) => name.replace(/~.*/, "")).slice(0, 3).join(", ")}
        tone={workers.length === 0 ? "warn" : "plain"}
      />
      <Figures sum={bars && sumOf(bars, 0)} period={period} letters={view.url("/dead")} />
    </Tiles>
  );
}
