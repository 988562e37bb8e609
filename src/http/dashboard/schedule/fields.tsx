/** @jsxImportSource hono/jsx */
/**
 * The fields of a periodic task's form, each with what is wrong with it.
 *
 * @module
 */
import type { InvalidInput } from "../../../errors.ts";
import { Field, type FieldProps } from "../components/form.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { entryFields, type EntryInput } from "./form.ts";

/** What the fields hold, and what was wrong. */
export interface EntryFieldsProps {
  readonly input: EntryInput;
  readonly error: InvalidInput | undefined;
  /** What is to be known of arguments that are not shown. */
  readonly argsHint?: string | undefined;
}

/** The fields of an entry, but for its name. */
export function EntryFields({ input, error, argsHint }: EntryFieldsProps): Html {
  const { app, words: { schedules: words } } = useView();
  const field = (name: keyof EntryInput, more: Omit<FieldProps, "name" | "value">) => (
    <Field {...{ name, value: input[name], ...more, ...errorOf(name, error) }} />
  );
  const choices = <T extends string>(of: { readonly [value in T]: string }) => Object.entries<string>(of);
  return (
    <>
      <div class="fields">
        {field("task", { label: words.task, required: true, suggestions: [...app.tasks.keys()] })}
        {field("schedule", { label: words.schedule, required: true, mono: true, hint: words.scheduleHint })}
        {field("timezone", {
          label: words.zone,
          placeholder: app.config.timezone,
          suggestions: Intl.supportedValuesOf("timeZone"),
        })}
        {field("description", { label: words.description })}
      </div>
      {field("args", { label: words.args, rows: 2, mono: true, hint: argsHint ?? words.argsHint })}
      <div class="fields">
        {field("queue", { label: words.queue })}
        {field("priority", { label: words.priority, type: "number" })}
        {field("maxRuns", { label: words.maxRuns, type: "number" })}
        {field("jitter", { label: words.jitter, hint: words.jitterHint })}
        {field("startAt", { label: words.startAt, hint: words.timeHint })}
        {field("endAt", { label: words.endAt, hint: words.timeHint })}
        {field("overlap", { label: words.overlap, choices: choices(words.overlaps) })}
        {field("catchUp", { label: words.catchUp, choices: choices(words.catchUps) })}
      </div>
      {field("options", { label: words.options, rows: 2, mono: true, hint: words.optionsHint })}
    </>
  );
}

/** What is wrong with a field: rules of crontabs and rates name parts of it. */
export function errorOf(name: string, error: InvalidInput | undefined): { readonly error?: string } {
  if (!error) return {};
  const field = fieldOfError(error.field);
  return field === name ? { error: error.message } : {};
}

const scheduleParts =
  /^(second|minute|hour|dayOfMonth|monthOfYear|dayOfWeek|time|event|latitude|longitude|pattern|milliseconds)\b/;
const ownFields: ReadonlySet<string> = new Set(["name", ...entryFields]);

function fieldOfError(field: string): string {
  if (ownFields.has(field)) return field;
  const [first = ""] = field.split(/[.[]/);
  if (ownFields.has(first)) return first;
  // Every other rule is one of the schedule or of the calls' options.
  return scheduleParts.test(field) ? "schedule" : "options";
}
