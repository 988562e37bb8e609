/** @jsxImportSource hono/jsx */
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { Plain } from "./plain.tsx";
import { StateBadge } from "./state.tsx";

/** A task, with what its handler sent. */
export interface TreeNode {
  /** The task's id. */
  readonly id: string;
  /** Its name; absent when nothing is known of it any more. */
  readonly task?: string;
  /** What has become of it. */
  readonly state?: string;
  /** What its handler sent. */
  readonly children: readonly TreeNode[];
  /** Whether there are more that are not shown. */
  readonly more?: boolean;
}

/** So many tasks of a tree are drawn. */
const most = 200;

/** Tasks and what they sent, drawn as a tree: the lines are the list's own. */
export function TaskTree({ root, current }: { readonly root: TreeNode; readonly current: string }): Html {
  const { words: { task } } = useView();
  const counts = countStates(root);
  return (
    <>
      {[...counts.values()].reduce((sum, count) => sum + count, 0) > few && <StateCounts counts={counts} />}
      <ul class="tree" aria-label={task.tree}>
        <Branch node={root} current={current} left={{ count: most }} />
      </ul>
    </>
  );
}

/** Trees of more tasks than that are summed up. */
const few = 5;

function countStates({ state, children }: TreeNode, counts = new Map<string, number>()): ReadonlyMap<string, number> {
  if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
  for (const child of children) countStates(child, counts);
  return counts;
}

function StateCounts({ counts }: { readonly counts: ReadonlyMap<string, number> }): Html {
  const view = useView();
  return (
    <p class="tree-counts">
      {[...counts].sort(([, one], [, other]) => other - one).map(([state, count]) => (
        <span key={state}>
          <StateBadge state={state} /> {view.number(count)}
        </span>
      ))}
    </p>
  );
}

function Branch(
  { node, current, left }: { readonly node: TreeNode; readonly current: string; readonly left: { count: number } },
): Html {
  const view = useView();
  const { task } = view.words;
  const { id, children } = node;
  const isCurrent = id === current;
  // Set aside here, since what is within is drawn later.
  const drawn = children.slice(0, Math.max(0, left.count));
  left.count -= drawn.length;
  const hidden = children.length - drawn.length;
  return (
    <li data-key={id}>
      <span class={isCurrent ? "tree-task current" : "tree-task"}>
        <a href={view.url(`/tasks/${encodeURIComponent(id)}`)} aria-current={isCurrent ? "page" : undefined}>
          {node.task === undefined ? <code>{id}</code> : <Plain text={node.task} />}
        </a>
        {node.state === undefined ? <span class="soft">{task.forgotten}</span> : <StateBadge state={node.state} />}
        {node.task !== undefined && <code class="tree-id">{shortId(id)}</code>}
      </span>
      {(drawn.length > 0 || hidden > 0 || node.more) && (
        <ul>
          {drawn.map((child) => <Branch key={child.id} node={child} current={current} left={left} />)}
          {(hidden > 0 || node.more) && (
            <li class="tree-more">
              <a href={view.url(`/tasks/${encodeURIComponent(id)}`)}>{task.more}</a>
            </li>
          )}
        </ul>
      )}
    </li>
  );
}

/** The part of an id in which those that were made at the same time differ. */
function shortId(id: string): string {
  return id.length > 14 ? `…${id.slice(-8)}` : id;
}
