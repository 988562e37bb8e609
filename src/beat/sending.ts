/**
 * Sends what is due: makes the messages of ticks, and fires these together.
 *
 * @module
 */
import type { PeriodicApp } from "../periodic/app.ts";
import { isFinal } from "../ports/task_record.ts";
import type { Receipt } from "../ports/publishing.ts";
import { type Duration, milliseconds } from "../options/duration.ts";
import { errorInfo } from "../error_info.ts";
import { codeOf } from "../errors.ts";
import { newWord } from "../id.ts";
import type { Logger } from "../log.ts";
import type { Message } from "../message.ts";
import type { CallOptions } from "../options/call_options.ts";
import type { Tick, TickAnswer } from "../ports/schedules.ts";
import { lazyArgs } from "./entries.ts";
import { tickId } from "./entry.ts";
import { type Entry, keep, type KeptState, readState } from "./kept.ts";
import { jitterOf, passedOver, type Plan, planOf } from "./plan.ts";

/** What became of an entry that was due. */
export interface Sent {
  /** The entry as it is now; `undefined` when it was removed meanwhile. */
  readonly entry: Entry;
  /** The ids of the tasks that were sent, when this beat was the first. */
  readonly ids: readonly string[];
  /** It waits for the end of its last task (`queue-one`), or for a beat that has its code: to be looked at again later. */
  readonly isHeld: boolean;
}

interface Attempt {
  readonly entry: Entry;
  readonly plan: Plan;
  readonly messages: readonly Message[];
  readonly error?: string;
}

/** Sends the entries whose time has come, each at most once however many beats do it. */
export async function sendDue(
  app: PeriodicApp,
  entries: readonly Entry[],
  now: number,
  log: Logger,
): Promise<ReadonlyMap<string, Sent>> {
  const sent = new Map<string, Sent>();
  const busy = await stillRunning(app, entries);
  const attempts: Attempt[] = [];
  for (const entry of entries) {
    const isBusy = busy.has(entry.name);
    if (await isHeld(app, entry, isBusy)) {
      sent.set(entry.name, { entry, ids: [], isHeld: true });
      continue;
    }
    const isLeftOut = isBusy && entry.overlap === "skip";
    let plan: Plan;
    try {
      plan = isLeftOut ? await passedOver(entry, now) : await planOf(entry, now);
    } catch (error) {
      // Of a later version, or of whoever writes to the broker: nobody here can tell when it is due.
      log.error(`The periodic task ${entry.name} cannot be read: ${errorInfo(error).message}`, { entry: entry.name });
      sent.set(entry.name, { entry, ids: [], isHeld: true });
      continue;
    }
    attempts.push(await attemptOf(app, entry, plan, now, log));
  }
  await cancel(app, entries.filter(({ name, overlap }) => overlap === "cancel-previous" && busy.has(name)));
  for (const [entry, answer] of await fire(app, attempts, now, log)) {
    const { due: _, ...rest } = entry;
    const refused = answer.receipts.find(({ status }) => status !== "added");
    if (refused) {
      const why = refused.status === "full" ? "its queue is full" : `there is one that is the same: ${refused.id}`;
      log.warning(`The periodic task ${entry.name} was not sent: ${why}`, { entry: entry.name });
    }
    sent.set(entry.name, {
      entry: { ...rest, ...readState(answer.state), ...(answer.due === undefined ? {} : { due: answer.due }) },
      ids: answer.fired ? answer.receipts.filter(({ status }) => status === "added").map(({ id }) => id) : [],
      isHeld: false,
    });
  }
  return sent;
}

/** The names of those whose last task has not ended, where that matters. */
async function stillRunning(app: PeriodicApp, entries: readonly Entry[]): Promise<ReadonlySet<string>> {
  const asked = entries.filter(({ overlap, lastId }) => overlap !== undefined && lastId !== undefined);
  if (asked.length === 0) return new Set();
  const records = await app.broker.fetch(asked.map(({ lastId }) => lastId!));
  return new Set(asked.flatMap(({ name }, index) => {
    const record = records[index];
    return record && !isFinal(record.state) ? [name] : [];
  }));
}

async function isHeld(app: PeriodicApp, { name, overlap, lazy }: Entry, isBusy: boolean): Promise<boolean> {
  if (isBusy && overlap === "queue-one") return true;
  return lazy === true && typeof (await app.periodic.entries()).get(name)?.args !== "function";
}

/** Before the next one is sent: should this beat die in between, the next one does it again. */
async function cancel(app: PeriodicApp, entries: readonly Entry[]): Promise<void> {
  if (entries.length > 0) await app.broker.control.revoke(entries.map(({ lastId }) => lastId!));
}

async function attemptOf(app: PeriodicApp, entry: Entry, plan: Plan, now: number, log: Logger): Promise<Attempt> {
  try {
    const messages: Message[] = [];
    for (const due of plan.dues) messages.push(await messageOf(app, entry, due, now));
    return { entry, plan, messages };
  } catch (error) {
    if (isOfBroker(error)) throw error;
    return await failed(entry, now, error, log);
  }
}

/** By code, not by class: the app may have brought its own copy of the package. */
function isOfBroker(error: unknown): boolean {
  return ["broker_unavailable", "broker_refused"].includes(codeOf(error) ?? "");
}

/** A tick that cannot be sent is left out: it would fail the next time, too, and nothing would be sent any more. */
async function failed(entry: Entry, now: number, error: unknown, log: Logger): Promise<Attempt> {
  const sentence = errorInfo(error).message;
  log.error(`The periodic task ${entry.name} cannot be sent: ${sentence}`, { entry: entry.name });
  return { entry, plan: await passedOver(entry, now), messages: [], error: sentence };
}

async function messageOf(app: PeriodicApp, entry: Entry, due: number, now: number): Promise<Message> {
  const { name, task, options = {}, jitter = 0 } = entry;
  const id = tickId(name, due);
  const { countdown = 0, expires, ...rest } = options;
  const later = milliseconds(countdown, "countdown") + jitterOf(id, jitter);
  const delayed: CallOptions = {
    ...rest,
    id,
    ...(later === 0 ? {} : { eta: now + later }),
    ...(expires === undefined
      ? {}
      : { expires: { milliseconds: milliseconds(expires as Duration, "expires") + jitterOf(id, jitter) } }),
  };
  const args = entry.lazy ? await lazyArgs(app, name) : entry.args;
  return await app.draft({ task: app.tasks.get(task) ?? task, args, options: delayed });
}

async function fire(
  app: PeriodicApp,
  attempts: readonly Attempt[],
  now: number,
  log: Logger,
): Promise<ReadonlyMap<Entry, TickAnswer>> {
  if (attempts.length === 0) return new Map();
  try {
    return await fireAll(app, attempts, now);
  } catch (error) {
    if (isOfBroker(error)) throw error;
    // Some middleware or codec threw: the others are not to suffer for the one.
    if (attempts.length === 1) return await fireAll(app, [await failed(attempts[0]!.entry, now, error, log)], now);
    const answers = new Map<Entry, TickAnswer>();
    for (const attempt of attempts) {
      for (const [entry, answer] of await fire(app, [attempt], now, log)) answers.set(entry, answer);
    }
    return answers;
  }
}

async function fireAll(
  app: PeriodicApp,
  attempts: readonly Attempt[],
  now: number,
): Promise<ReadonlyMap<Entry, TickAnswer>> {
  const by = newWord(12);
  const { schedules } = app.broker;
  let answers: TickAnswer[] = [];
  const messages = attempts.flatMap((attempt) => attempt.messages);
  if (messages.length === 0) {
    answers = await schedules.fire(by, attempts.map((attempt) => tickOf(attempt, [], now)));
  } else {
    await app.postBy(messages, async (ready, options) => {
      const byId = new Map(ready.map((message) => [message.id, message]));
      const ticks = attempts.map((attempt) =>
        tickOf(attempt, attempt.messages.flatMap(({ id }) => byId.get(id) ?? []), now)
      );
      answers = await schedules.fire(by, ticks, options);
      const receipts = new Map(answers.flatMap(({ receipts }) => receipts).map((receipt) => [receipt.id, receipt]));
      // Those of another beat are there already.
      return ready.map(({ id }): Receipt => receipts.get(id) ?? { id, status: "exists" });
    });
  }
  return new Map(attempts.map(({ entry }, index) => [entry, answers[index]!]));
}

function tickOf({ entry, plan, error }: Attempt, messages: readonly Message[], now: number): Tick {
  const { name, due, runs, lastSent, lastId, leftOut = 0 } = entry;
  const last = messages.at(-1)?.id ?? lastId;
  const sentAt = messages.length > 0 ? now : lastSent;
  const missed = leftOut + (messages.length === 0 ? 1 : 0);
  const state: KeptState = {
    runs: runs + messages.length,
    lastDue: plan.dues.at(-1) ?? due!,
    ...(sentAt === undefined ? {} : { lastSent: sentAt }),
    ...(last === undefined ? {} : { lastId: last }),
    ...(missed === 0 ? {} : { leftOut: missed }),
    ...(error === undefined ? {} : { error }),
  };
  return {
    name,
    due: due!,
    ...(plan.next === undefined ? {} : { next: plan.next }),
    state: keep(state),
    messages,
  };
}
