/**
 * What is asked of the database: every statement, prepared once.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { laned, laneStatementsOf } from "./lanes.ts";
import { journalStatementsOf } from "./journal.ts";
import { mailStatementsOf } from "./mail.ts";
import { listingStatementsOf } from "./listing.ts";
import { named, tables } from "../database/schema.ts";
import { waitingStatementsOf } from "./waiting.ts";

/** A lease: which message, and the turn that took it. */
export interface HeldRow {
  readonly seq: number;
  readonly turn: number;
  readonly queue: string;
  readonly priority: number;
  readonly revoked: number;
  readonly lane: string | null;
}

/** A message as it is delivered. */
export interface MessageRow {
  readonly seq: number;
  readonly id: string;
  readonly priority: number;
  readonly deaths: number;
  readonly turn: number;
  readonly message: string;
}

/** A message that a worker holds. */
export interface RunningRow {
  readonly seq: number;
  readonly id: string;
  readonly message: string;
}

/** What is known of a task. */
export interface RecordRow {
  readonly nonce: string;
  readonly ends: number;
  readonly failed: number;
  /** The word of the last change, or of the last time that it was sent again. */
  readonly changed: string;
  readonly record: string;
}

/** A worker's last turn. */
export interface WorkerRow {
  readonly name: string;
  readonly turn: number;
  readonly alive_until: number;
  readonly gone: number;
  readonly queues: string;
  readonly lost: string;
}

/** Each statement by its name. */
export type Statements = { readonly [name in keyof ReturnType<typeof statementsOf>]: StatementSync };

/** Prepares the statements of an app. */
export function prepare(database: DatabaseSync, app: string): Statements {
  const statements: Record<string, StatementSync> = {};
  for (const [name, text] of Object.entries(statementsOf(app))) statements[name] = database.prepare(text);
  return statements as Statements;
}

/** The conditions are those of the partial indexes, word for word: only then are these used. */
const waiting = "worker IS NULL AND due = 0 AND lane IS NULL";
const delayed = "worker IS NULL AND due > 0";

function statementsOf(app: string) {
  const [messages, records, workers, paused, uniques] = tables(app);
  const schedules = named(app, "schedules");
  const delivered = "seq, id, priority, deaths, turn, message";
  const dueNow = `(
    SELECT * FROM ${messages} WHERE queue = ? AND ${delayed} AND due <= ? ORDER BY due, seq LIMIT ?
  )`;
  const values = "(id, queue, priority, due, deaths, lane, lifo, message)";
  const takes = `UPDATE ${messages} SET worker = ?, turn = ? WHERE seq IN (
    SELECT seq FROM ${messages} WHERE queue = ? AND ${waiting}`;
  return {
    ...laneStatementsOf(app),
    ...waitingStatementsOf(app),
    ...journalStatementsOf(app),
    ...mailStatementsOf(app),
    ...listingStatementsOf(app),
    version: "PRAGMA data_version",

    findRecord: `SELECT nonce, ends, failed, changed, record FROM ${records} WHERE id = ?`,
    findEnded: `SELECT record FROM ${records} WHERE id = ? AND ends >= ?`,
    addRecord: `INSERT OR REPLACE INTO ${records} (id, nonce, ends, record) VALUES (?, ?, ?, ?)`,
    setRecord: `UPDATE ${records} SET ends = ?, record = ? WHERE id = ?`,
    pruneRecords: `DELETE FROM ${records} WHERE id IN (SELECT id FROM ${records} WHERE ends > 0 AND ends < ? LIMIT ?)`,

    setParent: `UPDATE ${records} SET parent = ? WHERE id = ?`,
    noteResend: `UPDATE ${records} SET changed = ?, parent = ? WHERE id = ?`,
    children: `SELECT id FROM ${records} WHERE parent = ? LIMIT ?`,
    markTree: `UPDATE ${records} SET tree = 1 WHERE id = ?`,
    isMarked: `SELECT 1 FROM ${records} WHERE id = ? AND tree = 1`,

    bury: `UPDATE ${records} SET failed = ? WHERE id = ?`,
    listLetters: `SELECT id, failed, record FROM ${records}
      WHERE failed > 0 AND (failed, id) < (?, ?) AND failed >= ? AND ends >= ?
        AND record ->> '$.task' = coalesce(?, record ->> '$.task')
        AND record ->> '$.queue' = coalesce(?, record ->> '$.queue')
        AND coalesce(record ->> '$.error.type', '') = coalesce(?, record ->> '$.error.type', '')
      ORDER BY failed DESC, id DESC LIMIT ?`,
    deleteLetter: `DELETE FROM ${records} WHERE id = ? AND failed > 0`,
    endLetters: `DELETE FROM ${records} WHERE failed > 0 AND ends < ?`,
    trimLetters: `UPDATE ${records} SET ends = min(ends, failed + ?), failed = 0 WHERE id IN (
      SELECT id FROM ${records} WHERE failed > 0 ORDER BY failed DESC, id DESC LIMIT -1 OFFSET ?
    )`,

    addMessage: `INSERT INTO ${messages} (id, queue, priority, due, deaths, message) VALUES (?, ?, ?, ?, ?, ?)`,
    addLast: `INSERT INTO ${messages} ${values} VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    addFirst: `INSERT INTO ${messages} (seq, ${values.slice(1)}
      VALUES ((SELECT min(seq) - 1 FROM ${messages}), ?, ?, ?, ?, ?, ?, ?, ?)`,
    putBack: `UPDATE ${messages} SET seq = ?, worker = NULL, turn = NULL, queue = ?, priority = ?, due = ?, deaths = ?,
      lane = ?, lifo = ?, message = ? WHERE seq = ?`,
    firstPlace: `SELECT min(seq) - 1 AS seq FROM ${messages}`,
    removeMessage: `DELETE FROM ${messages} WHERE seq = ?`,
    removeWaiting:
      `DELETE FROM ${messages} WHERE id = ? AND worker IS NULL RETURNING queue, priority, lane, due, message`,
    messageOf: `SELECT message FROM ${messages} WHERE id = ?`,
    revokeMessage: `UPDATE ${messages} SET revoked = max(revoked, ?) WHERE id = ? RETURNING worker`,

    running: `SELECT seq, id, message FROM ${messages}
      WHERE worker IS NOT NULL AND seq > ? AND queue = coalesce(?, queue) AND revoked = 0 ORDER BY seq LIMIT ?`,

    allHeld: `SELECT seq, turn, queue, priority, revoked, lane FROM ${messages} WHERE worker = ? ORDER BY seq`,
    findMessage: `SELECT ${delivered} FROM ${messages} WHERE seq = ?`,
    dropRevoked: `DELETE FROM ${messages} WHERE worker = ? AND revoked > 0`,
    returnAll: `UPDATE ${messages} SET worker = NULL, turn = NULL, deaths = deaths + ? WHERE worker = ?`,

    release: `INSERT INTO ${messages} (id, queue, priority, due, deaths, revoked, message)
      SELECT id, queue, priority, 0, deaths, revoked, message FROM ${dueNow} WHERE lane IS NULL AND lifo = 0
      ORDER BY due, seq`,
    removeReleased: `DELETE FROM ${messages} WHERE seq IN (
      SELECT seq FROM ${dueNow} WHERE lane IS NULL AND lifo = 0
    )`,
    dueElsewhere: `SELECT seq, queue, priority, lane, lifo FROM ${dueNow} WHERE lane IS NOT NULL OR lifo = 1
      ORDER BY due, seq`,
    releaseFirst: `UPDATE ${messages} SET due = 0, seq = (SELECT min(seq) - 1 FROM ${messages}) WHERE seq = ?`,
    releaseLast: `INSERT INTO ${messages} (id, queue, priority, due, deaths, revoked, lane, message)
      SELECT id, queue, priority, 0, deaths, revoked, lane, message FROM ${messages} WHERE seq = ?`,
    take: `${takes} ORDER BY priority DESC, seq LIMIT ?) RETURNING ${delivered}`,
    takeAbove: `${takes} AND priority > ? ORDER BY priority DESC, seq LIMIT ?) RETURNING ${delivered}`,
    firstWaiting: `SELECT priority FROM ${messages} WHERE queue = ? AND ${waiting} ORDER BY priority DESC LIMIT 1`,
    anyWaiting: `SELECT 1 FROM ${messages} WHERE queue = ? AND ${waiting} LIMIT 1`,
    firstDue: `SELECT min(due) AS due FROM ${messages} WHERE queue = ? AND ${delayed}`,

    purgeWaiting: `SELECT seq, id, lane, priority, message FROM ${messages} WHERE queue = ? AND ${waiting} LIMIT ?`,
    purgeDelayed: `SELECT seq, id, lane, priority, message FROM ${messages} WHERE queue = ? AND ${delayed} LIMIT ?`,
    countWaiting: `SELECT queue, count(*) AS count FROM ${messages} WHERE ${waiting} GROUP BY queue`,
    countDelayed: `SELECT queue, sum(due <= ?) AS due, count(*) AS count FROM ${messages} WHERE ${delayed}
      GROUP BY queue`,

    ends: `SELECT m.queue, m.id, m.message FROM ${messages} m JOIN (
      SELECT min(seq) AS first, max(seq) AS last FROM ${messages} WHERE ${waiting} GROUP BY queue, priority
    ) ON m.seq IN (first, last)`,
    firstDues: `SELECT queue, min(due) AS due FROM ${messages} WHERE ${delayed} AND due <= ? GROUP BY queue`,

    findUnique: `SELECT id, since FROM ${uniques} WHERE key = ? AND ends > ?`,
    setUnique: `INSERT OR REPLACE INTO ${uniques} (key, id, ends, since) VALUES (?, ?, ?, ?)`,
    freeUnique: `DELETE FROM ${uniques} WHERE key = ? AND id = ?`,
    pruneUniques: `DELETE FROM ${uniques} WHERE ends <= ?`,
    findWaiting: `SELECT 1 FROM ${messages} WHERE id = ? AND worker IS NULL`,

    count: `SELECT (SELECT count(*) FROM ${messages} WHERE queue = $queue AND ${waiting}) +
      (SELECT count(*) FROM ${messages} WHERE queue = $queue AND ${laned}) AS count`,
    countPlain: `SELECT count(*) AS count FROM ${messages} WHERE queue = $queue AND ${waiting}`,
    oldest: `SELECT id FROM ${messages} WHERE queue = $queue AND ${waiting} AND priority = (
      SELECT min(priority) FROM ${messages} WHERE queue = $queue AND ${waiting}
    ) ORDER BY seq LIMIT 1`,

    isPaused: `SELECT 1 FROM ${paused} WHERE queue = ?`,
    pause: `INSERT OR IGNORE INTO ${paused} (queue) VALUES (?)`,
    resume: `DELETE FROM ${paused} WHERE queue = ?`,
    paused: `SELECT queue FROM ${paused}`,

    schedules: `SELECT * FROM ${schedules} ORDER BY name`,
    findSchedule: `SELECT * FROM ${schedules} WHERE name = ?`,
    putSchedule: `INSERT OR REPLACE INTO ${schedules} (name, revision, definition, due, fired_by, state)
      VALUES (?, ?, ?, ?, ?, ?)`,
    setSchedule: `UPDATE ${schedules} SET due = ?, fired_by = ?, state = ? WHERE name = ?`,
    removeSchedule: `DELETE FROM ${schedules} WHERE name = ?`,

    findWorker: `SELECT * FROM ${workers} WHERE name = ?`,
    setWorker: `INSERT OR REPLACE INTO ${workers} (name, turn, alive_until, gone, queues, lost)
      VALUES (?, ?, ?, ?, ?, ?)`,
    removeWorker: `DELETE FROM ${workers} WHERE name = ?`,
    pruneWorkers: `DELETE FROM ${workers} WHERE gone = 1 AND alive_until <= ?`,
    deadWorkers: `SELECT name FROM ${workers} WHERE alive_until <= ? AND gone = 0 AND name <> ?`,
    nextDeath: `SELECT min(alive_until) AS next FROM ${workers} WHERE gone = 0 AND name <> ?`,
    workers: `SELECT *, (SELECT count(*) FROM ${messages} m WHERE m.worker = w.name) AS holds FROM ${workers} w
      WHERE gone = 0 ORDER BY name`,
  };
}
