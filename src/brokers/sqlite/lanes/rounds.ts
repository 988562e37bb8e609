/**
 * Whose turn it is among the lanes of a queue and priority (start-time fair queueing): each lane has a virtual time, the
 * least is next, and a message served costs one. A lane that comes starts at the time of the one that was served last: it
 * need not wait for what others have waiting, and has nothing saved up.
 *
 * @module
 */
import type { LaneRow } from "../statements/lanes.ts";
import type { Statements } from "../statements/statements.ts";

/** How far the lanes of one queue and priority are, and whether a plain message had the last odd place. */
interface Round extends Pick<LaneRow, "queue" | "priority"> {
  vt: number;
  plain: 0 | 1;
  changed: boolean;
}

/** The rounds that one transaction looks at; written when it is done. */
export class Rounds {
  readonly #statements: Statements;
  readonly #rounds = new Map<string, Round>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Where a lane starts that comes now. */
  time(queue: string, priority: number): number {
    return this.#round(queue, priority).vt;
  }

  /** Serves a lane: its time, which is everybody's then. One that was blocked for long is not behind. */
  serve({ queue, priority, vt }: LaneRow): number {
    const round = this.#round(queue, priority);
    round.vt = Math.max(round.vt, vt);
    round.changed = true;
    return round.vt;
  }

  /** Whether the next place that cannot be halved is for a plain message: they take turns. */
  plainFirst(queue: string, priority: number): boolean {
    const round = this.#round(queue, priority);
    round.plain = round.plain === 1 ? 0 : 1;
    round.changed = true;
    return round.plain === 0;
  }

  #round(queue: string, priority: number): Round {
    const key = `${queue} ${priority}`;
    const known = this.#rounds.get(key);
    if (known) return known;
    const row = this.#statements.findRound.get(queue, priority) as unknown as Pick<Round, "vt" | "plain"> | undefined;
    const round: Round = { queue, priority, vt: row?.vt ?? 0, plain: row?.plain ?? 0, changed: false };
    this.#rounds.set(key, round);
    return round;
  }

  /** Writes what has changed. */
  flush(): void {
    for (const { queue, priority, vt, plain, changed } of this.#rounds.values()) {
      if (changed) this.#statements.setRound.run(queue, priority, vt, plain);
    }
  }
}
