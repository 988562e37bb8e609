/**
 * Looking at queues, limits and workers in Redis.
 *
 * @module
 */
import type { Inspector, QueueInfo, WorkerInfo } from "../../ports/inspector.ts";
import type { LimitInfo } from "../../ports/limits.ts";
import type { Message } from "../../message.ts";
import { childrenOf } from "./children.ts";
import type { Connection } from "./connection/connection.ts";
import { type Keys, readLayout } from "./keys.ts";
import { oldestOf } from "./waiting/oldest.ts";
import { readLimit } from "./publishing/rules.ts";
import { running } from "./waiting/running.ts";
import { inspect } from "./scripts/records.ts";
import { words } from "./records/words.ts";

/** What looking needs of the broker. */
export interface InspectorOptions {
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts. */
  readonly connection: Connection;
  /** Finds messages. */
  readonly messages: (ids: readonly string[]) => Promise<(Message | undefined)[]>;
}

/** What the map and the workers' turns say, in one request. */
export interface Overview {
  /** The layouts of queues, by name. */
  readonly queues: Map<string, string>;
  /** What limits allow, by name: see publishing/rules.ts. */
  readonly limits: ReadonlyMap<string, string>;
  /** Those that have not left. */
  readonly workers: readonly WorkerInfo[];
}

/** Looks at queues, limits and workers. */
export class RedisInspector implements Inspector {
  readonly #options: InspectorOptions;

  /** Those of these keys. */
  constructor(options: InspectorOptions) {
    this.#options = options;
  }

  /** What workers hold. */
  running(queue?: string): AsyncIterable<readonly Message[]> {
    return running(queue, this.#options);
  }

  /** The messages of tasks whose records do not hold them. */
  async messages(ids: readonly string[]): Promise<(Message | undefined)[]> {
    return await this.#options.messages(ids);
  }

  /** The ids of children. */
  async children(ids: readonly string[]): Promise<string[][]> {
    return await childrenOf(ids, this.#options);
  }

  /** Every limit, by name. */
  async limits(): Promise<LimitInfo[]> {
    const { limits } = await this.overview();
    return [...limits].map(([name, text]) => readLimit(name, text)).sort(byName);
  }

  /** Every queue, by name. */
  async queues({ oldest = false }: { readonly oldest?: boolean } = {}): Promise<QueueInfo[]> {
    const { queues, workers } = await this.overview();
    const ages = oldest ? await oldestOf(queues, this.#options) : new Map();
    for (const { queues: served } of workers) {
      for (const queue of served) if (!queues.has(queue)) queues.set(queue, "|");
    }
    return [...queues].map(([name, layout]) => {
      const { lists, lanes, delayed, paused } = readLayout(layout);
      return {
        paused,
        name,
        waiting: [...lists, ...lanes].reduce((sum, { count }) => sum + count, 0),
        delayed: delayed.reduce((sum, { count }) => sum + count, 0),
        ...(ages.has(name) ? { oldest: ages.get(name) } : {}),
      };
    }).sort(byName);
  }

  /** Every worker, by name. */
  async workers(): Promise<WorkerInfo[]> {
    const { workers } = await this.overview();
    return workers.toSorted(byName);
  }

  /** All of it, as it is stored. */
  async overview(): Promise<Overview> {
    const { keys, connection } = this.#options;
    const reply = await connection.run(inspect, [keys.map, keys.workers], [], undefined) as string[];
    const queues = new Map<string, string>();
    const limits = new Map<string, string>();
    const workers: WorkerInfo[] = [];
    for (let at = 0; at < reply.length; at += 2) {
      const field = reply[at]!;
      const name = field.slice(2);
      const text = reply[at + 1]!;
      if (field.startsWith("q:")) queues.set(name, text);
      else if (field.startsWith("l:")) limits.set(name, text);
      else workers.push(...readWorker(name, text));
    }
    return { queues, limits, workers };
  }
}

/** A worker; none when it has left. */
function readWorker(name: string, text: string): WorkerInfo[] {
  const [, aliveUntil, , left, served, , holds] = text.split("|");
  if (Number(left) % 2 === 1) return [];
  const queues = words(served ?? "");
  return [{ name, aliveUntil: Number(aliveUntil), holds: words(holds ?? "").length, queues }];
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
