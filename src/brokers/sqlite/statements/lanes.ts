/**
 * What is asked of the database about lanes and limits.
 *
 * @module
 */
import { tables } from "../database/schema.ts";

/** A lane. */
export interface LaneRow {
  readonly id: number;
  readonly queue: string;
  readonly priority: number;
  /** The names of its limits. */
  readonly lane: string;
  readonly vt: number;
  readonly state: 0 | 1 | 2;
  readonly wakes: number;
  /** The limit that it waits for, or waited for last. */
  readonly waits_for: string | null;
  readonly rest: number;
  readonly misses: number;
  readonly since: number;
}

/** What waits in lanes: the condition of its partial index, word for word. */
export const laned = "worker IS NULL AND due = 0 AND lane IS NOT NULL";

/** Each statement by its name. */
export function laneStatementsOf(app: string) {
  const [messages, , , , , lanes, rounds, limits, uses] = tables(app);
  const inLane = `FROM ${messages} WHERE queue = ? AND priority = ? AND lane = ? AND ${laned}`;
  return {
    takeLane: `UPDATE ${messages} SET worker = ?, turn = ? WHERE seq IN (SELECT seq ${inLane} ORDER BY seq LIMIT ?)
      RETURNING seq, id, priority, deaths, turn, message`,
    countLane: `SELECT count(*) AS count FROM (SELECT 1 ${inLane} LIMIT ?)`,
    heldLanes: `SELECT queue, priority, lane, count(*) AS count, sum(revoked = 0) AS kept FROM ${messages}
      WHERE worker = ? AND lane IS NOT NULL GROUP BY queue, priority, lane`,
    purgeLaned: `SELECT seq, id, lane, priority, message FROM ${messages} WHERE queue = ? AND ${laned} LIMIT ?`,
    countLaned: `SELECT queue, count(*) AS count FROM ${messages} WHERE ${laned} GROUP BY queue`,

    anyLane: `SELECT 1 FROM ${lanes} LIMIT 1`,
    findLane: `SELECT * FROM ${lanes} WHERE queue = ? AND priority = ? AND lane = ?`,
    makeLane: `INSERT INTO ${lanes} (queue, priority, lane, vt, since) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (queue, priority, lane) DO NOTHING`,
    removeLane: `DELETE FROM ${lanes} WHERE id = ?`,
    nextLane: `SELECT * FROM ${lanes} WHERE queue = ? AND state = 0 ORDER BY priority DESC, vt, id LIMIT 1`,
    readyLane: `UPDATE ${lanes} SET state = 0, wakes = 0 WHERE id = ?`,
    blockLane: `UPDATE ${lanes} SET state = 1, wakes = 0, waits_for = ?, misses = misses + 1 WHERE id = ?`,
    sleepLane: `UPDATE ${lanes} SET state = 2, wakes = ? WHERE id = ?`,
    missLane: `UPDATE ${lanes} SET wakes = 0, misses = misses + 1 WHERE id = ?`,
    wakeLaneAt: `UPDATE ${lanes} SET wakes = ? WHERE id = ?`,
    restLane: `UPDATE ${lanes} SET rest = max(rest, ?) WHERE queue = ? AND priority = ? AND lane = ?`,
    serveLane: `UPDATE ${lanes} SET vt = ?, since = ?, misses = 0 WHERE id = ?`,
    dueLanes: `SELECT * FROM ${lanes} WHERE queue = ? AND wakes > 0 AND wakes <= ? ORDER BY wakes LIMIT ?`,
    nextWake: `SELECT min(wakes) AS wakes FROM ${lanes} WHERE queue = ? AND wakes > 0`,
    anyBlocked: `SELECT 1 FROM ${lanes} WHERE waits_for = ? AND state = 1 LIMIT 1`,
    firstBlocked: `SELECT * FROM ${lanes} WHERE waits_for = ? AND queue = ? AND state = 1
      ORDER BY priority DESC, vt, id LIMIT ?`,
    nextBlockedQueue: `SELECT min(queue) AS queue FROM ${lanes} WHERE waits_for = ? AND state = 1 AND queue > ?`,
    readyNamed: `UPDATE ${lanes} SET state = 0, wakes = 0
      WHERE state <> 0 AND (instr(' ' || lane || ' ', ?) > 0 OR instr(' ' || lane, ?) > 0)`,

    findRound: `SELECT vt, plain FROM ${rounds} WHERE queue = ? AND priority = ?`,
    setRound: `INSERT OR REPLACE INTO ${rounds} (queue, priority, vt, plain) VALUES (?, ?, ?, ?)`,
    pruneRounds: `DELETE FROM ${rounds} WHERE NOT EXISTS (
      SELECT 1 FROM ${lanes} l WHERE l.queue = ${rounds}.queue AND l.priority = ${rounds}.priority
    )`,

    findLimit: `SELECT declared, chosen FROM ${limits} WHERE name = ?`,
    declareLimit: `INSERT INTO ${limits} (name, declared) VALUES (?, ?)
      ON CONFLICT (name) DO UPDATE SET declared = excluded.declared`,
    chooseLimit: `INSERT INTO ${limits} (name, chosen) VALUES (?, ?)
      ON CONFLICT (name) DO UPDATE SET chosen = excluded.chosen`,
    pruneLimits: `DELETE FROM ${limits} WHERE declared IS NULL AND chosen IS NULL`,
    limits: `SELECT name, declared, chosen FROM ${limits} ORDER BY name`,

    findUse: `SELECT running, free, held_by, held_until FROM ${uses} WHERE name = ?`,
    setUse: `INSERT OR REPLACE INTO ${uses} (name, running, free, held_by, held_until) VALUES (?, ?, ?, ?, ?)`,
    removeUse: `DELETE FROM ${uses} WHERE name = ?`,
    freeUses: `UPDATE ${uses} SET free = min(free, ?) WHERE name = ? OR (name > ? AND name < ?)`,
    pruneUses: `DELETE FROM ${uses} WHERE name IN (SELECT name FROM ${uses} WHERE running = 0 AND free <= ? LIMIT ?)`,
  };
}
