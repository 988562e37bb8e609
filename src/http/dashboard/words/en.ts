/**
 * English: the measure of all other languages.
 *
 * @module
 */
import { bill } from "./en/bill.ts";
import { dead } from "./en/dead.ts";
import { failure } from "./en/failure.ts";
import { form } from "./en/form.ts";
import { history } from "./en/history.ts";
import { json } from "./en/json.ts";
import { log } from "./en/log.ts";
import { login } from "./en/login.ts";
import { overview } from "./en/overview.ts";
import { queues } from "./en/queues.ts";
import { schedules } from "./en/schedules.ts";
import { send } from "./en/send.ts";
import { shell } from "./en/shell.ts";
import { task } from "./en/task.ts";
import { tasks } from "./en/tasks.ts";
import { timeline } from "./en/timeline.ts";
import { workers } from "./en/workers.ts";

/** Everything that is said. */
export const en = {
  ...shell,
  bill,
  dead,
  failure,
  form,
  history,
  json,
  log,
  login,
  overview,
  queues,
  schedules,
  send,
  task,
  tasks,
  timeline,
  workers,
};

/** Everything that is said. A language that lacks a sentence does not compile. */
export type Words = typeof en;
