/** @jsxImportSource hono/jsx */
/**
 * The overview's first line: what is so now, in figures.
 *
 * @module
 */
import type { Histogram } from "../../../ports/history.ts";
import { Tile, Tiles } from "../components/tiles.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import type { Sight } from "./sight.ts";
import { beyond, estimate, spans, sumOf } from "./span.ts";

/** All figures. */
export function Glance({ queues, workers, running, bars, period }: Sight): Html {
  const view = useView();
  const { words: { overview: words } } = view;
  const sum = (count: (queue: Sight["queues"][number]) => number) =>
    queues.reduce((all, queue) => all + count(queue), 0);
  const delayed = sum((queue) => queue.delayed);
  const held = workers.reduce((all, { holds }) => all + holds, 0);
  const oldest = queues.filter((queue) => queue.oldest !== undefined).sort((a, b) => a.oldest! - b.oldest!)[0];
  const past = bars && sumOf(bars, 0);
  const ended = past ? past.done + past.failed : 0;
  const minutes = spans[period].bars * spans[period].length / 60_000;
  return (
    <Tiles id="tiles" label={words.summary}>
      <Tile
        name={words.waiting}
        value={view.number(sum((queue) => queue.waiting))}
        note={delayed === 0 ? words.nothingDelayed : words.delayed(view.number(delayed))}
      />
      <Tile
        name={words.oldest}
        value={oldest ? view.duration(Math.max(0, view.now - oldest.oldest!)) : "–"}
        note={oldest ? words.oldestIn(oldest.name) : words.nothingWaits}
      />
      <Tile
        name={words.running}
        value={view.number(Math.max(held, running.length))}
        note={words.onWorkers(view.number(workers.filter(({ holds }) => holds > 0).length))}
      />
      <Tile
        name={words.workers}
        value={view.number(workers.length)}
        note={workers.length === 0
          ? words.noWorker
          : workers.map(({ name }) => name.replace(/~.*/, "")).slice(0, 3).join(", ")}
        tone={workers.length === 0 ? "warn" : "plain"}
      />
      <Tile
        name={words.done}
        value={past ? view.compact(past.done) : "–"}
        note={past
          ? words.perMinute(view.number(past.done / minutes, { maximumSignificantDigits: 3 }))
          : words.noHistory}
      />
      <Tile
        name={words.failed}
        value={past ? view.compact(past.failed) : "–"}
        note={past
          ? words.rate(
            view.number(ended === 0 ? 0 : past.failed / ended, { style: "percent", maximumFractionDigits: 1 }),
          )
          : words.noHistory}
        tone={past && past.failed > 0 ? "bad" : "plain"}
      />
      <Tile name={words.runTimes} {...timesOf(past?.run)} />
      <Tile name={words.waitTimes} {...timesOf(past?.wait)} />
    </Tiles>
  );
}

/** What half of them took at most, about, and below it what 95 of 100 did. */
function timesOf(histogram: Histogram | undefined): { value: string; note: string } {
  const view = useView();
  const { words: { overview: words } } = view;
  if (!histogram) return { value: "–", note: words.noHistory };
  const text = (share: number) => {
    const ms = estimate(histogram, share);
    return ms === undefined ? "–" : ms >= beyond ? `> ${view.duration(1_800_000)}` : view.duration(ms);
  };
  return { value: text(0.5), note: `p95 ${text(0.95)}` };
}
