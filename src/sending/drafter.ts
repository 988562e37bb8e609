/**
 * Makes messages of calls: what a call, its task, its queue and the app say about it, checked and put together.
 *
 * @module
 */
import { type Callbacks, checkCallback, refuseCallbackTask } from "../callbacks/callbacks.ts";
import { readCallback } from "../callbacks/callback.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { InvalidInput } from "../errors.ts";
import { newId, newWord } from "../id.ts";
import type { Json } from "../json.ts";
import { toJson } from "../to_json.ts";
import type { LimitBook } from "../limits/book.ts";
import { checkSize, checkTaskName, defaultPriority, encodeMessage, type Message } from "../message.ts";
import { type CallSettings, readCallOptions } from "../options/call_options.ts";
import { show } from "../options/values.ts";
import { identify } from "../policies/idempotency.ts";
import { readOnce } from "../policies/once.ts";
import { redactHint } from "../policies/redact.ts";
import { checkInSequence } from "../policies/sequence.ts";
import { uniqueOf, type UniqueSettings } from "../policies/unique.ts";
import { parse } from "../tasks/schema.ts";
import type { Call, TaskDefinition } from "../tasks/task.ts";
import type { Wire } from "../wire/wire.ts";

/** What a drafter goes by. */
export interface DrafterOptions {
  /** The app's settings. */
  readonly config: Config;
  /** Tells the time. */
  readonly clock: Clock;
  /** What tasks and queues declare. */
  readonly limits: LimitBook;
  /** Codecs. */
  readonly wire: Wire;
  /** The app's tasks by name. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  /** Where callbacks may go; absent where none may. */
  readonly callbacks: Callbacks | undefined;
  /** The broker's time: asked for only where a message depends on it. */
  readonly brokerNow: () => Promise<number>;
}

/** A message that is ready to be sent. */
export interface Draft {
  /** The message. */
  readonly message: Message;
  /** How long sending it is tried (ms), if the call says so. */
  readonly deadline: number | undefined;
  /** Whether it is sent under an idempotency key. */
  readonly isIdempotent: boolean;
}

type Identity = Pick<Message, "id" | "nonce">;

/** Makes messages of calls. */
export class Drafter {
  readonly #options: DrafterOptions;
  /** Tasks that were sent from here, and not taken in. */
  readonly #foreign = new Map<string, TaskDefinition>();

  /** One of an app. */
  constructor(options: DrafterOptions) {
    this.#options = options;
  }

  /** The task of that name, if the app knows it. */
  find(name: string): TaskDefinition | undefined {
    return this.#options.tasks.get(name) ?? this.#foreign.get(name);
  }

  /** The draft of a call. */
  async draft(call: Call): Promise<Draft> {
    const settings = readCallOptions(call.options);
    const now = this.#needsTime(call, settings) ? await this.#options.brokerNow() : undefined;
    return this.#draft(call, settings, now);
  }

  /** The drafts of calls, all by the same time. */
  async draftAll(calls: readonly Call[]): Promise<Draft[]> {
    const settings = calls.map(({ options }) => readCallOptions(options));
    const timed = calls.some((call, index) => this.#needsTime(call, settings[index]!));
    const now = timed ? await this.#options.brokerNow() : undefined;
    return await Promise.all(calls.map((call, index) => this.#draft(call, settings[index]!, now)));
  }

  /** The message of a call that goes nowhere. */
  local(call: Call): Message {
    return this.#message(call, {}, this.#options.clock.now(), undefined);
  }

  async #draft(call: Call, settings: CallSettings, brokerNow: number | undefined): Promise<Draft> {
    const identity = settings.idempotencyKey === undefined ? undefined : await this.#identify(call, settings);
    const message = this.#message(call, settings, brokerNow, identity);
    refuseCallbackTask(message.task);
    checkCallback(this.#options.callbacks, message.callback);
    const checking = this.#checkArgs(call, message);
    if (checking) await checking;
    return { message, deadline: settings.publishDeadline, isIdempotent: identity !== undefined };
  }

  /** What the worker would refuse is refused here: the arguments as JSON brings them. Nothing, if there is no schema. */
  #checkArgs({ task }: Call, { args }: Message): Promise<unknown> | undefined {
    const definition = this.#definition(task);
    const schema = definition?.settings.schema;
    return schema && Promise.try(() => parse(schema, args, "args", definition.name));
  }

  /** A plain call costs no more than its sending. */
  #needsTime({ task }: Call, call: CallSettings): boolean {
    const { delay, lifetime, expires, startTimeout } = call;
    const settings = this.#definition(task)?.settings;
    return delay !== undefined || lifetime !== undefined || (startTimeout ?? settings?.startTimeout) !== undefined ||
      this.#once(task, call)?.wait !== undefined || (expires === undefined && settings?.expires !== undefined);
  }

  /** The id and the nonce of a call under an idempotency key. */
  async #identify({ task, args }: Call, settings: CallSettings): Promise<Identity> {
    const name = typeof task === "string" ? task : task.name;
    const { values, json = values } = this.#copy(args, name);
    const { seal } = this.#options.wire.book.codecsOf(name);
    return await identify({ task: name, args: json, blind: seal?.blind?.bind(seal) }, settings);
  }

  #copy(args: readonly unknown[], task: string): Copy {
    const { book } = this.#options.wire;
    return book.codecsOf(task).values
      ? { ...book.copyArgs(checkArgs(args, task), task), size: 0 }
      : copyArgs(args, task);
  }

  /** How a call meets others that are the same: its own word counts, else its task's. */
  #once(task: TaskDefinition | string, call: CallSettings): UniqueSettings | undefined {
    const own = readOnce(call);
    return own === undefined ? this.#definition(task)?.settings.once : own ?? undefined;
  }

  #definition(task: TaskDefinition | string): TaskDefinition | undefined {
    if (typeof task === "string") return this.#options.tasks.get(task);
    if (this.find(task.name) !== task) {
      this.#foreign.set(task.name, task);
      this.#options.limits.add(task);
    }
    return task;
  }

  /** @param identity The id and nonce of one that is sent under an idempotency key. */
  #message(
    { task, args }: Call,
    call: CallSettings,
    brokerNow: number | undefined,
    identity: Identity | undefined,
  ): Message {
    const { config, clock, limits: book } = this.#options;
    const definition = this.#definition(task);
    const settings = definition?.settings;
    const name = typeof task === "string" ? checkTaskName(task) : task.name;
    if (settings?.sequence) checkInSequence(name, call);
    const now = clock.now();
    const once = this.#once(task, call);
    const { eta, expires, startTimeout } = timesOf(call, definition, once, brokerNow);
    const { headers, ignoreResult, timeLimit, softTimeLimit, maxRetries, resultExpires, parent } = call;
    const { values, json = values, size } = this.#copy(args, name);
    const routed = call.queue ?? settings?.queue ??
      config.routes?.queueOf({ task: name, args: values, headers: headers ?? {} });
    const queue = routed ?? config.defaultQueue;
    const unique = once && uniqueOf(once, { task: name, queue, args: once.key ? values : json });
    const redact = settings?.redact && redactHint(settings.redact);
    const limits = book.namesFor(definition, { queue, args: values });
    const lifo = call.lifo ?? settings?.lifo ?? (!settings?.sequence && config.queues.get(queue)?.lifo);
    const message: Message = Object.freeze({
      ...(call.id === undefined ? identity ?? { id: newId(now) } : { id: call.id, nonce: newWord(8) }),
      task: name,
      args: values,
      queue,
      priority: call.priority ?? settings?.priority ?? defaultPriority,
      // What is counted from the sending is counted by the broker's clock.
      sentAt: startTimeout === undefined ? now : brokerNow!,
      retries: 0,
      ...(eta === undefined ? {} : { eta }),
      ...(expires === undefined ? {} : { expires }),
      ...(startTimeout === undefined ? {} : { startTimeout }),
      ...(headers === undefined ? {} : { headers }),
      ...(ignoreResult === undefined ? {} : { ignoreResult }),
      ...(timeLimit === undefined ? {} : { timeLimit }),
      ...(softTimeLimit === undefined ? {} : { softTimeLimit }),
      ...(maxRetries === undefined ? {} : { maxRetries }),
      ...(resultExpires === undefined ? {} : { resultExpires }),
      ...(parent === undefined ? {} : { rootId: parent.rootId ?? parent.id, parentId: parent.id }),
      ...(unique === undefined ? {} : { unique }),
      ...(call.callback === undefined ? {} : { callback: readCallback(call.callback) }),
      ...(redact === undefined ? {} : { redact }),
      ...(identity === undefined ? {} : { idempotent: config.idempotencyExpires }),
      ...(limits === undefined ? {} : { limits }),
      ...(lifo ? { lifo } : {}),
    });
    // Most messages are so small that nobody needs to measure them.
    const limit = config.maxMessageSize;
    if (!this.#options.wire.isPlain(name)) return message;
    if (headers !== undefined || (size + 1000) * 3 > limit) checkSize(name, encodeMessage(message), limit);
    return message;
  }
}

/** When a message is due and when it is too late, by what its call and its task say. */
function timesOf(
  call: CallSettings,
  task: TaskDefinition | undefined,
  once: UniqueSettings | undefined,
  brokerNow: number | undefined,
): Pick<Message, "eta" | "expires" | "startTimeout"> {
  if (once?.wait !== undefined && (call.delay ?? call.eta) !== undefined) {
    throw new InvalidInput(
      "debounce",
      "debounce says when the task is due: give neither countdown nor eta beside it",
    );
  }
  const delay = call.delay ?? once?.wait;
  const eta = delay === undefined ? call.eta : brokerNow! + delay;
  const startTimeout = call.startTimeout ?? task?.settings.startTimeout;
  const lifetime = call.lifetime ?? task?.settings.expires;
  const expires = call.expires ?? (lifetime === undefined ? undefined : brokerNow! + lifetime);
  if (eta !== undefined && expires !== undefined && expires < eta) {
    throw new InvalidInput("expires", `expires is over ${eta - expires} ms before the task may be started`);
  }
  return {
    ...(eta === undefined ? {} : { eta }),
    ...(expires === undefined ? {} : { expires }),
    ...(startTimeout === undefined ? {} : { startTimeout }),
  };
}

/** A copy of arguments. */
interface Copy {
  /** As they come to the handler. */
  readonly values: readonly Json[];
  /** As their codec writes them, if they have one. */
  readonly json?: readonly Json[];
  /** How many characters they take at most. */
  readonly size: number;
}

function copyArgs(args: readonly unknown[], task: string): Copy {
  checkArgs(args, task);
  let size = 0;
  for (let index = 0; index < args.length; index++) {
    const value = args[index];
    // A character may take six in JSON: \u0000.
    if (typeof value === "string") size += value.length * 6 + 3;
    else if (value === null || typeof value === "boolean" || Number.isFinite(value)) size += 25;
    else {
      const json = toJson(args, "args");
      return { values: Object.freeze(JSON.parse(json)), size: json.length };
    }
  }
  return { values: Object.freeze(args.slice()) as Json[], size };
}

function checkArgs(args: readonly unknown[], task: string): readonly unknown[] {
  if (Array.isArray(args)) return args;
  throw new InvalidInput("args", `args of task ${JSON.stringify(task)} must be an array, and it is ${show(args)}`);
}
