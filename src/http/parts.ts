/**
 * What the API is made of, part by part.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import type { Settings } from "./options.ts";
import { bill } from "./resources/bill.ts";
import { beat } from "./resources/beat.ts";
import { events } from "./resources/events.ts";
import { health } from "./resources/health.ts";
import { deadLetters } from "./resources/dead_letters.ts";
import { exchange } from "./resources/exchange.ts";
import { reference } from "./resources/reference.ts";
import { taskList } from "./resources/task_list.ts";
import { taskMore } from "./resources/task_more.ts";
import { tasks } from "./resources/tasks.ts";
import { queues } from "./resources/queues.ts";
import { waiting } from "./resources/waiting.ts";
import { work } from "./resources/work.ts";
import { workers } from "./resources/workers.ts";
import type { PartName } from "./part_names.ts";
import type { Route } from "./route.ts";

/** Makes the routes of a part; `all` gives those of all parts, once they are made. */
export type Part = (app: Umbel, settings: Settings, all: () => readonly Route[]) => readonly Route[];

/** The tasks, one by one and many at once. */
const allTasks: Part = (app, settings) => [...taskList(app, settings), ...tasks(app, settings), ...taskMore(app)];

const parts: { readonly [name in PartName]: Part } = {
  tasks: allTasks,
  waiting,
  "dead-letters": deadLetters,
  queues,
  workers,
  beat,
  exchange,
  work,
  events: (app, settings) => [...events(app, settings), ...bill(app)],
  health,
  reference,
};

/** The routes of the parts that are to be served. */
export function routesOf(app: Umbel, settings: Settings): readonly Route[] {
  const routes: Route[] = [];
  for (const name of settings.parts) routes.push(...parts[name](app, settings, () => routes));
  return routes;
}
