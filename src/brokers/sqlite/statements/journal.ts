/**
 * What the database is asked about what was written down.
 *
 * @module
 */
import { named } from "../database/schema.ts";

/** The statements of an app. */
export function journalStatementsOf(app: string) {
  const [recording, events, history] = ["recording", "events", "history"].map((what) => named(app, what));
  return {
    findRecording: `SELECT events, history FROM ${recording}`,
    setRecording: `INSERT OR REPLACE INTO ${recording} (one, events, history) VALUES (1, ?, ?)`,

    addEvent: `INSERT INTO ${events} (at, type, about, worker, details) VALUES (?, ?, ?, ?, ?)`,
    readEvents: `SELECT seq, at, type, about, worker, details FROM ${events} WHERE seq > ? AND at >= ?
      ORDER BY seq LIMIT ?`,
    endsOfEvents: `SELECT coalesce((SELECT min(seq) FROM ${events}), 0) AS first,
      coalesce((SELECT max(seq) FROM ${events}), 0) AS last`,
    pruneEvents: `DELETE FROM ${events} WHERE seq IN (
      SELECT seq FROM ${events} WHERE at < ? OR seq <= (SELECT max(seq) FROM ${events}) - ? ORDER BY seq LIMIT ?
    )`,

    findTally: `SELECT tally FROM ${history} WHERE step = ? AND at = ? AND queue = ? AND task = ?`,
    setTally: `INSERT OR REPLACE INTO ${history} (step, at, queue, task, tally) VALUES (?, ?, ?, ?, ?)`,
    readTallies: `SELECT at, queue, task, tally FROM ${history}
      WHERE step = ? AND at BETWEEN ? AND ? AND queue = coalesce(?, queue) AND task = coalesce(?, task)
      ORDER BY at, queue, task`,
    pruneTallies: `DELETE FROM ${history} WHERE step = ? AND at < ?`,
  };
}
