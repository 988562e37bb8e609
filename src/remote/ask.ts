/**
 * Asking workers: a command goes out to all of them or to some, and what they answer is gathered until all have answered
 * or the time is over.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import type { Clock } from "../clock.ts";
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import { newWord } from "../id.ts";
import { checkName } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { show } from "../options/values.ts";
import type { RemoteFailure, WorkerAnswer } from "./answers.ts";
import { type Addressee, type AnswerPart, partKey, type RemoteCommand } from "../ports/mail.ts";

/** Which workers are asked, and how long they have. */
export interface RemoteOptions {
  /**
   * Their names, with or without the word of a life behind the last `~`: `w1@host` means all processes of that name.
   *
   * @default {all workers}
   */
  readonly destination?: string | readonly string[];
  /**
   * How long they may take to answer; after that none of them carries it out any more. 60 s at most.
   *
   * @default {"1s"}
   */
  readonly timeout?: Duration;
  /** Ends the waiting: answers that are missing then do not come any more. */
  readonly signal?: AbortSignal;
}

/** What asking needs of an app. */
export interface AskingApp {
  /** The broker. */
  readonly broker: Broker;
  /** Waits. */
  readonly clock: Clock;
}

/** How long workers have unless somebody says otherwise (ms). */
const usualTimeout = 1000;
/** The longest that they may have (ms). */
const longest = 60_000;
/** How often answers are looked for whose signals may have been lost (ms). */
const lookEvery = 1000;

/** The names of {@linkcode RemoteOptions}. */
export const remoteOptionNames: readonly string[] = ["destination", "timeout", "signal"];

/**
 * Asks workers.
 *
 * @returns Each worker that was asked, once, by name: what it answered, or why it did not.
 * @throws {InvalidInput} When an option breaks its rule.
 */
export async function ask<Answer>(
  { broker, clock }: AskingApp,
  name: string,
  args: RemoteCommand["args"],
  options: RemoteOptions = {},
): Promise<WorkerAnswer<Answer>[]> {
  checkKeys(options, remoteOptionNames, "option of a remote command");
  const to = readDestination(options.destination);
  const timeout = readTimeout(options.timeout);
  const command = { id: newWord(16), name, args, expires: await broker.now() + timeout };
  const answers = new Answers(command.id);
  const over = new AbortController();
  const cut = untilAborted(options.signal, over.signal);
  const watching = watch(broker, command.id, answers, over.signal);
  try {
    answers.expect(await broker.mail.send(to, command));
    const end = clock.now() + timeout;
    const isOver = () => answers.areComplete || options.signal?.aborted;
    for (let left = timeout; left > 0 && !isOver(); left = end - clock.now()) {
      const nap = new AbortController();
      await Promise.race([answers.complete, cut, clock.sleep(Math.min(left, lookEvery), nap.signal)]);
      nap.abort();
      if (!answers.areComplete) await look(broker, command.id, answers);
    }
  } finally {
    over.abort();
    await watching;
  }
  return answers.list<Answer>(timeout);
}

/** Resolves when the first signal is aborted; the second one lets go of it. */
function untilAborted(signal: AbortSignal | undefined, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true, signal: over });
  });
}

/** Answers may come before their stream is open: then they are looked for as soon as it is. */
async function watch(broker: Broker, id: string, answers: Answers, signal: AbortSignal): Promise<void> {
  let isFirst = true;
  try {
    for await (const one of broker.watch([{ command: id }], { signal })) {
      if (one.kind === "answer") answers.add(one.answer);
      else if (one.kind === "wake" && !isFirst) await look(broker, id, answers);
      if (one.kind === "wake") isFirst = false;
      if (signal.aborted) return;
    }
  } catch {
    // Without signals answers are looked for now and then; what is wrong with the broker is said there.
  }
}

async function look(broker: Broker, id: string, answers: Answers): Promise<void> {
  for (let found = 1; found > 0 && !answers.areComplete;) {
    const parts = await broker.mail.answers(id, answers.keys);
    found = parts.filter((part) => answers.add(part)).length;
  }
}

function readDestination(value: RemoteOptions["destination"]): readonly string[] | "all" {
  if (value === undefined) return "all";
  const names = typeof value === "string" ? [value] : value;
  if (!Array.isArray(names) || names.length === 0) {
    throw new InvalidInput("destination", `destination must name at least one worker, and it is ${show(value)}`);
  }
  return names.map((name: unknown) => checkName("worker", name));
}

function readTimeout(value: Duration | undefined): number {
  const timeout = value === undefined ? usualTimeout : milliseconds(value, "timeout");
  if (timeout > 0 && timeout <= longest) return timeout;
  throw new InvalidInput("timeout", `timeout must be more than 0 and at most 60 s, and it is ${show(value)}`);
}

/** The answers to a command, as they come. */
class Answers {
  /** Resolves when all are there. */
  readonly complete: Promise<void>;
  readonly #command: string;
  readonly #parts = new Map<string, AnswerPart>();
  readonly #whole = new Map<string, string>();
  #expected: readonly Addressee[] | undefined;
  #isComplete: () => void;

  constructor(command: string) {
    this.#command = command;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.complete = promise;
    this.#isComplete = resolve;
  }

  /** What is there, as a broker is told of it. */
  get keys(): ReadonlySet<string> {
    return new Set(this.#parts.keys());
  }

  /** Whether all are there. */
  get areComplete(): boolean {
    return this.#expected?.every(({ worker, status }) => status !== "sent" || this.#whole.has(worker)) ?? false;
  }

  /** These are to answer. */
  expect(addressees: readonly Addressee[]): void {
    this.#expected = addressees;
    if (this.areComplete) this.#isComplete();
  }

  /** A part came. @returns Whether it is new. */
  add(part: AnswerPart): boolean {
    const key = partKey(part);
    if (part.command !== this.#command || this.#parts.has(key)) return false;
    this.#parts.set(key, part);
    const { worker, parts } = part;
    const texts = Array.from({ length: parts }, (_, index) => this.#parts.get(partKey({ worker, parts, part: index })));
    if (texts.every((one) => one !== undefined)) this.#whole.set(worker, texts.map((one) => one!.text).join(""));
    if (this.areComplete) this.#isComplete();
    return true;
  }

  /** What each of them came to. */
  list<Answer>(timeout: number): WorkerAnswer<Answer>[] {
    return (this.#expected ?? []).map(({ worker, status }) => {
      const text = this.#whole.get(worker);
      if (text === undefined) return { worker, ok: false, error: failures[status](worker, timeout) };
      const { answer, error } = JSON.parse(text) as { answer: Answer; error?: RemoteFailure };
      return error ? { worker, ok: false, error } : { worker, ok: true, answer };
    });
  }
}

const failures: { readonly [status in Addressee["status"]]: (worker: string, timeout: number) => RemoteFailure } = {
  sent: (worker, timeout) => ({
    code: "no_answer",
    message: `${worker} gave no answer within ${timeout} ms: it hangs, is cut off, or has died`,
  }),
  full: (worker) => ({
    code: "mail_full",
    message: `${worker} has more mail already than it can be sent: it was asked too often in too short a time`,
  }),
  unknown: (worker) => ({ code: "unknown_worker", message: `There is no worker ${worker}` }),
};
