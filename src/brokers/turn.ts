/**
 * What every broker asks of a turn.
 *
 * @module
 */
import type { Turn } from "../ports/turn.ts";
import { InvalidInput } from "../errors.ts";
import { checkName } from "../message.ts";

/** The most settlements, reports and deliveries of one turn. */
export const turnLimit = 500;
/** The most follow-ups of all settlements of one turn. */
const mostFollowUps = 2000;
/** How long a worker that holds nothing counts as alive (ms): long, since telling so is billed. */
export const idleLease = 360_000;

/** Refuses a turn with names that are none, or with too much in it. */
export function checkTurn({ worker, queues, limit, settlements, reports }: Turn): void {
  checkName("worker", worker);
  for (const queue of queues) checkName("queue", queue);
  check("limit", limit);
  check("settlements", settlements.length);
  check("reports", reports.length);
  const followUps = settlements.flatMap(({ followUps = [] }) => followUps);
  check("followUps", followUps.length, mostFollowUps);
  for (const { id, queue } of followUps) {
    checkName("id", id);
    checkName("queue", queue);
  }
}

function check(field: string, value: number, most = turnLimit): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  throw new InvalidInput(field, `${field} of a turn must be 0 to ${most}, and it is ${value}`);
}
