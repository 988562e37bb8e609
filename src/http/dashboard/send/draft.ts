/**
 * A call as somebody fills it in: the form's texts, and the call that they say.
 *
 * @module
 */
import type { Umbel } from "../../../app/app.ts";
import { newId, readId } from "../../../id.ts";
import type { Json } from "../../../json.ts";
import type { CallOptions } from "../../../options/call_options.ts";
import { argsSchemaOf } from "../../schema/args_schema.ts";
import { issueName } from "../form/issues.ts";
import { blankEntries, type Entries, entriesOf } from "../form/entries.ts";
import { type Field, fieldOf } from "../form/field.ts";
import { readField } from "../form/reader.ts";
import type { View } from "../view.tsx";

/** The name of the arguments in the form. */
export const root = "args";

/** Options of a call that the form asks for. */
export const optionNames = ["countdown", "eta", "expires", "queue", "priority", "id", "idempotencyKey"] as const;

/** The name of such an option. */
export type OptionName = (typeof optionNames)[number];

/** A call that is filled in. */
export interface Draft {
  /** The name of the task. */
  readonly task: string;
  /** What is asked for as its arguments. */
  readonly field: Field;
  /** The arguments, as the form holds them. */
  readonly entries: Entries;
  /** The options, as the form holds them: empty where nothing was said. */
  readonly options: { readonly [name in OptionName]: string };
  /** The id that the task gets unless another is given: sent twice, a form still sends one task. */
  readonly nonce: string;
}

/** What came of reading a draft: the call, or what is wrong with which part of the form. */
export type DraftReading =
  | { readonly args: readonly Json[]; readonly options: CallOptions; readonly faults?: undefined }
  | { readonly faults: ReadonlyMap<string, string> };

/** What a form asks for that sends a task: what its schema says, or a list as JSON. */
function fieldOfTask(app: Umbel, task: string): Field {
  const { schema } = app.tasks.get(task)?.settings ?? {};
  const said = schema && argsSchemaOf(schema);
  return said === undefined ? { kind: "json", nullable: false } : fieldOf(said);
}

/** A draft in which nothing is said, or the arguments of another call. */
export function newDraft(
  app: Umbel,
  task: string,
  { args, ...options }: { readonly args?: readonly Json[] } & { readonly [name in OptionName]?: string } = {},
): Draft {
  const field = fieldOfTask(app, task);
  const entries = args !== undefined
    ? entriesOf(field, args, root)
    : field.kind === "json"
    ? new Map([[root, "[]"]])
    : blankEntries(field, root, true);
  return { task, field, entries, options: { ...noOptions, ...options }, nonce: newId(app.clock.now()) };
}

const noOptions = Object.fromEntries(optionNames.map((name) => [name, ""])) as Draft["options"];

/** The draft that a form says. */
export function readDraft(app: Umbel, form: URLSearchParams): Draft {
  const text = (name: string) => form.get(name) ?? "";
  const entries: Entries = new Map();
  for (const [name, value] of form) {
    if (/^args(?=[/?]|$)/.test(name)) entries.set(name, value);
  }
  const options = Object.fromEntries(optionNames.map((name) => [name, text(name).trim()])) as Draft["options"];
  const task = text("task").trim();
  return { task, field: fieldOfTask(app, task), entries, options, nonce: freshId(text("nonce"), app.clock.now()) };
}

/** For so long a page's id is used (ms): one that is much older would seem to have been sent then. */
const freshFor = 600_000;

function freshId(nonce: string, now: number): string {
  const age = now - (readId(nonce)?.madeAt ?? 0);
  return age >= 0 && age < freshFor ? nonce : newId(now);
}

/** The call that a draft says, its arguments checked by the task's schema. */
export async function callOf(app: Umbel, draft: Draft, view: View): Promise<DraftReading> {
  const { words: { form, send } } = view;
  const { value, faults } = readField(draft.field, draft.entries, root);
  const said = new Map(faults.map(({ name, what, detail = "" }) => [name, form.faults[what](detail)]));
  if (said.size === 0 && !Array.isArray(value)) said.set(root, send.noList);
  if (said.size > 0) return { faults: said };
  const args = value as readonly Json[];
  const schema = app.tasks.get(draft.task)?.settings.schema;
  const { issues = [] } = await schema?.["~standard"].validate(args) ?? {};
  for (const { message, path = [] } of issues) {
    const name = issueName(
      draft.field,
      draft.entries,
      root,
      path.map((step) => typeof step === "object" ? step.key : step),
    );
    const before = said.get(name);
    said.set(name, before === undefined ? message : `${before}\n${message}`);
  }
  return said.size > 0 ? { faults: said } : { args, options: optionsOf(draft) };
}

/** The options of a call. What breaks a rule is refused by whoever reads them, with the name of the option. */
function optionsOf({ options, nonce }: Draft): CallOptions {
  const { countdown, eta, expires, queue, priority, id, idempotencyKey } = options;
  return {
    ...(countdown === "" ? {} : { countdown: durationOf(countdown) }),
    ...(eta === "" ? {} : { eta: timeOf(eta) }),
    ...(expires === "" ? {} : { expires: isTime(expires) ? new Date(timeOf(expires)) : durationOf(expires) }),
    ...(queue === "" ? {} : { queue }),
    ...(priority === "" ? {} : { priority: Number(priority) }),
    ...(idempotencyKey === "" ? { id: id === "" ? nonce : id } : { idempotencyKey, ...(id === "" ? {} : { id }) }),
  };
}

/** A number of seconds, or a text with a unit. */
function durationOf(text: string): number | string {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\d/.test(text);
}

/** A time that names no zone is meant in UTC: nobody knows the zone of the server. */
function timeOf(text: string): string {
  const time = text.replace(" ", "T");
  return /T[\d:.]+$/.test(time) ? `${time}Z` : time;
}
