/**
 * Changing tasks that wait.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import { InvalidInput } from "../errors.ts";
import { newWord } from "../id.ts";
import { checkName, type Message } from "../message.ts";
import { type CallOptions, type CallSettings, readCallOptions } from "../options/call_options.ts";
import type { ChangeAnswer, ChangeOptions } from "../options/change_options.ts";
import { checkTimeLimits } from "../options/timeouts.ts";
import { checkKeys } from "../options/keys.ts";
import { checkInSequence, isInSequence } from "../policies/sequence.ts";
import { readArgs, rewrite, type RewritingApp } from "./rewrite.ts";
import type { Change, WaitingTask } from "../ports/waiting.ts";

/** What changing needs of an app. */
export interface ChangingApp extends RewritingApp {
  /** The broker. */
  readonly broker: Broker;
}

const names: readonly (keyof ChangeOptions & keyof CallOptions)[] = [
  "priority",
  "countdown",
  "eta",
  "queue",
  "expires",
  "headers",
  "ignoreResult",
  "timeLimit",
  "softTimeLimit",
  "maxRetries",
  "resultExpires",
];
/** How often a task is looked for again that is no longer as it was found. */
const mostTries = 10;

/**
 * Changes tasks that wait. All are checked before the first one is changed.
 *
 * @returns What became of each, in the same order.
 * @throws {InvalidInput} When an option breaks its rule, or arguments do not fit a task's schema.
 */
export async function changeTasks(
  app: ChangingApp,
  ids: readonly string[],
  options: ChangeOptions,
): Promise<ChangeAnswer[]> {
  const { args, settings } = readOptions(options);
  for (const id of ids) checkName("id", id);
  const timed = settings.delay !== undefined || settings.lifetime !== undefined;
  const now = timed ? await app.broker.now() : 0;
  const answers = new Map<string, ChangeAnswer>();
  // A change that is tried again is the same change.
  const nonces = new Map(ids.map((id) => [id, newWord(8)]));
  for (let tries = 0; tries < mostTries && answers.size < nonces.size; tries++) {
    const open = [...nonces.keys()].filter((id) => !answers.has(id));
    const changes: Change[] = [];
    for (const [index, found] of (await app.broker.waiting.find(open)).entries()) {
      const id = open[index]!;
      if (typeof found === "string") answers.set(id, found);
      else changes.push(await changeOf(app, found, { settings, args, now, nonce: nonces.get(id)! }));
    }
    const told = await app.broker.waiting.change(changes);
    for (const [index, { found, message }] of changes.entries()) {
      const answer = told[index]!;
      if (answer !== "moved") answers.set(message.id, answer);
      if (answer === "changed") app.wire.dropped(found.message, message);
      else app.wire.dropped(message, found.message);
    }
  }
  return ids.map((id) => answers.get(id) ?? "running");
}

interface Changes {
  readonly settings: CallSettings;
  readonly args: readonly unknown[] | undefined;
  /** The broker's time, where something depends on it. */
  readonly now: number;
  readonly nonce: string;
}

async function changeOf(app: ChangingApp, found: WaitingTask, changes: Changes): Promise<Change> {
  const { settings, args, now, nonce } = changes;
  const { delay, eta = delay === undefined ? undefined : now + delay, lifetime, headers } = settings;
  const { expires = lifetime === undefined ? undefined : now + lifetime } = settings;
  const before = found.message;
  const message: Message = {
    ...before,
    ...plainOf(settings),
    ...(eta === undefined ? {} : { eta }),
    ...(expires === undefined ? {} : { expires }),
  };
  const early = eta === undefined && expires === undefined ? 0 : (message.eta ?? 0) - (message.expires ?? Infinity);
  if (early > 0) throw new InvalidInput("expires", `expires is over ${early} ms before the task may be started`);
  checkTimeLimits(message);
  if (isInSequence(before)) checkInSequence(before.task, settings);
  refuseUnsigned(app, before, settings, args);
  // What is put aside for a try that comes to nothing is deleted by its own word.
  return { found, message: await rewrite(app, before, message, { args, headers }, newWord(8)), nonce };
}

/** What a message says in the same words. */
function plainOf(
  { priority, queue, ignoreResult, timeLimit, softTimeLimit, maxRetries, resultExpires }: CallSettings,
): Partial<Message> {
  return {
    ...(priority === undefined ? {} : { priority }),
    ...(queue === undefined ? {} : { queue }),
    ...(ignoreResult === undefined ? {} : { ignoreResult }),
    ...(timeLimit === undefined ? {} : { timeLimit }),
    ...(softTimeLimit === undefined ? {} : { softTimeLimit }),
    ...(maxRetries === undefined ? {} : { maxRetries }),
    ...(resultExpires === undefined ? {} : { resultExpires }),
  };
}

/** What a signature covers can only be changed by who can sign: a worker would refuse it. */
function refuseUnsigned({ wire }: ChangingApp, before: Message, settings: CallSettings, args: unknown): void {
  const { priority: _, queue: _queue, delay: _delay, eta: _eta, ...covered } = settings;
  if (!before.signature || wire.book.codecsOf(before.task).sign) return;
  if (args === undefined && Object.keys(covered).length === 0) return;
  const field = args === undefined ? Object.keys(covered)[0]! : "args";
  throw new InvalidInput(field, `Task ${before.id} is signed, and this app has no key to sign what is changed`);
}

function readOptions(
  options: ChangeOptions,
): { readonly args: readonly unknown[] | undefined; readonly settings: CallSettings } {
  checkKeys(options, [...names, "args"], "option of a change");
  const { args, ...rest } = options;
  if (Object.values(options).every((value) => value === undefined)) {
    throw new InvalidInput("options", "A change must say what is to be other than it is");
  }
  return { args: args === undefined ? undefined : readArgs(args), settings: readCallOptions(rest) };
}
