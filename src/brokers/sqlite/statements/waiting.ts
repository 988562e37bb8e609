/**
 * What is asked of the database about messages that wait, to look at them and to change them.
 *
 * @module
 */
import { tables } from "../database/schema.ts";

/** A message that waits. */
export interface WaitingRow {
  readonly seq: number;
  readonly id: string;
  readonly queue: string;
  readonly priority: number;
  /** 0 for what may be taken. */
  readonly due: number;
  readonly deaths: number;
  readonly lane: string | null;
  readonly message: string;
}

/** Each statement by its name. The conditions are those of the partial indexes, word for word. */
export function waitingStatementsOf(app: string) {
  const [messages, records] = tables(app);
  const select = `SELECT seq, id, queue, priority, due, deaths, lane, message FROM ${messages}`;
  const waits = "worker IS NULL AND due = 0";
  return {
    nextWaitingQueue: `SELECT min(queue) AS queue FROM (
      SELECT min(queue) AS queue FROM ${messages} WHERE ${waits} AND lane IS NULL AND queue > $last
      UNION ALL SELECT min(queue) FROM ${messages} WHERE ${waits} AND lane IS NOT NULL AND queue > $last
      UNION ALL SELECT min(queue) FROM ${messages} WHERE worker IS NULL AND due > 0 AND queue > $last
    )`,
    listWaiting: `${select} WHERE queue = ? AND priority = ? AND ${waits} AND lane IS NULL AND seq > ?
      ORDER BY seq LIMIT ?`,
    listLaned: `${select} WHERE queue = ? AND priority = ? AND ${waits} AND lane IS NOT NULL AND (lane, seq) > (?, ?)
      ORDER BY lane, seq LIMIT ?`,
    listDelayed: `${select} WHERE queue = ? AND worker IS NULL AND due > 0 AND (due, seq) > (?, ?)
      ORDER BY due, seq LIMIT ?`,
    findWaitingMessage: `${select} WHERE id = ? AND worker IS NULL`,
    findUnchanged: `${select} WHERE seq = ? AND id = ? AND worker IS NULL AND deaths = ? AND message = ?`,
    rewrite: `UPDATE ${messages} SET message = ? WHERE seq = ?`,
    findChanged: `SELECT 1 FROM ${records} WHERE id = ? AND changed = ?`,
    noteChange: `UPDATE ${records} SET changed = ? WHERE id = ?`,
  };
}
