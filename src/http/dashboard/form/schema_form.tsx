/** @jsxImportSource hono/jsx */
/**
 * A form made of a task's schema. It works without a script: rows are added and removed by the server.
 *
 * @module
 */
import type { Child } from "hono/jsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { editText } from "./edit.ts";
import { type Entries, markOf, nameOf, placesOf, rowsOf, ticked } from "./entries.ts";
import { type Field, type ListField, mostRows, type ObjectField } from "./field.ts";
import { hintOf } from "./hint.ts";
import { Control } from "./control.tsx";

/** What a form shows. */
export interface SchemaFormProps {
  /** What is asked for. */
  readonly field: Field;
  /** What it holds. */
  readonly entries: Entries;
  /** What is wrong, by the names of fields. */
  readonly faults: ReadonlyMap<string, string>;
  /** The name of the whole. */
  readonly name: string;
  /** What the whole is called. */
  readonly label: string;
}

/** The fields of a form, without the form around them. A button `edit` asks the server for a change of the form itself. */
export function SchemaForm({ field, entries, faults, name, label }: SchemaFormProps): Html {
  return <Part field={field} at={{ entries, faults }} name={name} label={label} isRequired isWhole />;
}

interface At {
  readonly entries: Entries;
  readonly faults: ReadonlyMap<string, string>;
}

interface PartProps {
  readonly field: Field;
  readonly at: At;
  readonly name: string;
  readonly label: string;
  readonly isRequired: boolean;
  /** Whether this is the whole form, which needs no frame. */
  readonly isWhole?: boolean;
  /** Stands behind the label. */
  readonly children?: Child;
}

function Part(props: PartProps): Html {
  const { field, at, name } = props;
  const isJson = at.entries.has(markOf(name, "json"));
  if (!isJson && (field.kind === "object" || field.kind === "list")) return <Group {...props} field={field} />;
  return <Single {...props} />;
}

/** A field that is one control, with what is said about it. */
function Single({ field, at, name, label, isRequired, children }: PartProps): Html {
  const view = useView();
  const { form } = view.words;
  const { entries, faults } = at;
  const isJson = entries.has(markOf(name, "json"));
  const canSwitch = isJson && field.kind !== "json";
  const about = [`${name}#hint`, ...(faults.has(name) ? [`${name}#fault`] : [])].join(" ");
  const control = <Control {...{ field, entries, name, isRequired, about, isFaulty: faults.has(name) }} />;
  const isBox = !isJson && field.kind === "flag" && isRequired && !field.nullable;
  const isEmpty = entries.has(markOf(name, "empty"));
  const canBeEmpty = !isJson && field.kind === "text" && !isRequired && (isEmpty || (!field.min && !field.format));
  return (
    <div class={isBox ? "field field-box" : "field"}>
      <div class="field-head">
        {isBox ? control : null}
        <label for={name}>
          <bdi>{field.title ?? label}</bdi>
        </label>
        <span class="field-kind" id={`${name}#hint`}>
          {isJson ? form.json : hintOf(field, view, isRequired)}
        </span>
        {children}
      </div>
      <Description field={field} />
      {isBox ? null : control}
      {isJson ? <input type="hidden" name={markOf(name, "json")} value={ticked} /> : null}
      {isJson && !isRequired ? <input type="hidden" name={markOf(name, "given")} value={ticked} /> : null}
      <div class="field-marks">
        {canBeEmpty ? <Box name={markOf(name, "empty")} entries={entries} label={form.sendEmpty} /> : null}
        {field.nullable && field.kind !== "json" && !isJson
          ? <Box name={markOf(name, "null")} entries={entries} label={form.isNull} />
          : null}
        {canSwitch ? <EditButton what="parts" name={name} label={form.asParts} /> : null}
      </div>
      <FaultText at={at} name={name} />
    </div>
  );
}

/** A field that has fields in it. */
function Group(props: PartProps & { readonly field: Field & (ObjectField | ListField) }): Html {
  const { field, at, name, label, isRequired, isWhole, children } = props;
  const view = useView();
  const { form } = view.words;
  const given = markOf(name, "given");
  const fields = field.kind === "object" ? <Members {...props} field={field} /> : <Rows {...props} field={field} />;
  const nullBox = field.nullable ? <Box name={markOf(name, "null")} entries={at.entries} label={form.isNull} /> : null;
  const asJson = isWhole ? form.asJson : form.partAsJson(field.title ?? label);
  const switchButton = <EditButton what="json" name={name} label={asJson} {...(isWhole ? {} : { sign: form.json })} />;
  if (isWhole) {
    return (
      <div class="schema-fields">
        {nullBox}
        {fields}
        <FaultText at={at} name={name} />
        <div class="field-marks">{switchButton}</div>
      </div>
    );
  }
  return (
    <fieldset class="group" aria-describedby={at.faults.has(name) ? `${name}#fault` : undefined}>
      <legend>
        {isRequired ? null : (
          <input
            type="checkbox"
            class="group-given"
            id={given}
            name={given}
            value={ticked}
            checked={at.entries.has(given)}
            aria-label={`${field.title ?? label}: ${form.given}`}
          />
        )}
        <label for={isRequired ? undefined : given}>
          <bdi>{field.title ?? label}</bdi>
        </label>
        <span class="field-kind">{hintOf(field, view, isRequired)}</span>
        {children}
      </legend>
      <Description field={field} />
      {nullBox}
      <div class="schema-fields">{fields}</div>
      <FaultText at={at} name={name} />
      {switchButton}
    </fieldset>
  );
}

function Members({ field, at, name }: PartProps & { readonly field: ObjectField }): Html {
  return (
    <>
      {field.members.map(({ key, field: member, isRequired }) => (
        <Part field={member} at={at} name={nameOf(name, key)} label={key} isRequired={isRequired} />
      ))}
    </>
  );
}

function Rows({ field, at, name, isWhole }: PartProps & { readonly field: Field & ListField }): Html {
  const { words: { form } } = useView();
  const rows = rowsOf(at.entries, name);
  const labelOf = isWhole ? form.argument : form.item;
  const canRemove = rows > field.min;
  return (
    <>
      {field.rest ? <input type="hidden" name={markOf(name, "rows")} value={String(rows)} /> : null}
      {isWhole && field.places.length === 0 && !field.rest ? <p class="soft">{form.none}</p> : null}
      {placesOf(field, rows).map(([index, place]) => {
        const label = labelOf(index + 1);
        const isRow = index >= field.places.length;
        return (
          <Part
            field={place}
            at={at}
            name={nameOf(name, index)}
            label={label}
            isRequired={isRow || index < field.required}
          >
            {isRow && canRemove
              ? <EditButton what="remove" name={nameOf(name, index)} label={form.removeItem(label)} sign="×" />
              : null}
          </Part>
        );
      })}
      {field.rest && rows < Math.min(field.max, mostRows)
        ? <EditButton what="add" name={name} label={form.addItem} sign={`+ ${form.addItem}`} />
        : null}
    </>
  );
}

function Description({ field }: { readonly field: Field }): Html | null {
  return field.description === undefined ? null : (
    <p class="hint">
      <bdi>{field.description}</bdi>
    </p>
  );
}

function FaultText({ at, name }: { readonly at: At; readonly name: string }): Html | null {
  const fault = at.faults.get(name);
  return fault === undefined ? null : (
    <p class="error" id={`${name}#fault`}>
      <bdi>{fault}</bdi>
    </p>
  );
}

function Box(
  { name, entries, label }: { readonly name: string; readonly entries: Entries; readonly label: string },
): Html {
  return (
    <label class="box">
      <input type="checkbox" name={name} value={ticked} checked={entries.has(name)} /> {label}
    </label>
  );
}

/** A button that asks for a change of the form itself: nothing need be filled in for that. */
function EditButton(
  { what, name, label, sign }: {
    readonly what: "add" | "remove" | "json" | "parts";
    readonly name: string;
    readonly label: string;
    readonly sign?: string;
  },
): Html {
  const named = sign === undefined || sign.endsWith(label) ? undefined : label;
  return (
    <button
      type="submit"
      name="edit"
      value={editText({ what, name })}
      class={what === "json" && sign !== undefined ? "quiet as-json" : "quiet"}
      formnovalidate
      aria-label={named}
    >
      {sign ?? label}
    </button>
  );
}
