/**
 * Every verb of a broker that goes over HTTP: who may ask it, and what it takes. One line each; a verb that is added to a
 * port does not compile before it stands here.
 *
 * @module
 */
import { billedDays } from "../../ports/bill.ts";
import type { Broker } from "../../ports/broker.ts";
import {
  either,
  flag,
  list,
  name,
  nullable,
  number,
  object,
  optional,
  type Shape,
  taskName,
  text,
  whole,
  word,
} from "./shapes.ts";
import * as terms from "./terms.ts";

/** The ports of a broker, by the names that it has them by. */
export type PortName = Exclude<
  {
    [Name in keyof Broker]-?: Broker[Name] extends string | ((...args: never[]) => unknown) | undefined ? never : Name;
  }[keyof Broker],
  symbol
>;

/** The names of verbs: those of the broker itself, and `port.verb`. */
export type VerbName =
  | "now"
  | "publish"
  | "turn"
  | "fetch"
  | { [Port in PortName]: `${Port}.${keyof Broker[Port] & string}` }[PortName];

/** What it takes to ask: a scope, or any token at all. */
export type VerbScope = "send" | "read" | "control" | "work" | "caller";

/** A verb. */
export interface Verb {
  /** Who may ask it. */
  readonly scope: VerbScope;
  /** What it takes, in order; `signal`s stay at home. */
  readonly takes: readonly Shape[];
  /** Whether it answers part by part. */
  readonly streams?: true;
}

const maybe = optional;
const queue = name("queue");

/** All of them. */
export const verbs: { readonly [name in VerbName]: Verb } = {
  "now": { scope: "caller", takes: [] },
  "publish": { scope: "send", takes: [list(terms.message, 2000), maybe(terms.publishOptions)] },
  "turn": { scope: "work", takes: [terms.turn] },
  "fetch": { scope: "read", takes: [terms.ids] },

  "inspector.running": { scope: "read", takes: [maybe(queue)], streams: true },
  "inspector.messages": { scope: "read", takes: [terms.ids] },
  "inspector.children": { scope: "read", takes: [terms.ids] },
  "inspector.limits": { scope: "read", takes: [] },
  "inspector.queues": { scope: "read", takes: [maybe(object({ oldest: maybe(flag) }))] },
  "inspector.workers": { scope: "read", takes: [] },

  "control.revoke": {
    scope: "control",
    takes: [terms.ids, maybe(object({ terminate: maybe(flag), tree: maybe(flag) }))],
  },
  "control.pause": { scope: "control", takes: [queue] },
  "control.resume": { scope: "control", takes: [queue] },
  "control.limit": { scope: "control", takes: [name("limit"), maybe(terms.limit)] },
  "control.purge": { scope: "control", takes: [queue] },

  "deadLetters.list": {
    scope: "read",
    takes: [
      object({
        ...terms.page,
        task: maybe(text),
        queue: maybe(text),
        error: maybe(text),
        before: maybe(number),
        after: maybe(number),
      }),
    ],
  },
  "deadLetters.resend": { scope: "control", takes: [list(terms.message, 2000)] },
  "deadLetters.delete": { scope: "control", takes: [terms.ids] },
  "deadLetters.trim": { scope: "work", takes: [whole()] },

  "schedules.put": {
    scope: "control",
    takes: [list(object({ name: text, revision: whole(), due: maybe(nullable(number)) }))],
  },
  "schedules.remove": { scope: "control", takes: [list(text)] },
  "schedules.list": { scope: "read", takes: [] },
  "schedules.fire": {
    scope: "control",
    takes: [
      text,
      list(object({ name: text, due: number, next: maybe(number), messages: list(terms.message, 1000) })),
      maybe(terms.publishOptions),
    ],
  },

  "waiting.list": {
    scope: "read",
    takes: [
      object({
        ...terms.page,
        task: maybe(taskName),
        queue: maybe(queue),
        state: maybe(word("QUEUED", "SCHEDULED", "RETRY")),
      }),
    ],
  },
  "waiting.find": { scope: "read", takes: [terms.ids] },
  "waiting.change": {
    scope: "control",
    takes: [list(object({ found: terms.waitingTask, message: terms.message, nonce: text }), 2000)],
  },

  "journal.events": {
    scope: "read",
    takes: [object({ since: maybe(text), from: maybe(number), limit: whole(1, 10_000) })],
  },
  "journal.recording": { scope: "read", takes: [] },
  "journal.record": { scope: "control", takes: [terms.recording] },
  "journal.history": {
    scope: "read",
    takes: [
      object({ task: maybe(text), queue: maybe(text), from: number, to: number, step: word("minute", "hour") }),
    ],
  },

  "listing.count": {
    scope: "read",
    takes: [object({ ...terms.listed, looks: whole(1, 100_000) })],
  },
  "listing.list": {
    scope: "read",
    takes: [
      object({
        ...terms.page,
        ...terms.listed,
        states: maybe(list(text)),
        contains: maybe(text),
        messages: maybe(flag),
      }),
    ],
  },

  "bills.read": { scope: "read", takes: [whole(1, billedDays)] },

  "mail.send": { scope: "control", takes: [either(word("all"), list(text)), terms.command] },
  "mail.answer": { scope: "work", takes: [terms.answerPart, number] },
  "mail.answers": { scope: "control", takes: [text, list(text)] },
};
