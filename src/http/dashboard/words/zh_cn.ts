/**
 * 简体中文
 *
 * @module
 */
import type { Words } from "./en.ts";
import { bill } from "./zh_cn/bill.ts";
import { dead } from "./zh_cn/dead.ts";
import { failure } from "./zh_cn/failure.ts";
import { form } from "./zh_cn/form.ts";
import { history } from "./zh_cn/history.ts";
import { json } from "./zh_cn/json.ts";
import { log } from "./zh_cn/log.ts";
import { login } from "./zh_cn/login.ts";
import { overview } from "./zh_cn/overview.ts";
import { queues } from "./zh_cn/queues.ts";
import { schedules } from "./zh_cn/schedules.ts";
import { send } from "./zh_cn/send.ts";
import { shell } from "./zh_cn/shell.ts";
import { task } from "./zh_cn/task.ts";
import { tasks } from "./zh_cn/tasks.ts";
import { timeline } from "./zh_cn/timeline.ts";
import { workers } from "./zh_cn/workers.ts";

/** Everything that is said. */
export const zhCN: Words = {
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
