/**
 * Which routes belong to which entry of the navigation.
 *
 * @module
 */
import type { Hono } from "hono";
import type { Desk } from "./desk.ts";
import type { DeskEnv } from "./env.ts";
import type { SectionName } from "./navigation.ts";
import { bill } from "./pages/bill.tsx";
import { deadLetters } from "./pages/dead_letters.tsx";
import { overview } from "./pages/overview.tsx";
import { queuePage } from "./pages/queue.tsx";
import { queues } from "./pages/queues.tsx";
import { schedulePage } from "./pages/schedule.tsx";
import { schedules } from "./pages/schedules.tsx";
import { send } from "./pages/send.tsx";
import { statistics } from "./pages/statistics.tsx";
import { tasks } from "./pages/tasks.tsx";
import { workerPage } from "./pages/worker.tsx";
import { workers } from "./pages/workers.tsx";

/** The routes of each section: mounted at `/<name>`, those of the overview at the start. */
export const sections: { readonly [name in SectionName]: (desk: Desk) => Hono<DeskEnv> } = {
  overview,
  tasks,
  send,
  queues: (desk) => queues(desk).route("/of", queuePage(desk)),
  workers: (desk) => workers(desk).route("/of", workerPage(desk)),
  schedules: (desk) => schedules(desk).route("/", schedulePage(desk)),
  dead: deadLetters,
  statistics,
  bill,
};
