/**
 * The tables. Each app has its own, named after it, so that several share a file without meeting.
 *
 * @module
 */

/** Raised when a table changes its shape. */
export const schemaVersion = 1;
/** The table that was thought of last: a file that has it has all of them. */
export const lastMade = "chosen";

const hex = "[0-9a-f]";
/** The ids that carry their time: see id.ts. */
const timedId = `'${hex.repeat(8)}-${hex.repeat(4)}-7${hex.repeat(3)}-${"?".repeat(17)}'`;
/** The condition that finds them. */
export const timedIds: string = `id GLOB ${timedId}`;
/** The condition that finds others, which callers chose. */
const chosenIds: string = `id NOT GLOB ${timedId}`;

/**
 * The tables of an app:
 *
 * - `messages`: what waits, is delayed or is leased. `due` is 0 for what may be taken; `worker` and `turn` are the lease;
 *   `lane` is the names of its limits; `lifo` is 1 for what goes to the head when it is due;
 *   `revoked` is 1 for one that was revoked while a worker held it, 2 for one to be terminated
 * - `records`: what is known of a task. `ends` is 0 until it has ended, then when the record goes; `failed` is when it
 *   failed, as long as it is a dead letter, else 0; `parent` is the task that sent it; `tree` is 1 when what it sends is
 *   revoked with it; `changed` is the word of its last change while it waited, or of its last resending
 * - `uniques`: which task holds a unique key, until when at most, and since when it or one that it replaced does
 * - `paused`: the queues that nothing is taken from
 * - `workers`: a worker's last turn, what it answered, and until when it counts as alive
 * - `lanes`: what waits behind limits, by queue, priority and names. `state` is 0 for one that may be looked at, 1 for
 *   one that waits for the limit `waits_for`, 2 for one that sleeps; `wakes` is when to look (0: when it is told);
 *   the one of the least `vt`, then of the least `id`, is next; `rest` is until when nothing is taken after a retry;
 *   `since` is when its first message came or the last one was taken; `misses` is how often it was blocked since then
 * - `rounds`: the `vt` of the lane that was served last, and whether the next odd place is for a message without limits
 * - `limits`: what is declared and what was set, as JSON
 * - `uses`: how many are leased (`running`), the first free place on a rate's time line (`free`), and the lane that one
 *   place is held for, and until when
 * - `mail`: commands to workers; `read` is 1 for one that its worker has read, which stays until it expires
 * - `answers`: the parts of what workers answer, by command
 * - `recording`: one row, what is written down
 * - `events`: what happened, in order; `about` is the task's id or the worker's name, `details` JSON
 * - `chosen`: the records whose ids callers chose, and when they were sent: other ids say so themselves
 * - `history`: what a minute or an hour (`step`) of a task adds up to, as text
 * - `schedules`: periodic tasks; `fired_by` is the word of the last call that fired one
 */
export function schema(app: string): string {
  const [messages, records, workers, paused, uniques, lanes, rounds, limits, uses] = tables(app);
  const chosen = named(app, "chosen");
  return `
    CREATE TABLE IF NOT EXISTS ${uniques} (
      key TEXT PRIMARY KEY,
      id TEXT NOT NULL,
      ends INTEGER NOT NULL,
      since INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ${paused} (queue TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ${messages} (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL,
      queue TEXT NOT NULL,
      priority INTEGER NOT NULL,
      due INTEGER NOT NULL,
      deaths INTEGER NOT NULL,
      revoked INTEGER NOT NULL DEFAULT 0,
      worker TEXT,
      turn INTEGER,
      lane TEXT,
      lifo INTEGER NOT NULL DEFAULT 0,
      message TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS ${named(app, "waiting")} ON ${messages} (queue, priority DESC, seq)
      WHERE worker IS NULL AND due = 0 AND lane IS NULL;
    CREATE INDEX IF NOT EXISTS ${named(app, "laned")} ON ${messages} (queue, priority, lane, seq)
      WHERE worker IS NULL AND due = 0 AND lane IS NOT NULL;
    CREATE INDEX IF NOT EXISTS ${named(app, "delayed")} ON ${messages} (queue, due) WHERE worker IS NULL AND due > 0;
    CREATE INDEX IF NOT EXISTS ${named(app, "leased")} ON ${messages} (worker) WHERE worker IS NOT NULL;
    CREATE INDEX IF NOT EXISTS ${named(app, "ids")} ON ${messages} (id);
    CREATE TABLE IF NOT EXISTS ${records} (
      id TEXT PRIMARY KEY,
      nonce TEXT NOT NULL,
      ends INTEGER NOT NULL,
      failed INTEGER NOT NULL DEFAULT 0,
      tree INTEGER NOT NULL DEFAULT 0,
      parent TEXT,
      changed TEXT NOT NULL DEFAULT '',
      record TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS ${named(app, "parents")} ON ${records} (parent) WHERE parent IS NOT NULL;
    CREATE INDEX IF NOT EXISTS ${named(app, "failed")} ON ${records} (failed, id) WHERE failed > 0;
    CREATE INDEX IF NOT EXISTS ${named(app, "ends")} ON ${records} (ends) WHERE ends > 0;
    CREATE TABLE IF NOT EXISTS ${workers} (
      name TEXT PRIMARY KEY,
      turn INTEGER NOT NULL,
      alive_until INTEGER NOT NULL,
      gone INTEGER NOT NULL,
      queues TEXT NOT NULL,
      lost TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ${lanes} (
      id INTEGER PRIMARY KEY,
      queue TEXT NOT NULL,
      priority INTEGER NOT NULL,
      lane TEXT NOT NULL,
      vt INTEGER NOT NULL,
      state INTEGER NOT NULL DEFAULT 0,
      wakes INTEGER NOT NULL DEFAULT 0,
      waits_for TEXT,
      rest INTEGER NOT NULL DEFAULT 0,
      misses INTEGER NOT NULL DEFAULT 0,
      since INTEGER NOT NULL,
      UNIQUE (queue, priority, lane)
    );
    CREATE INDEX IF NOT EXISTS ${named(app, "ready")} ON ${lanes} (queue, priority DESC, vt) WHERE state = 0;
    CREATE INDEX IF NOT EXISTS ${named(app, "blocked")} ON ${lanes} (waits_for, queue, priority DESC, vt)
      WHERE state = 1;
    CREATE INDEX IF NOT EXISTS ${named(app, "asleep")} ON ${lanes} (queue, wakes) WHERE wakes > 0;
    CREATE TABLE IF NOT EXISTS ${rounds} (
      queue TEXT NOT NULL,
      priority INTEGER NOT NULL,
      vt INTEGER NOT NULL,
      plain INTEGER NOT NULL,
      PRIMARY KEY (queue, priority)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ${limits} (name TEXT PRIMARY KEY, declared TEXT, chosen TEXT) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ${uses} (
      name TEXT PRIMARY KEY,
      running INTEGER NOT NULL,
      free REAL NOT NULL,
      held_by INTEGER NOT NULL,
      held_until INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS ${named(app, "unused")} ON ${uses} (free) WHERE running = 0;
    CREATE TABLE IF NOT EXISTS ${named(app, "schedules")} (
      name TEXT PRIMARY KEY,
      revision INTEGER NOT NULL,
      definition TEXT NOT NULL,
      due INTEGER,
      fired_by TEXT NOT NULL DEFAULT '',
      state TEXT
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ${named(app, "answers")} (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      command TEXT NOT NULL,
      part TEXT NOT NULL,
      ends INTEGER NOT NULL,
      text TEXT NOT NULL,
      UNIQUE (command, part)
    );
    CREATE TABLE IF NOT EXISTS ${named(app, "mail")} (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      worker TEXT NOT NULL,
      id TEXT NOT NULL,
      expires INTEGER NOT NULL,
      read INTEGER NOT NULL DEFAULT 0,
      text TEXT NOT NULL,
      UNIQUE (worker, id)
    );
    CREATE TABLE IF NOT EXISTS ${named(app, "recording")} (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      events TEXT NOT NULL,
      history INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS ${named(app, "events")} (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      type TEXT NOT NULL,
      about TEXT NOT NULL,
      worker TEXT,
      details TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS ${named(app, "event_times")} ON ${named(app, "events")} (at);
    CREATE TABLE IF NOT EXISTS ${named(app, "history")} (
      step TEXT NOT NULL,
      at INTEGER NOT NULL,
      queue TEXT NOT NULL,
      task TEXT NOT NULL,
      tally TEXT NOT NULL,
      PRIMARY KEY (step, at, queue, task)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ${chosen} (id TEXT PRIMARY KEY, sent INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS ${named(app, "chosen_times")} ON ${chosen} (sent, id);
    CREATE TRIGGER IF NOT EXISTS ${named(app, "forgotten")} AFTER DELETE ON ${records}
      WHEN OLD.${chosenIds} BEGIN DELETE FROM ${chosen} WHERE id = OLD.id; END;
    INSERT OR IGNORE INTO ${chosen} SELECT id, record ->> '$.sentAt' FROM ${records} WHERE ${chosenIds};
    PRAGMA user_version = ${schemaVersion};
  `;
}

/** The names of an app's tables, quoted. */
export function tables(
  app: string,
): [
  messages: string,
  records: string,
  workers: string,
  paused: string,
  uniques: string,
  lanes: string,
  rounds: string,
  limits: string,
  uses: string,
] {
  return [
    named(app, "messages"),
    named(app, "records"),
    named(app, "workers"),
    named(app, "paused"),
    named(app, "uniques"),
    named(app, "lanes"),
    named(app, "rounds"),
    named(app, "limits"),
    named(app, "uses"),
  ];
}

/** SQLite tells no `Shop` from `shop`, and keeps names that begin with `sqlite_` to itself. An app's name has no `^`. */
export function named(app: string, what: string): string {
  return `"umbel:${app.replace(/[A-Z]/g, (letter) => "^" + letter.toLowerCase())}:${what}"`;
}
