/** @jsxImportSource hono/jsx */
import type { Html } from "../html.ts";
import type { Progress } from "../../../results/updates.ts";
import { useView } from "../view.tsx";
import { Plain } from "./plain.tsx";

/** A bar of how far a task is. */
export function ProgressBar({ of: { current, total, note } }: { readonly of: Progress }): Html {
  const view = useView();
  const { task } = view.words;
  const of = total !== undefined && total > 0 ? total : undefined;
  const said = of === undefined ? view.number(current) : task.progressOf(view.number(current), view.number(of));
  const part = of === undefined ? undefined : view.number(current / of, { style: "percent" });
  return (
    <div class="progress">
      <progress value={of === undefined ? undefined : current} max={of} aria-label={task.progress}>
        {said}
      </progress>
      <span class="progress-text number">{part ?? said}</span>
      {part !== undefined && <span class="soft number">{said}</span>}
      {note !== undefined && note !== "" && (
        <span class="progress-note">
          <Plain text={note} />
        </span>
      )}
    </div>
  );
}
