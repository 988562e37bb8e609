/**
 * What becomes of delayed messages when they are due.
 *
 * @module
 */
import type { Statements } from "../statements/statements.ts";
import type { Work } from "../database/work.ts";

/** A message that is due, and does not simply go to the end of its queue. */
interface DueRow {
  readonly seq: number;
  readonly priority: number;
  readonly lane: string | null;
  readonly lifo: 0 | 1;
}

/** What is due goes to the end of its queue or lane, earliest first; or to the head if it is `lifo`. */
export function release(statements: Statements, queue: string, most: number, { now, lanes }: Work): void {
  const s = statements;
  const { due } = s.firstDue.get(queue) as { due: number | null };
  if (due === null || due > now) return;
  const elsewhere = s.dueElsewhere.all(queue, now, most) as unknown as DueRow[];
  s.release.run(queue, now, most);
  s.removeReleased.run(queue, now, most);
  for (const { seq, priority, lane, lifo } of elsewhere) {
    if (lifo === 1) s.releaseFirst.run(seq);
    else {
      s.releaseLast.run(seq);
      s.removeMessage.run(seq);
    }
    if (lane !== null) lanes.arrive({ queue, priority, lane });
  }
}
