/**
 * Opening the database, and what its failures are called.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { BrokerRefused, BrokerUnavailable } from "../../../errors.ts";
import { lastMade, named, schema, schemaVersion } from "./schema.ts";

/** Which database, and how. */
export interface DatabaseOptions {
  /** The name of the app: its own tables. */
  readonly app: string;
  /** A file, or `:memory:`. */
  readonly path: string;
  /** How long to wait for another process's transaction (ms). */
  readonly busyTimeout: number;
  /** When a commit counts as done. */
  readonly synchronous: "normal" | "full";
}

/** How long to wait before trying again to turn on the write-ahead log (ms). */
const openPause = 10;

/** Opens the database with the tables of the app. */
export function openDatabase({ app, path, busyTimeout, synchronous }: DatabaseOptions): DatabaseSync {
  return translate(() => {
    const database = new DatabaseSync(path);
    try {
      database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
      turnOnLog(database, busyTimeout);
      database.exec(`PRAGMA synchronous = ${synchronous.toUpperCase()}`);
      makeTables(database, app, path);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/**
 * SQLite does not wait when two processes do this to a new file at the same time: the second one is refused at once,
 * whatever the busy timeout. So it is tried again here.
 */
function turnOnLog(database: DatabaseSync, busyTimeout: number): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const patience = performance.now() + busyTimeout;
  while (true) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (!isLocked(error) || performance.now() >= patience) throw error;
    }
    Atomics.wait(pause, 0, 0, openPause);
  }
}

function makeTables(database: DatabaseSync, app: string, path: string): void {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > schemaVersion) {
    throw new BrokerRefused(
      `${path} was written by a later version of Umbel: schema ${version}, known ${schemaVersion}`,
    );
  }
  // Opening what is there already writes nothing, and so waits for nobody.
  const found = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
  if (version === schemaVersion && found.get(named(app, lastMade).slice(1, -1))) return;
  transaction(database, "BEGIN IMMEDIATE", () => database.exec(schema(app)));
}

/** Runs all or nothing. */
export function transaction<T>(database: DatabaseSync, begin: "BEGIN" | "BEGIN IMMEDIATE", run: () => T): T {
  database.exec(begin);
  try {
    const result = run();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      database.exec("ROLLBACK");
    } catch {
      // After some failures, a full disk among them, SQLite has rolled back by itself.
    }
    throw error;
  }
}

/** Runs it, and says what SQLite refuses in the words of the port. */
export function translate<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    if (isLocked(error)) {
      throw new BrokerUnavailable(`The database is locked by another process: ${error.message}`, { cause: error });
    }
    throw new BrokerRefused(`SQLite refused: ${error.message}`, { cause: error });
  }
}

function isSqliteError(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === "ERR_SQLITE_ERROR";
}

/** By its words: not every runtime tells the number of the error. */
function isLocked(error: unknown): boolean {
  return isSqliteError(error) && /\b(locked|busy)\b/i.test(error.message);
}
