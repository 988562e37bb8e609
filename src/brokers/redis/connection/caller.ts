/**
 * Calls scripts whose keys can only be guessed. One that needs others writes nothing and says which, or which tasks must be
 * looked at to tell: then it is called again.
 *
 * @module
 */
import { systemClock } from "../../../clock.ts";
import { BrokerRefused } from "../../../errors.ts";
import type { Connection } from "./connection.ts";
import type { Keys } from "../keys.ts";
import type { Script } from "./script.ts";
import { words } from "../records/words.ts";

/** How often a script is called at most until it was given all keys that it needs. */
const mostCalls = 50;

/** How a script is called. */
export interface CallOptions {
  /** Ends waiting for the answer. */
  readonly signal?: AbortSignal | undefined;
  /** Finds out about tasks that the script asks for; what it finds is in the next keys and arguments. */
  readonly look?: (ids: readonly string[]) => Promise<void>;
}

/** Calls scripts until they have what they need. */
export class Caller {
  readonly #keys: Keys;
  readonly #connection: Connection;

  /** Calls them over this connection, and teaches these keys. */
  constructor(keys: Keys, connection: Connection) {
    this.#keys = keys;
    this.#connection = connection;
  }

  /** Calls a script; when it needs other keys than were guessed, again with those it told of. */
  async call(
    script: Script<string, string>,
    keys: () => string[],
    args: () => string[],
    { signal, look }: CallOptions = {},
  ): Promise<string[]> {
    const missing = new Set<string>();
    for (let attempt = 0; attempt < mostCalls; attempt++) {
      // Others change what was asked for, in step with this one: by chance each gets its turn.
      if (attempt > 2) await systemClock.sleep(Math.random() * Math.min(5 * 2 ** attempt, 250), signal);
      const first = keys();
      for (const key of first) missing.delete(key);
      const sent = [...first, ...missing];
      const reply = await this.#connection.run(script, sent, args(), signal, Array.isArray) as string[];
      if (reply[0] === "look") {
        this.learn(reply, 2);
        await look!(words(reply[1]!));
      } else if (reply[0] === "need") {
        for (const key of this.learn(reply, 1) ?? []) missing.add(key);
      } else {
        return reply;
      }
    }
    throw new BrokerRefused(`The keys of ${script.name} changed ${mostCalls} times while it was called`);
  }

  /** Takes in what a reply tells from a place on, of queues and of what is written down; gives the keys that it names. */
  learn(reply: readonly string[], from: number): readonly string[] | undefined {
    let keys: readonly string[] | undefined;
    for (let at = from; at + 1 < reply.length; at += 2) {
      if (reply[at] === "?") keys = reply[at + 1]!.split("\n");
      else if (reply[at] === "!") this.#keys.journal.learn(reply[at + 1]!);
      else this.#keys.learn(reply[at]!, reply[at + 1]!);
    }
    return keys;
  }
}
