/**
 * The names of limits, as messages name them: one kind for each of the options that make them.
 *
 * @module
 */

/** What a limit is one of: a task (the first four) or a queue. */
export type LimitKind = "rate" | "concurrency" | "sequence" | "batch" | "queue" | "queueRate" | "group" | "groupRate";

/** A limit's name in its parts. */
export interface LimitNameParts {
  /** What it is. */
  readonly kind: LimitKind;
  /** The task or queue. */
  readonly of: string;
  /** The key, or the group. */
  readonly key?: string;
}

const kinds: readonly string[] = [
  "rate",
  "concurrency",
  "sequence",
  "batch",
  "queue",
  "queueRate",
  "group",
  "groupRate",
];

/**
 * The name of a limit.
 *
 * @param of The task or queue.
 * @param key What is counted together; absent for what holds for all keys.
 */
export function limitName(kind: LimitKind, of: string, key?: string): string {
  return `${kind}:${encode(of)}${key === undefined ? "" : `#${encode(key)}`}`;
}

/** The parts of a name; `undefined` for one that is none of ours. */
export function readLimitName(name: string): LimitNameParts | undefined {
  const [, kind, of, key] = /^(\w+):([^#]*)(?:#(.*))?$/.exec(name) ?? [];
  if (kind === undefined || of === undefined || !kinds.includes(kind)) return undefined;
  try {
    return {
      kind: kind as LimitKind,
      of: decodeURIComponent(of),
      ...(key === undefined ? {} : { key: decodeURIComponent(key) }),
    };
  } catch {
    return undefined;
  }
}

/** Whether it is a limit of a queue, and not of a task. */
export function isOfQueue(name: string): boolean {
  return /^(queue|group)(Rate)?:/.test(name);
}

/** What is half a character would make encoding throw. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
