/**
 * All that is known of one task: its record, its message, those that it came from and those that it sent.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import { isFinal, type TaskRecord } from "../ports/task_record.ts";
import { InvalidInput } from "../errors.ts";
import { checkName, type Message } from "../message.ts";
import { messageOf } from "../ports/record_message.ts";
import { checkKeys } from "../options/keys.ts";
import { show } from "../options/values.ts";
import type { Wire } from "../wire/wire.ts";

/** How far a look goes. */
export interface DetailOptions {
  /**
   * How many generations of children are told: 0 to 100.
   *
   * @default {1}
   */
  readonly depth?: number;
  /**
   * How many children are told, of all generations together: 1 to 1,000.
   *
   * @default {100}
   */
  readonly limit?: number;
}

/** A task among those that a task sent. */
export interface TaskNode {
  /** Its id. */
  readonly id: string;
  /** What is known of it; absent when that is forgotten. */
  readonly record?: TaskRecord;
  /** Those that it sent, as far as they are told. */
  readonly children: readonly TaskNode[];
  /** How many more it sent, which are not told. */
  readonly more: number;
}

/** All that is known of a task. */
export interface TaskDetail extends TaskNode {
  /** What is known of it. */
  readonly record: TaskRecord;
  /** Its message, with its arguments: once it has ended, while it waits and while it runs. */
  readonly message?: Message;
  /** The tasks that it came from, as far as they are known: the first of the tree first, its own parent last. */
  readonly ancestors: readonly TaskRecord[];
}

/** What a look needs of an app. */
export interface DetailedApp {
  /** The broker. */
  readonly broker: Broker;
  /** Its codecs. */
  readonly wire: Wire;
}

/** How many generations of parents are told. */
const mostAncestors = 50;

/**
 * All that is known of a task.
 *
 * @returns `undefined` when nothing is.
 * @throws {InvalidInput} When an option breaks its rule.
 */
export async function detailOf(
  app: DetailedApp,
  id: string,
  options: DetailOptions = {},
): Promise<TaskDetail | undefined> {
  checkKeys(options, ["depth", "limit"], "option of detail");
  const { depth = 1, limit = 100 } = options;
  readWithin(depth, "depth", 0, 100);
  readWithin(limit, "limit", 1, 1000);
  const found = await findTask(app, checkName("id", id));
  if (!found) return undefined;
  const [ancestors, tree] = await Promise.all([ancestorsOf(app, found), descendantsOf(app, id, depth, limit)]);
  return { ...tree, ...found, ancestors };
}

/** A task and its message. */
interface Found {
  readonly record: TaskRecord;
  readonly message?: Message;
}

async function findTask({ broker, wire }: DetailedApp, id: string): Promise<Found | undefined> {
  const [record] = await broker.fetch([id]);
  if (!record) return undefined;
  const message = await messageOf(broker, record);
  const { message: opened, ...rest } = await wire.records.openRecord(message ? { ...record, message } : record);
  const shown = isFinal(record.state) && opened ? { ...rest, message: opened } : rest;
  return { record: shown, ...(opened ? { message: opened } : {}) };
}

async function ancestorsOf(app: DetailedApp, { message }: Found): Promise<TaskRecord[]> {
  const ancestors: TaskRecord[] = [];
  const seen = new Set([message?.id]);
  let parent = message?.parentId;
  while (parent !== undefined && !seen.has(parent) && ancestors.length < mostAncestors) {
    seen.add(parent);
    const found = await findTask(app, parent);
    if (!found) break;
    ancestors.unshift(found.record);
    parent = found.message?.parentId;
  }
  return ancestors;
}

/** A node while its children are still to be found. */
interface OpenNode {
  readonly id: string;
  record?: TaskRecord;
  readonly children: OpenNode[];
  more: number;
}

/** Generation by generation, so that what is told of a large tree is its top. */
async function descendantsOf(
  { broker, wire }: DetailedApp,
  id: string,
  depth: number,
  limit: number,
): Promise<TaskNode> {
  const top: OpenNode = { id, children: [], more: 0 };
  const seen = new Set([id]);
  let left = limit;
  for (let level = [top]; level.length > 0;) {
    const found = await broker.inspector.children(level.map((node) => node.id));
    const isDeepest = depth-- <= 0;
    const next: OpenNode[] = [];
    for (const [index, node] of level.entries()) {
      const ids = found[index]!.filter((child) => !seen.has(child)).sort();
      const told = isDeepest ? [] : ids.slice(0, left);
      left -= told.length;
      node.more = ids.length - told.length;
      for (const child of told) {
        seen.add(child);
        const open: OpenNode = { id: child, children: [], more: 0 };
        node.children.push(open);
        next.push(open);
      }
    }
    const records = next.length === 0 ? [] : await broker.fetch(next.map((node) => node.id));
    for (const [index, node] of next.entries()) {
      const record = records[index];
      if (record) node.record = await wire.records.openRecord(record);
    }
    level = next;
  }
  return top;
}

function readWithin(value: unknown, field: string, least: number, most: number): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw new InvalidInput(field, `${field} must be a whole number from ${least} to ${most}, and it is ${show(value)}`);
}
