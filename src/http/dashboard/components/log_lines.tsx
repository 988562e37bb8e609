/** @jsxImportSource hono/jsx */
import type { Html } from "../html.ts";
import type { KeptLog } from "../../../log.ts";
import { timeText } from "../../../operations/task_view.ts";
import { useView } from "../view.tsx";
import { Plain } from "./plain.tsx";

/** What a task's handler said: the last lines, the oldest one first. */
export function LogLines({ log: { lines, dropped } }: { readonly log: KeptLog }): Html {
  const view = useView();
  const { log } = view.words;
  return (
    <div>
      {dropped > 0 && <p class="soft">{log.dropped(dropped, view.number(dropped))}</p>}
      <ol class="log-lines" start={dropped + 1} tabindex={0}>
        {lines.map(({ at, level, message }, index) => (
          <li key={dropped + index} data-key={`line-${dropped + index}`} class={`log-line ${level}`}>
            <time datetime={timeText(at)} data-time="local" class="number">
              {timeText(at).slice(0, 19).replace("T", " ")}
            </time>
            <span class="log-level">{log.levels[level]}</span>
            <span class="log-message">
              <Plain text={message} />
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
