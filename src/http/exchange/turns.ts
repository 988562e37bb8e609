/**
 * Workers' turns over HTTP: what a worker hands in must be of what it holds.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Broker } from "../../ports/broker.ts";
import type { Delivery, Lease, Report, Settlement, Turn, TurnReply } from "../../ports/turn.ts";
import type { TaskRecord } from "../../ports/task_record.ts";
import { readCallback } from "../../callbacks/callback.ts";
import { checkCallback, withoutCallbacks } from "../../callbacks/callbacks.ts";
import { InvalidInput } from "../../errors.ts";
import type { Message } from "../../message.ts";
import type { Caller } from "../access/caller.ts";
import { checkFollowUp, withClaimsOf } from "./claims.ts";
import { mayWork, mustWork, workerOf } from "./identity.ts";
import type { Ledger } from "./ledger.ts";

/** What turns are taken with. */
export interface TurnsOptions {
  /** The app: its broker is opened when it is first needed. */
  readonly app: Umbel;
  /** What was handed out. */
  readonly ledger: Ledger;
}

/** Takes turns for callers. */
export class Turns {
  readonly #options: TurnsOptions;

  /** Of this broker. */
  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /**
   * Takes a turn, and returns the JSON of the reply.
   *
   * A broker settles what it is told, and looks at the lease alone. So for a caller that may not do everything, what it
   * hands in is compared with what it was given: by the ledger, else by the broker, which in a turn before this one
   * delivers again whatever the worker does not name. Each number therefore stands for two.
   */
  async take(turn: Turn, caller: Caller): Promise<string> {
    if (caller.may("admin")) return JSON.stringify(await this.#options.app.broker.exchange(turn));
    mustWork(caller, turn.queues);
    const { app, ledger } = this.#options;
    const { limits, recording, ...plain } = turn;
    const own: Turn = {
      ...plain,
      // What a worker declares holds for queues that its token does not reach, too.
      ...(limits && !caller.queues ? { limits } : {}),
      ...(recording && !caller.queues ? { recording } : {}),
      worker: workerOf(caller, turn.worker),
      number: 2 * turn.number + 1,
    };
    const held = await this.#held(own);
    const settlements = own.settlements.filter(({ lease }) => held.has(lease));
    const reports = own.reports.filter(({ lease }) => held.has(lease));
    const checked = settlements.map(async (one) => {
      const { message } = held.get(one.lease)!;
      return checkSettlement(await this.#withCallbacks(one, message, caller), message, turn, own, caller);
    });
    const reply = await app.broker.exchange({
      ...own,
      settlements: await Promise.all(checked),
      reports: reports.map((one) => checkReport(one, held.get(one.lease)!.message, turn, own)),
    });
    ledger.forget(own.worker, [...own.settlements.map(({ lease }) => lease), ...reply.lost]);
    const strange = own.settlements.flatMap(({ lease }) => held.has(lease) ? [] : [lease]);
    return encodeReply({ ...reply, lost: [...new Set([...reply.lost, ...strange])] }, own.worker, ledger);
  }

  /** What is told of a task, and where, is this app's word, which signs it: a worker's token need not be one to send. */
  async #withCallbacks(settlement: Settlement, message: Message, caller: Caller): Promise<Settlement> {
    const { app } = this.#options;
    const plain = withoutCallbacks(settlement);
    const sent = plain.followUps?.map((one) => {
      caller.mustSend(one.task);
      if (one.callback !== undefined) checkCallback(app.callbacks, readCallback(one.callback));
      return checkFollowUp(app, one, message);
    });
    const checked = sent ? { ...plain, followUps: sent } : plain;
    if (!app.callbacks) return checked;
    const { followUps, ...told } = app.callbacks.follow({ ...plain, followUps: [] }, message, app);
    const own = await app.wire.packFollowUps({ ...told, followUps: followUps ?? [] });
    const all = [...sent ?? [], ...own.followUps ?? []];
    return { ...plain, ...(all.length > 0 ? { followUps: all } : {}) };
  }

  /** What the worker holds of that which it hands in or tells of. */
  async #held(turn: Turn): Promise<ReadonlyMap<Lease, Delivery>> {
    const { app, ledger } = this.#options;
    const held = new Map<Lease, Delivery>();
    const missing = new Set<Lease>();
    for (const { lease } of [...turn.settlements, ...turn.reports]) {
      const known = ledger.find(turn.worker, lease);
      if (known) held.set(lease, known.delivery);
      else missing.add(lease);
    }
    if (missing.size === 0) return held;
    for (const delivery of await lookUp(app.broker, turn, missing)) {
      if (missing.has(delivery.lease)) held.set(delivery.lease, delivery);
    }
    return held;
  }
}

/** A turn before the turn, in which the worker names all but these: so they are delivered again. */
async function lookUp(broker: Broker, turn: Turn, leases: ReadonlySet<Lease>): Promise<readonly Delivery[]> {
  const { worker, number, queues, lease } = turn;
  const holds = turn.holds.filter((one) => !leases.has(one));
  try {
    const { deliveries } = await broker.exchange({
      ...{ worker, queues, holds, lease, number: number - 1 },
      ...{ limit: 0, settlements: [], reports: [], park: false, leave: false },
    });
    return deliveries;
  } catch (error) {
    // The turn itself was answered before: it is repeated, and what it handed in counts as it did then.
    if (error instanceof InvalidInput && error.field === "number") return [];
    throw error;
  }
}

function checkSettlement(
  { record, again, ...settlement }: Settlement,
  message: Message,
  turn: Turn,
  own: Turn,
  caller: Caller,
): Settlement {
  if (!again) return { ...settlement, record: checkRecord(record, message, turn, own) };
  const { id, task, queue } = again.message;
  if (id !== message.id || task !== message.task) throw stranger("settlements[].again.message", message);
  if (queue !== message.queue && !mayWork(caller, queue)) mustWork(caller, [queue]);
  // Where it is told what the task came to is the word of whoever sent it.
  const { callback: _, ...rest } = withClaimsOf(message, again.message);
  const kept: Message = message.callback === undefined ? rest : { ...rest, callback: message.callback };
  return { ...settlement, again: { ...again, message: kept }, record: checkRecord(record, message, turn, own) };
}

function checkReport({ lease, record }: Report, message: Message, turn: Turn, own: Turn): Report {
  return { lease, record: checkRecord(record, message, turn, own) };
}

/** A record of the task that was delivered; its worker has the name that the broker knows it by. */
function checkRecord(record: TaskRecord, message: Message, turn: Turn, own: Turn): TaskRecord {
  const { id, task, unique, worker } = record;
  if (id !== message.id || task !== message.task) throw stranger("settlements[].record", message);
  if (unique !== undefined && unique !== message.unique?.key) throw stranger("settlements[].record.unique", message);
  return worker === turn.worker ? { ...record, worker: own.worker } : record;
}

function stranger(path: string, { task, id }: Message): InvalidInput {
  return new InvalidInput(path, `${path} must be of the task that was delivered under the lease: ${task}[${id}]`);
}

/** The JSON of a reply, whose deliveries are noted. */
function encodeReply({ deliveries, ...rest }: TurnReply, worker: string, ledger: Ledger): string {
  const texts = deliveries.map((delivery) => ledger.note(worker, delivery));
  return `{"deliveries":[${texts.join(",")}],${JSON.stringify(rest).slice(1)}`;
}
