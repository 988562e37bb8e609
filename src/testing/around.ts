/**
 * A broker with some of its verbs replaced: it stays the broker that it is in all else.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";

/** The broker, and what is to be otherwise. */
export function around(broker: Broker, changes: Partial<Broker>): Broker {
  return {
    name: broker.name,
    inspector: broker.inspector,
    control: broker.control,
    deadLetters: broker.deadLetters,
    journal: broker.journal,
    mail: broker.mail,
    listing: broker.listing,
    bills: broker.bills,
    waiting: broker.waiting,
    schedules: broker.schedules,
    now: () => broker.now(),
    publish: (messages, options) => broker.publish(messages, options),
    exchange: (turn, options) => broker.exchange(turn, options),
    fetch: (ids, options) => broker.fetch(ids, options),
    watch: (topics, options) => broker.watch(topics, options),
    ...(broker.meter ? { meter: () => broker.meter!() } : {}),
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
    ...changes,
  };
}
