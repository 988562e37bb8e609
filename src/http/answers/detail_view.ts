/**
 * All that is known of a task, and the tree that it is part of, as JSON for whoever asks.
 *
 * @module
 */
import type { TaskRecord } from "../../ports/task_record.ts";
import type { TaskDetail, TaskNode } from "../../operations/detail.ts";
import type { TaskDefinition } from "../../tasks/task.ts";
import { given } from "../requests/parameters.ts";
import { type TaskView, timeText, viewOfFound } from "../../operations/task_view.ts";

/** A task in a tree, in short. */
export interface TaskNodeView {
  /** Its id. */
  readonly id: string;
  /** Its name; absent, as all that follows, when nothing is known of it any more. */
  readonly task?: string;
  /** Its state. */
  readonly state?: string;
  /** When it was sent. */
  readonly sentAt?: string;
  /** When its last run started. */
  readonly startedAt?: string;
  /** When it ended. */
  readonly finishedAt?: string;
  /** Those that it sent, as far as they are told. */
  readonly children: readonly TaskNodeView[];
  /** How many more it sent. */
  readonly more: number;
}

/** All that is known of a task. */
export interface DetailView extends TaskView {
  /** The tasks that it came from: the first of the tree first, its own parent last. */
  readonly ancestors: readonly TaskNodeView[];
  /** Itself in short, and those that it sent. */
  readonly node: TaskNodeView;
}

/** The view of all that is known of a task, with its arguments as far as they may be seen. */
export function viewOfDetail(detail: TaskDetail, tasks: ReadonlyMap<string, TaskDefinition>): DetailView {
  return { ...viewOfFound(detail, tasks), ancestors: ancestorViews(detail), node: nodeView(detail) };
}

/** The view of the tasks that a task came from. */
export function ancestorViews({ ancestors }: TaskDetail): TaskNodeView[] {
  return ancestors.map((record) => ({ ...inShort(record), children: [], more: 0 }));
}

/** The view of a task and of those that it sent. */
export function nodeView({ id, record, children, more }: TaskNode): TaskNodeView {
  return { ...(record ? inShort(record) : { id }), children: children.map(nodeView), more };
}

function inShort({ id, task, state, sentAt, startedAt, finishedAt }: TaskRecord) {
  const times = Object.entries(given({ sentAt, startedAt, finishedAt })).map(([name, at]) => [name, timeText(at!)]);
  return { id, task, state, ...Object.fromEntries(times) };
}
