/** The app, for more workers: `SMTP_URL=smtp://127.0.0.1:2525 deno task worker -A examples/signup/app.ts`. */
import { Umbel } from "@umbel/umbel";
import * as tasks from "./tasks.ts";

export const app = new Umbel("signup");
app.include(tasks);
app.beatSchedule = tasks.periodic;
