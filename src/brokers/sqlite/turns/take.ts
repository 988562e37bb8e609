/**
 * What a turn takes from one queue.
 *
 * @module
 */
import type { Turn } from "../../../ports/turn.ts";
import type { Lanes, ReadyLane } from "../lanes/lanes.ts";
import type { MessageRow, Statements } from "../statements/statements.ts";

/** What was taken. A batch uses one of the worker's places. */
export interface Taken {
  readonly rows: MessageRow[];
  readonly used: number;
}

/** Takes from a queue what goes first, as much as the worker has room for. */
export function takeFrom(queue: string, room: number, turn: Turn, statements: Statements, lanes: Lanes): Taken {
  const taking = new Taking(queue, room, turn, statements, lanes);
  if (lanes.any) taking.takeByTurns();
  else taking.takePlain();
  return taking.taken;
}

class Taking {
  readonly #rows: MessageRow[] = [];
  readonly #room: number;
  #left: number;

  constructor(
    readonly queue: string,
    room: number,
    readonly turn: Turn,
    readonly statements: Statements,
    readonly lanes: Lanes,
  ) {
    this.#room = room;
    this.#left = room;
  }

  get taken(): Taken {
    return { rows: this.#rows, used: this.#room - this.#left };
  }

  /** Those without limits, the highest priority first. */
  takePlain(most = this.#left, above = -1): void {
    if (most <= 0) return;
    const { take, takeAbove } = this.statements;
    const { worker, number } = this.turn;
    const rows =
      (above === -1
        ? take.all(worker, number, this.queue, most)
        : takeAbove.all(worker, number, this.queue, above, most)) as unknown as MessageRow[];
    // RETURNING says nothing of the order.
    rows.sort((a, b) => b.priority - a.priority || a.seq - b.seq);
    this.#rows.push(...rows);
    this.#left -= rows.length;
  }

  /** One after another by priority; where lanes and plain messages have the same, about half of the room is for each. */
  takeByTurns(): void {
    this.lanes.wake(this.queue);
    let plain = this.#plainPriority();
    while (this.#left > 0) {
      const lane = this.lanes.next(this.queue);
      if (!lane) return this.takePlain();
      const { priority } = lane.row;
      if (plain > priority) this.takePlain(this.#left, priority);
      else if (plain === priority) this.#share(priority);
      else this.#takeLane(lane);
      if (plain >= priority) plain = this.#plainPriority();
    }
  }

  #share(priority: number): void {
    const odd = this.#left % 2 === 1 && !this.lanes.plainFirst(this.queue, priority) ? 1 : 0;
    const plainRoom = this.#left - Math.floor(this.#left / 2) - odd;
    while (this.#left > plainRoom) {
      const lane = this.lanes.next(this.queue);
      if (lane?.row.priority !== priority) break;
      this.#takeLane(lane);
    }
    // What lanes have not used is not theirs.
    this.takePlain(this.#left, priority - 1);
  }

  #takeLane(lane: ReadyLane): void {
    const rows = this.lanes.take(lane, this.turn.worker, this.turn.number);
    this.#rows.push(...rows);
    if (rows.length > 0) this.#left--;
  }

  #plainPriority(): number {
    return (this.statements.firstWaiting.get(this.queue) as { priority: number } | undefined)?.priority ?? -1;
  }
}
