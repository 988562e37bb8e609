/**
 * The routes of Flower's API.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Settings } from "../options.ts";
import type { Route } from "../route.ts";
import { controlRoutes } from "./control.ts";
import { sendingRoutes } from "./sending.ts";
import { taskRoutes } from "./tasks.ts";
import { workerRoutes } from "./workers.ts";

/** All of them. */
export function flowerRoutes(app: Umbel, settings: Settings): readonly Route[] {
  return [...workerRoutes(app), ...controlRoutes(app), ...taskRoutes(app, settings), ...sendingRoutes(app, settings)];
}
