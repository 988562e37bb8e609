import type { Broker } from "../ports/broker.ts";
import { BrokerUnavailable } from "../errors.ts";
import { around } from "./around.ts";

/** What happens to a call: it passes, never arrives, arrives and its answer is lost, or arrives twice. */
export type Fate = "pass" | "drop request" | "drop answer" | "twice";

/** The verbs that can fail. */
export type Verb = "publish" | "exchange" | "fetch" | "put" | "fire" | "change";

/** Decides a call's fate by its verb and its number, from 1. */
export type FailurePlan = (verb: Verb, count: number) => Fate;

/**
 * A broker that fails on purpose: to see what a program does then. A lost call or answer is a `BrokerUnavailable`.
 *
 * @example
 * ```ts
 * import { failing } from "@umbel/umbel/testing";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { BrokerUnavailable, Umbel } from "@umbel/umbel";
 * import { assertRejects } from "@std/assert";
 *
 * const broker = failing(sqlite(":memory:")("shop"), (verb) => verb === "publish" ? "drop request" : "pass");
 * await using app = new Umbel("shop", { broker });
 * await assertRejects(() => app.sendTask("add", [1, 2]), BrokerUnavailable);
 * ```
 */
export function failing(broker: Broker, plan: FailurePlan): Broker {
  const counts: Record<Verb, number> = { publish: 0, exchange: 0, fetch: 0, put: 0, fire: 0, change: 0 };
  const { schedules, waiting } = broker;
  async function meet<T>(verb: Verb, call: () => Promise<T>): Promise<T> {
    const fate = plan(verb, ++counts[verb]);
    if (fate === "drop request") throw new BrokerUnavailable(`${verb} was lost on its way, on purpose`);
    if (fate === "twice") await call();
    const answer = await call();
    if (fate === "drop answer") throw new BrokerUnavailable(`The answer to ${verb} was lost, on purpose`);
    return answer;
  }
  return around(broker, {
    name: `failing ${broker.name}`,
    waiting: {
      list: (query) => waiting.list(query),
      find: (ids) => waiting.find(ids),
      change: (changes) => meet("change", () => waiting.change(changes)),
    },
    schedules: {
      put: (changes) => meet("put", () => schedules.put(changes)),
      remove: (names) => schedules.remove(names),
      list: () => schedules.list(),
      fire: (by, ticks, options) => meet("fire", () => schedules.fire(by, ticks, options)),
    },
    publish: (messages, options) => meet("publish", () => broker.publish(messages, options)),
    exchange: (turn, options) => meet("exchange", () => broker.exchange(turn, options)),
    fetch: (ids, options) => meet("fetch", () => broker.fetch(ids, options)),
  });
}
