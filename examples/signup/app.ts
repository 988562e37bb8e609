/** The app, for more workers: `deno task worker -A examples/signup/app.ts`. */
import { Umbel } from "@umbel/umbel";
import "@umbel/umbel/sqlite";
import * as tasks from "./tasks.ts";

export const app = new Umbel("signup");
app.include(tasks);
