/**
 * What is asked of the database to list tasks: through the primary key where ids carry their time, and through a table of
 * its own for those that callers chose.
 *
 * @module
 */
import { named, tables, timedIds } from "../database/schema.ts";

/** What is known of a task. */
export interface ListedRow {
  readonly id: string;
  readonly record: string;
  /** When it was sent; of ids that callers chose. */
  readonly sent?: number;
}

/**
 * Whether a row may fit. Words of the record's JSON are looked for as text, many times faster than its members would be:
 * they may be found elsewhere in it, so whoever asks looks again.
 */
function fits(messages: string): string {
  return `(ends = 0 OR ends >= $now)
    AND ($state1 IS NULL OR instr(record, $state1) OR instr(record, $state2) OR instr(record, $state3))
    AND ($task IS NULL OR instr(record, $task))
    AND ($queue IS NULL OR instr(record, $queue))
    AND ($worker IS NULL OR instr(record, $worker))
    AND ($like IS NULL OR record LIKE $like ESCAPE '\\' OR instr(record, '"encoded') OR ends = 0 AND EXISTS (
      SELECT 1 FROM ${messages} m WHERE m.id = found.id
        AND (m.message LIKE $like ESCAPE '\\' OR instr(m.message, '"encoded'))
    ))`;
}

/** Counts rows by state: what is due by now waits, whatever was written. */
function counted(rows: string): string {
  const is = (name: string) => `($${name} IS NULL OR json_extract(record, '$.${name}') = $${name})`;
  return `SELECT count(*) AS count,
      CASE WHEN state = 'QUEUED' AND json_extract(record, '$.eta') > $now THEN 'SCHEDULED' ELSE state END AS known
    FROM (SELECT record, ends, json_extract(record, '$.state') AS state FROM ${rows})
    WHERE (ends = 0 OR ends >= $now) AND ${is("task")} AND ${is("queue")} AND ${is("worker")} GROUP BY known`;
}

/** Each statement by its name. So many rows at most are looked at (`$looks`). */
export function listingStatementsOf(app: string) {
  const [messages, records] = tables(app);
  const range = `id < $before AND id >= $from AND ${timedIds}`;
  const open = `SELECT DISTINCT id FROM ${messages} WHERE ${range} ORDER BY id DESC`;
  const chosen = `SELECT id, sent FROM ${named(app, "chosen")}
    WHERE sent <= $time AND sent >= $from AND (sent < $time OR id < $before) ORDER BY sent DESC, id DESC`;
  return {
    listTimed: `SELECT id, record FROM (
      SELECT id, ends, record FROM ${records} WHERE ${range} ORDER BY id DESC LIMIT $looks
    ) found WHERE ${fits(messages)} LIMIT $limit`,
    listOpen: `SELECT id, record FROM (
      SELECT r.id, r.ends, r.record FROM (${open} LIMIT $looks) m CROSS JOIN ${records} r ON r.id = m.id
    ) found WHERE ${fits(messages)} LIMIT $limit`,
    listChosen: `SELECT id, record, sent FROM (
      SELECT r.id, r.ends, r.record, c.sent FROM (${chosen} LIMIT $looks) c CROSS JOIN ${records} r ON r.id = c.id
    ) found WHERE ${fits(messages)} LIMIT $limit`,
    countTimed: counted(`${records} WHERE ${range}`),
    countChosen: counted(`${named(app, "chosen")} c JOIN ${records} r ON r.id = c.id
      WHERE c.sent < $time AND c.sent >= $from`),
    lastTimed: `SELECT id FROM ${records} WHERE ${range} ORDER BY id DESC LIMIT 1 OFFSET $skip`,
    lastOpen: `${open} LIMIT 1 OFFSET $skip`,
    lastChosen: `${chosen} LIMIT 1 OFFSET $skip`,
    noteChosen: `INSERT OR REPLACE INTO ${named(app, "chosen")} (id, sent) VALUES (?, ?)`,
    findAnyMessage: `SELECT message FROM ${messages} WHERE id = ? LIMIT 1`,
  };
}
