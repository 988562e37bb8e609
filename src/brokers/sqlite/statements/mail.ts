/**
 * What the database is asked about commands to workers and their answers.
 *
 * @module
 */
import { named } from "../database/schema.ts";

/** The statements of an app. */
export function mailStatementsOf(app: string) {
  const [mail, answers] = [named(app, "mail"), named(app, "answers")];
  return {
    countMail: `SELECT count(*) AS count, coalesce(sum(length(text)), 0) AS size, coalesce(sum(id = ?), 0) AS known
      FROM ${mail} WHERE worker = ? AND expires > ?`,
    addMail: `INSERT OR REPLACE INTO ${mail} (worker, id, expires, text) VALUES (?, ?, ?, ?)`,
    unreadMail: `SELECT id, expires, text FROM ${mail} WHERE worker = ? AND read = 0 AND expires > ? ORDER BY seq`,
    laterMail: `SELECT seq, worker, id, expires, text FROM ${mail} WHERE seq > ? AND read = 0 AND expires > ?
      ORDER BY seq`,
    markRead: `UPDATE ${mail} SET read = 1 WHERE worker = ? AND id = ?`,
    removeMail: `DELETE FROM ${mail} WHERE worker = ?`,
    pruneMail: `DELETE FROM ${mail} WHERE expires <= ?`,

    addAnswer: `INSERT OR IGNORE INTO ${answers} (command, part, ends, text) VALUES (?, ?, ?, ?)`,
    laterAnswers: `SELECT seq, command, part, text FROM ${answers} WHERE command = ? AND seq > ? ORDER BY seq`,
    pruneAnswers: `DELETE FROM ${answers} WHERE ends <= ?`,
  };
}

/** A command in a worker's mail. */
export interface MailRow {
  readonly seq: number;
  readonly worker: string;
  readonly id: string;
  readonly expires: number;
  readonly text: string;
}

/** A part of an answer. */
export interface AnswerRow {
  readonly seq: number;
  readonly command: string;
  readonly part: string;
  readonly text: string;
}
