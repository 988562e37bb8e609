/**
 * The one style sheet: what all pages share, then what is particular to some.
 *
 * @module
 */
import { badges } from "./style/badges.ts";
import { base } from "./style/base.ts";
import { charts } from "./style/charts.ts";
import { cards } from "./style/cards.ts";
import { forms } from "./style/forms.ts";
import { json } from "./style/json.ts";
import { schemaForm } from "./style/schema_form.ts";
import { print } from "./style/print.ts";
import { sections } from "./style/sections.ts";
import { overview } from "./style/overview.ts";
import { shell } from "./style/shell.ts";
import { tables } from "./style/tables.ts";
import { task } from "./style/task.ts";
import { taskList } from "./style/task_list.ts";
import { timeline } from "./style/timeline.ts";
import { tokens } from "./style/tokens.ts";

/** The style sheet: later layers go over earlier ones, whatever their selectors. */
export const style: string = `@layer base, parts, shell, pages;\n` + [
  ...[tokens, base].map((text) => `@layer base {${text}}`),
  ...[cards, tables, forms, badges, charts].map((text) => `@layer parts {${text}}`),
  `@layer shell {${shell}}`,
  ...[overview, json, timeline, schemaForm, taskList, task, sections, print].map((text) => `@layer pages {${text}}`),
].join("\n");
