/** @jsxImportSource hono/jsx */
/**
 * The life of a task as a bar, and the same in words.
 *
 * @module
 */
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import type { Stretch } from "./life.ts";
import { Plain } from "./plain.tsx";
import { Ago, Time, Took } from "./time.tsx";

/** What is shown. */
export interface TimelineProps {
  /** Its life. */
  readonly life: readonly Stretch[];
  /** When it was sent (ms since 1970). */
  readonly sentAt: number;
}

/** How wide the bar is drawn, and the least that a stretch gets of it: a month's delay hides no run. */
const width = 1000;
const least = 14;

/** A bar of what a task did, and a list that says it in words. */
export function Timeline({ life, sentAt }: TimelineProps): Html {
  const { words: { timeline } } = useView();
  const isTried = life.some(({ attempt = 1 }) => attempt > 1);
  return (
    <div class="timeline">
      <svg class="timeline-bar" viewBox={`0 0 ${width} 28`} preserveAspectRatio="none" aria-hidden="true">
        {drawn(life).map(({ stretch, x, width }) => (
          <rect
            key={x}
            class={`stretch ${stretch.kind}${stretch.isOpen ? " open" : ""}`}
            x={x.toFixed(1)}
            y="2"
            width={width.toFixed(1)}
            height="24"
          >
            <title>{timeline[stretch.kind]}</title>
          </rect>
        ))}
      </svg>
      <ol class="timeline-list">
        <li class="stretch-item sent">
          <span class="stretch-mark" aria-hidden="true"></span>
          <span class="stretch-name">{timeline.sent}</span>
          <Time at={sentAt} />
        </li>
        {life.map((stretch) => <Item key={stretch.from} stretch={stretch} isTried={isTried} />)}
      </ol>
    </div>
  );
}

/** @param isTried Whether there is more than one run to tell apart. */
function Item({ stretch, isTried }: { readonly stretch: Stretch; readonly isTried: boolean }): Html {
  const { words: { timeline }, now } = useView();
  const { kind, from, to, isOpen, worker, attempt, error } = stretch;
  const isRun = attempt !== undefined;
  return (
    <li class={`stretch-item ${kind}${isOpen ? " open" : ""}`}>
      <span class="stretch-mark" aria-hidden="true"></span>
      <span class="stretch-name">
        {isOpen ? timeline.now[kind] : timeline[kind]}
        {isRun && isTried && <span class="soft">{timeline.attempt(attempt)}</span>}
        {worker !== undefined && (
          <span class="soft">
            <Plain text={worker} />
          </span>
        )}
        {/* Of a single run the error stands on its own beneath. */}
        {error && isTried && (
          <span class="stretch-error">
            <Plain text={`${error.type}: ${firstLine(error.message)}`} />
          </span>
        )}
      </span>
      <span class="stretch-time">
        {to > now
          ? (
            <>
              {timeline.until} <Time at={to} />
            </>
          )
          : isOpen
          ? <Ago at={from} />
          : <Took ms={to - from} />}
      </span>
    </li>
  );
}

/** Where each stretch is drawn: as long as it lasted, but for those that would not be seen. */
function drawn(
  life: readonly Stretch[],
): readonly { readonly stretch: Stretch; readonly x: number; readonly width: number }[] {
  const total = life.reduce((sum, { from, to }) => sum + to - from, 0);
  const spare = width - least * life.length;
  let x = 0;
  return life.map((stretch) => {
    const part = total === 0 ? 1 / life.length : (stretch.to - stretch.from) / total;
    const place = { stretch, x, width: least + part * spare };
    x += place.width;
    return place;
  });
}

function firstLine(text: string): string {
  const line = text.split("\n", 1)[0]!;
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
