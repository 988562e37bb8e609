/**
 * A broker's verbs over HTTP, for `@umbel/umbel/remote`: who may ask for which, and what it is answered.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Broker } from "../../ports/broker.ts";
import type { Limits } from "../../ports/limits.ts";
import type { PublishOptions } from "../../ports/publishing.ts";
import type { Turn } from "../../ports/turn.ts";
import type { KeptDefinition } from "../../beat/kept.ts";
import { checkAll } from "../../brokers/http/shapes.ts";
import { type VerbName, verbs } from "../../brokers/http/verbs.ts";
import { readCallback } from "../../callbacks/callback.ts";
import { checkCallback } from "../../callbacks/callbacks.ts";
import type { ListingQuery } from "../../ports/listing.ts";
import { checkSize, encodeMessage, type Message } from "../../message.ts";
import { redactArgs } from "../../policies/redact.ts";
import type { AnswerPart } from "../../ports/mail.ts";
import type { EntryChange, Tick } from "../../ports/schedules.ts";
import type { Change } from "../../ports/waiting.ts";
import type { Caller } from "../access/caller.ts";
import { mustCompose } from "../requests/composing.ts";
import { checkParents, ownClaims } from "./claims.ts";
import { workerOf } from "./identity.ts";
import type { Turns } from "./turns.ts";

/** What a port needs. */
export interface PortOptions {
  /** The app whose broker it is. */
  readonly app: Umbel;
  /** Takes turns. */
  readonly turns: Turns;
  /** Whether tasks may be sent that the app does not know. */
  readonly anyTask: boolean;
}

/** Answers in its own way. */
type Special = (args: readonly unknown[], caller: Caller) => Promise<unknown>;

/** A value that is JSON already. */
class Encoded {
  constructor(readonly text: string) {}
}

/** A broker's verbs. */
export class Port {
  readonly #options: PortOptions;
  /** Those that are more than a call of the broker. */
  readonly #special: { readonly [name in VerbName]?: Special } = {
    "now": async () => ({ now: await this.#broker.now(), app: this.#options.app.name }),
    "publish": ([messages, options], caller) => this.#publish(messages as Message[], options, caller),
    "turn": async ([turn], caller) => new Encoded(await this.#options.turns.take(turn as Turn, caller)),
    "fetch": ([ids]) => this.#broker.fetch(ids as string[]),
    "schedules.fire": async ([by, ticks, options], caller) => {
      const composed: Tick[] = [];
      for (const tick of ticks as readonly Tick[]) {
        composed.push({ ...tick, messages: await this.#composed(tick.messages, caller) });
      }
      const messages = composed.flatMap((tick) => tick.messages);
      return await this.#broker.schedules.fire(
        by as string,
        composed,
        this.#publishOptions(messages, options, caller),
      );
    },
    "schedules.put": ([changes], caller) => {
      // What is opaque to the broker names the tasks that a beat sends by it.
      for (const { definition } of caller.may("admin") ? [] : changes as readonly EntryChange[]) {
        const { entry, code } = (definition ?? {}) as Partial<KeptDefinition>;
        for (const one of code ? [entry, code] : [entry]) mustCompose(caller, String(one?.task));
      }
      return this.#broker.schedules.put(changes as readonly EntryChange[]);
    },
    "deadLetters.resend": async ([messages], caller) =>
      await this.#broker.deadLetters.resend(await this.#composed(messages as readonly Message[], caller)),
    "waiting.change": async ([given], caller) => {
      const changes = given as readonly Change[];
      const messages = await this.#composed(changes.map(({ message }) => message), caller);
      return await this.#broker.waiting.change(changes.map((change, n) => ({ ...change, message: messages[n]! })));
    },
    "mail.answer": ([part, expires], caller) => {
      const { worker, ...rest } = part as AnswerPart;
      return this.#broker.mail.answer({ ...rest, worker: workerOf(caller, worker) }, expires as number);
    },
    "mail.answers": ([command, except]) =>
      this.#broker.mail.answers(command as string, new Set(except as readonly string[])),
    // By what is found, a text could be guessed that may not be seen.
    "listing.list": ([query], caller) => {
      const { contains, ...rest } = query as ListingQuery;
      return this.#broker.listing.list(contains && caller.may("control") ? { ...rest, contains } : rest);
    },
    // Workers keep dead letters to the number that their app is set to; whoever may do no more, to this app's.
    "deadLetters.trim": ([most], caller) => {
      const { deadLetterMax } = this.#options.app.config;
      return this.#broker.deadLetters.trim(
        caller.may("control") ? most as number : Math.max(most as number, deadLetterMax),
      );
    },
  };

  /** Of this app. */
  constructor(options: PortOptions) {
    this.#options = options;
  }

  get #broker(): Broker {
    return this.#options.app.broker;
  }

  /**
   * Answers a verb, for a caller who may ask for it.
   *
   * @param values What it was asked with; `null` for what is absent.
   * @throws {InvalidInput} When it is asked wrong.
   */
  async answer(verb: VerbName, values: readonly unknown[], caller: Caller): Promise<Response> {
    const { takes, streams } = verbs[verb];
    const args = values.map((value) => value ?? undefined);
    checkAll(args, takes);
    const special = this.#special[verb];
    const answer = special ? await special(args, caller) : callOf(this.#broker, verb, args);
    const { name } = this.#options.app;
    if (streams) return parts(name, answer as AsyncIterable<unknown>, (value) => this.encode(value, caller));
    const value = await answer;
    return json(value instanceof Encoded ? value.text : this.encode(value, caller), name);
  }

  /**
   * The JSON of an answer. Who may only read sees of arguments what their task lets be seen; who controls sees all, for a
   * message that is looked at may be sent again.
   */
  encode(value: unknown, caller: Caller): string {
    if (caller.may("control")) return JSON.stringify(value ?? null);
    return JSON.stringify(value ?? null, (_, part) => isMessage(part) ? this.#redacted(part) : part);
  }

  #redacted(message: Message): Message {
    const settings = this.#options.app.tasks.get(message.task)?.settings.redact ?? message.redact;
    return settings === undefined
      ? message
      : { ...message, args: redactArgs(message.args, settings) as Message["args"] };
  }

  async #publish(messages: readonly Message[], options: unknown, caller: Caller): Promise<unknown> {
    const composed = await this.#composed(messages, caller);
    return await this.#broker.publish(composed, this.#publishOptions(composed, options, caller));
  }

  /** Whatever a message comes with — a send, a periodic task, a letter, a change — it says what a task runs with. */
  async #composed(messages: readonly Message[], caller: Caller): Promise<readonly Message[]> {
    // Who may do everything has checked what it sends, as a client of the broker itself.
    if (caller.may("admin")) return messages;
    const { app, anyTask } = this.#options;
    const { maxMessageSize } = app.config;
    const composed = messages.map((message) => {
      mustCompose(caller, message.task);
      if (message.callback !== undefined) checkCallback(app.callbacks, readCallback(message.callback));
      if (!anyTask) app.taskNamed(message.task);
      checkSize(message.task, encodeMessage(message), maxMessageSize);
      return ownClaims(app, message);
    });
    await checkParents(app, composed, caller);
    return composed;
  }

  /** Who may do everything declares as its code says; for all others it is this app that says how long a queue may be. */
  #publishOptions(messages: readonly Message[], options: unknown, caller: Caller): PublishOptions {
    if (caller.may("admin")) return readPublishOptions(options);
    const { config: { queues, events, history }, limits } = this.#options.app;
    const allowed: Limits | undefined = limits.allowed(messages);
    return { queues, recording: { events, history }, ...(allowed ? { limits: allowed } : {}) };
  }
}

function readPublishOptions(options: unknown): PublishOptions {
  const { queues, ...rest } = (options ?? {}) as { readonly queues?: object };
  return { ...rest, ...(queues ? { queues: new Map(Object.entries(queues)) } : {}) };
}

/** Calls the verb of a port. */
function callOf(broker: Broker, verb: VerbName, args: readonly unknown[]): unknown {
  const [port, method] = verb.split(".") as [keyof Broker, string];
  const verbs = broker[port] as unknown as { readonly [method: string]: (...args: readonly unknown[]) => unknown };
  return verbs[method]!(...args);
}

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && "task" in value && "args" in value && Array.isArray(value.args);
}

/** A response of such JSON. @param app Says by its name that it was this exchange that answered, and nothing on the way. */
function json(text: string, app: string): Response {
  return new Response(text, { headers: { "content-type": "application/json", "umbel-app": app } });
}

/** A response that goes part by part: a line of JSON each, and `end` when it was all. */
function parts(app: string, values: AsyncIterable<unknown>, encode: (value: unknown) => string): Response {
  const encoder = new TextEncoder();
  const iterator = values[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      controller.enqueue(encoder.encode(done ? "end\n" : encode(value) + "\n"));
      if (done) controller.close();
    },
    async cancel() {
      await iterator.return?.();
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers: { "content-type": "application/x-ndjson", "umbel-app": app } });
}
