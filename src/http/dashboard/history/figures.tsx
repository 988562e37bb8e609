/** @jsxImportSource hono/jsx */
/**
 * What a period came to, in figures.
 *
 * @module
 */
import type { Histogram } from "../../../ports/history.ts";
import { Tile } from "../components/tiles.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { durationText } from "./charts.tsx";
import { estimate, type Period, spans, type Sum } from "./span.ts";
import { endedOf, failingOf } from "./tallies.ts";

/** What is shown. */
export interface FiguresProps {
  /** What it came to; `undefined` while no history is kept. */
  readonly sum: Sum | undefined;
  /** How far back it goes. */
  readonly period: Period;
  /** Where the dead letters of it are. */
  readonly letters: string;
}

/** Tiles: what was done, what failed, how long it ran and waited. */
export function Figures({ sum, period, letters }: FiguresProps): Html {
  const view = useView();
  const { words: { history: words } } = view;
  const minutes = spans[period].bars * spans[period].length / 60_000;
  const perMinute = (count: number) =>
    view.number(count / minutes, { maximumSignificantDigits: count < minutes ? 2 : 3 });
  return (
    <>
      <Tile
        name={words.done}
        value={sum ? view.compact(sum.done) : "–"}
        note={sum ? words.perMinute(perMinute(sum.done)) : words.noHistory}
      />
      <Tile
        name={words.failed}
        value={sum ? view.compact(sum.failed) : "–"}
        note={sum ? words.rate(view.percent(failingOf(sum))) : words.noHistory}
        tone={sum && sum.failed > 0 ? "bad" : "plain"}
        {...(sum && endedOf(sum) > 0 ? { href: letters } : {})}
      />
      <Tile name={words.runTimes} {...timesOf(sum?.run)} />
      <Tile name={words.waitTimes} {...timesOf(sum?.wait)} />
    </>
  );
}

/** What half of them took at most, about, and below it what 95 of 100 did. */
function timesOf(histogram: Histogram | undefined): { value: string; note: string } {
  const view = useView();
  const { words: { history: words } } = view;
  if (!histogram) return { value: "–", note: words.noHistory };
  const text = (share: number) => durationText(view, estimate(histogram, share));
  return { value: text(0.5), note: `p95 ${text(0.95)}` };
}
