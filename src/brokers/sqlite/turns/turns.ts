/**
 * Workers' turns, each within one transaction.
 *
 * @module
 */
import type { Delivery, Lease, Turn, TurnReply } from "../../../ports/turn.ts";
import { InvalidInput } from "../../../errors.ts";
import { Recent } from "../../../recent.ts";
import { receivedEvent } from "../../told.ts";
import { idleLease, turnLimit } from "../../turn.ts";
import type { RemoteCommand } from "../../../ports/mail.ts";
import type { LaneKey } from "../lanes/lanes.ts";
import { toCommand } from "../mail.ts";
import type { MailRow } from "../statements/mail.ts";
import type { Pruner } from "../database/pruner.ts";
import { leastKeep, toDelivery, toLease } from "../record.ts";
import { release } from "./release.ts";
import { Returned } from "./returned.ts";
import type { HeldRow, MessageRow, Statements, WorkerRow } from "../statements/statements.ts";
import { takeFrom } from "./take.ts";
import type { Work } from "../database/work.ts";

/** How often it is told at most that a worker is alive (ms). */
const heartbeatEvery = 10_000;

/** Workers of which that is remembered here, as of those of an exchange. */
const mostWorkers = 10_000;

/** Takes workers' turns. */
export class Turns {
  readonly #statements: Statements;
  readonly #pruner: Pruner;
  /** When workers that take their turns here were last said to be alive. */
  readonly #beats = new Recent<string, number>(mostWorkers);

  /** Those of this database. */
  constructor(statements: Statements, pruner: Pruner) {
    this.#statements = statements;
    this.#pruner = pruner;
  }

  /** A worker's turn. */
  take(turn: Turn, work: Work): TurnReply {
    const { worker, number, holds, settlements, reports, leave } = turn;
    const { findWorker, setWorker } = this.#statements;
    const { now, lanes, recorder } = work;
    const known = findWorker.get(worker) as unknown as WorkerRow | undefined;
    if (known && (number < known.turn || (known.gone === 1 && number !== known.turn))) {
      throw new InvalidInput("number", `Turn ${number} of worker ${worker} is over: a later one was answered already`);
    }
    const held = this.#held(worker);
    if (known && number === known.turn) {
      return {
        deliveries: this.#unknown(held, holds),
        lost: known.lost === "" ? [] : known.lost.split(" "),
        revoked: [],
        aliveUntil: known.alive_until,
        ...this.#mail(turn, now),
        ...this.#outlook(turn, work),
      };
    }
    this.#pruner.prune(now);
    if (turn.limits) lanes.declare(turn.limits, true);
    recorder.declare(turn.recording, true);
    const returned = new Returned(worker, this.#statements, work);
    const settling = new Set(settlements.map(({ lease }) => lease));
    const lost = holds.filter((lease) => !settling.has(lease) && !held.has(lease));
    for (const settlement of settlements) {
      const row = held.get(settlement.lease);
      if (!row) {
        lost.push(settlement.lease);
        continue;
      }
      held.delete(settlement.lease);
      returned.settle(settlement, row);
    }
    for (const { lease, record } of reports) if (held.has(lease)) returned.report(record);
    const revoked = holds.filter((lease) => (held.get(lease)?.revoked ?? 0) > 0);
    const terminated = revoked.filter((lease) => held.get(lease)!.revoked === 2);
    if (leave) {
      this.#returnAll(worker, 0, work);
      this.#statements.removeMail.run(worker);
      held.clear();
    }
    this.#sweep(worker, work);
    const again = this.#unknown(held, holds);
    const taken = leave ? [] : this.#take(turn, turn.limit - again.length, work);
    const holdsAny = held.size + taken.length > 0;
    const aliveUntil = now + (leave ? leastKeep : holdsAny ? turn.lease : idleLease);
    this.#noteAlive(turn, known !== undefined, work);
    for (const { message } of taken) recorder.task(message.id, receivedEvent(message), worker);
    setWorker.run(worker, number, aliveUntil, leave ? 1 : 0, turn.queues.join(" "), lost.join(" "));
    return {
      ...{ deliveries: [...again, ...taken], lost, revoked, terminated, aliveUntil },
      ...this.#mail(turn, now),
      ...this.#outlook(turn, work),
    };
  }

  /** What has come and was not read so far. */
  #mail({ worker, read = [] }: Turn, now: number): { readonly mail?: readonly RemoteCommand[] } {
    for (const id of read) this.#statements.markRead.run(worker, id);
    const mail = this.#statements.unreadMail.all(worker, now) as unknown as MailRow[];
    return mail.length > 0 ? { mail: mail.map(toCommand) } : {};
  }

  /** Every turn says that its worker is alive: that is told now and then. */
  #noteAlive({ worker, leave }: Turn, isKnown: boolean, { now, recorder }: Work): void {
    if (!isKnown) recorder.worker("worker-online", worker);
    if (leave) {
      recorder.worker("worker-offline", worker);
      this.#beats.delete(worker);
      return;
    }
    const isDue = now - (this.#beats.get(worker) ?? -Infinity) >= heartbeatEvery;
    if (isKnown && isDue) recorder.worker("worker-heartbeat", worker);
    if (!isKnown || isDue) this.#beats.set(worker, now);
  }

  /** What the worker holds, by lease. The messages are not read: most turns know them all. */
  #held(worker: string): Map<Lease, HeldRow> {
    const rows = this.#statements.allHeld.all(worker) as unknown as HeldRow[];
    return new Map(rows.map((row) => [toLease(row), row]));
  }

  /** What the worker holds without knowing: an answer was lost. */
  #unknown(held: ReadonlyMap<Lease, HeldRow>, holds: readonly Lease[]): Delivery[] {
    const unknown = new Map(held);
    for (const lease of holds) unknown.delete(lease);
    const { findMessage } = this.#statements;
    return [...unknown.values()].map(({ seq }) => toDelivery(findMessage.get(seq) as unknown as MessageRow));
  }

  /** What a worker holds goes back to where it stood; what was revoked meanwhile goes. */
  #returnAll(worker: string, deaths: 0 | 1, work: Work): void {
    const { dropRevoked, heldLanes, returnAll } = this.#statements;
    const held = heldLanes.all(worker) as unknown as (LaneKey & { count: number; kept: number })[];
    dropRevoked.run(worker);
    if (Number(returnAll.run(deaths, worker).changes) > 0) work.woken = true;
    for (const { count, kept, ...lane } of held) {
      work.lanes.release(lane.lane, count);
      if (kept > 0) work.lanes.arrive(lane);
    }
  }

  /** Workers whose lease has ended are forgotten, whoever finds them. */
  #sweep(worker: string, work: Work): void {
    for (const { name } of this.#statements.deadWorkers.all(work.now, worker) as { name: string }[]) {
      this.#returnAll(name, 1, work);
      this.#statements.removeWorker.run(name);
      this.#statements.removeMail.run(name);
      work.recorder.worker("worker-offline", name, { died: true });
    }
  }

  /** Those of these queues that are not paused. */
  #open(queues: readonly string[]): readonly string[] {
    return queues.filter((queue) => !this.#statements.isPaused.get(queue));
  }

  #take(turn: Turn, limit: number, work: Work): Delivery[] {
    const deliveries: Delivery[] = [];
    let room = limit;
    for (const queue of this.#open(turn.queues)) {
      release(this.#statements, queue, turnLimit, work);
      if (room <= 0) continue;
      const { rows, used } = takeFrom(queue, room, turn, this.#statements, work.lanes);
      room -= used;
      deliveries.push(...rows.map(toDelivery));
    }
    return deliveries;
  }

  /** Whether more is waiting, and when something else will be worth a turn. */
  #outlook(
    { worker, queues, leave }: Turn,
    { now, lanes }: Work,
  ): { readonly more: boolean; readonly wakeAt?: number } {
    const { anyWaiting, firstDue, nextDeath } = this.#statements;
    if (leave) return { more: false };
    const { next } = nextDeath.get(worker) as { next: number | null };
    let wakeAt = next ?? Infinity;
    let more = false;
    for (const queue of this.#open(queues)) {
      const { due } = firstDue.get(queue) as { due: number | null };
      if (anyWaiting.get(queue) || (due !== null && due <= now)) more = true;
      else if (due !== null) wakeAt = Math.min(wakeAt, due);
      if (!lanes.any) continue;
      const outlook = lanes.outlook(queue);
      more ||= outlook.more;
      wakeAt = Math.min(wakeAt, outlook.wakeAt);
    }
    return { more, ...(wakeAt === Infinity ? {} : { wakeAt }) };
  }
}
