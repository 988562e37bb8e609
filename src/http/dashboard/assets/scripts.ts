/**
 * All scripts by their names: each is a module of its own that imports nothing, served as it stands.
 *
 * @module
 */
import { charts } from "./scripts/charts.ts";
import { confirm } from "./scripts/confirm.ts";
import { copy } from "./scripts/copy.ts";
import { live } from "./scripts/live.ts";
import { select } from "./scripts/select.ts";
import { times } from "./scripts/times.ts";

/** The scripts. */
export const scripts = { charts, confirm, copy, live, select, times };

/** The name of a script. */
export type ScriptName = keyof typeof scripts;
