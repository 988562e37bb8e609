/**
 * All that a page shows of one task, and how that goes on.
 *
 * @module
 */
import type { Umbel } from "../../../app/app.ts";
import { isFinal, type TaskRecord } from "../../../ports/task_record.ts";
import type { TaskDetail, TaskNode } from "../../../operations/detail.ts";
import type { Answer } from "../live.ts";
import type { TreeNode } from "../components/task_tree.tsx";

/** What is known of a task, and of the tree that it belongs to. */
export interface TaskSight {
  /** What is known of it. */
  readonly detail: TaskDetail;
  /** The tree, from its first task on; a task alone is no tree. */
  readonly tree: TreeNode | undefined;
}

/** So much of a tree is looked at. */
const reach = { depth: 20, limit: 200 };
/** While others of its tree go on, they are looked at so often (ms). */
const lookEvery = 5000;
/** While nothing but the task itself goes on, its own signals suffice (ms). */
const patience = 60_000;
/** News that come so close to one another are shown together (ms). */
const gatherFor = 50;

/** What is known of a task now; `undefined` when nothing is. */
export async function sightOf(app: Umbel, id: string): Promise<TaskSight | undefined> {
  const detail = await app.detail(id, reach);
  if (!detail) return undefined;
  const [root] = detail.ancestors;
  const whole = root && await app.detail(root.id, reach);
  return { detail, tree: whole && holds(whole, id) ? treeOf(whole) : chainOf(detail) };
}

/** Whether nothing of it will change any more. */
export function isOver({ detail, tree }: TaskSight): boolean {
  return isFinal(detail.record.state) && (tree === undefined || isTreeOver(tree));
}

/**
 * What is known of a task, again and again, until nothing of it will change: by the task's own signals, and by looking at
 * the others of its tree.
 */
export async function* follow(app: Umbel, id: string, stop: AbortSignal): AsyncGenerator<Answer<TaskSight>> {
  const closing = new AbortController();
  const bell = new Bell();
  const listening = listen(app, id, bell, AbortSignal.any([stop, closing.signal]));
  try {
    let sight: TaskSight | undefined;
    while (!stop.aborted) {
      const wasRung = await bell.rung(app, sight?.tree ? lookEvery : patience, stop);
      await app.clock.sleep(gatherFor, stop);
      bell.reset();
      sight = (wasRung && sight && await newer(app, sight)) || await sightOf(app, id);
      if (!sight || stop.aborted) return;
      yield { data: sight, at: await app.broker.now() };
      if (isOver(sight)) return;
    }
  } finally {
    closing.abort();
    await listening;
  }
}

/** What is known when a task told nothing but how far it is: to ask for the rest again would cost ten times as much. */
async function newer(app: Umbel, { detail, tree }: TaskSight): Promise<TaskSight | undefined> {
  const record = await app.result(detail.id).record();
  const { state, retries } = detail.record;
  return record?.state === state && record.retries === retries ? { detail: { ...detail, record }, tree } : undefined;
}

/** Rings with everything that is told of a task. */
async function listen(app: Umbel, id: string, bell: Bell, stop: AbortSignal): Promise<void> {
  try {
    for await (const _ of app.result(id).updates({ signal: stop })) bell.ring();
  } catch {
    // Nothing is known of it, or the broker is away: whoever looks now says so.
  }
  bell.ring();
}

/** Wakes whoever waits for it. */
class Bell {
  #isRung = false;
  #nap = new AbortController();

  ring(): void {
    this.#isRung = true;
    this.#nap.abort();
  }

  reset(): void {
    this.#isRung = false;
    this.#nap = new AbortController();
  }

  /** Waits until it has rung, or for so long; says whether it has. */
  async rung({ clock }: Umbel, ms: number, stop: AbortSignal): Promise<boolean> {
    if (!this.#isRung) await clock.sleep(ms, AbortSignal.any([this.#nap.signal, stop]));
    return this.#isRung;
  }
}

function holds(node: TaskNode, id: string): boolean {
  return node.id === id || node.children.some((child) => holds(child, id));
}

function isTreeOver({ state, children }: TreeNode): boolean {
  return (state === undefined || isFinal(state)) && children.every(isTreeOver);
}

function treeOf(node: TaskNode): TreeNode {
  return nodeOf(node.id, node.record, node.children.map(treeOf), node.more > 0);
}

/** The way to a task, and what it sent. */
function chainOf(detail: TaskDetail): TreeNode | undefined {
  if (detail.ancestors.length === 0 && detail.children.length === 0) return undefined;
  return detail.ancestors.reduceRight<TreeNode>(
    (tree, record) => nodeOf(record.id, record, [tree], true),
    treeOf(detail),
  );
}

function nodeOf(id: string, record: TaskRecord | undefined, children: readonly TreeNode[], more: boolean): TreeNode {
  return { id, ...(record ? { task: record.task, state: record.state } : {}), children, more };
}
