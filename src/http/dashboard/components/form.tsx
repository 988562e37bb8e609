/** @jsxImportSource hono/jsx */
import type { Child } from "hono/jsx";
import type { Scope } from "../viewer.ts";
import { useView } from "../view.tsx";
import { Icon, type IconName } from "./icon.tsx";
import type { Html } from "../html.ts";

/** A form that does something. */
export interface ActionFormProps {
  /** Where it goes, as `view.url` gives it. */
  readonly action: string;
  /** Who may: nothing is shown to others. */
  readonly scope: Scope;
  /** The page that is shown after it, as `view.url` gives it: the one that it is on unless said otherwise. */
  readonly to?: string;
  /** A question to be answered first. */
  readonly confirm?: string;
  /** How it looks: a button in a row, or fields below one another. */
  readonly kind?: "inline" | "stack";
  /** For screen readers, where several look alike. */
  readonly label?: string;
  /** Hidden fields. */
  readonly values?: { readonly [name: string]: string };
  /** Its fields and buttons. */
  readonly children?: Child;
}

/** A form whose action the viewer may do, with what proves that it comes from this page. */
export function ActionForm(props: ActionFormProps): Html | null {
  const view = useView();
  const { action, scope, to = view.here, confirm, kind = "inline", label, values = {}, children } = props;
  if (!view.may(scope)) return null;
  return (
    <form method="post" action={action} class={`form ${kind}`} data-confirm={confirm} aria-label={label}>
      <input type="hidden" name="csrf" value={view.viewer?.csrf} />
      <input type="hidden" name="to" value={to} />
      {Object.entries(values).map(([name, value]) => <input type="hidden" name={name} value={value} />)}
      {children}
    </form>
  );
}

/** A button. */
export interface ButtonProps {
  /** How important it is. */
  readonly kind?: "plain" | "primary" | "danger" | "quiet";
  /** A picture before its text. */
  readonly icon?: IconName;
  /** For screen readers, where its text does not say what it is about. */
  readonly label?: string;
  /** The name and value that it adds to its form. */
  readonly name?: string;
  /** See `name`. */
  readonly value?: string;
  /** Its text. */
  readonly children?: Child;
}

/** A button that sends its form. */
export function Button({ kind = "plain", icon, label, name, value, children }: ButtonProps): Html {
  return (
    <button type="submit" class={kind} name={name} value={value} aria-label={label}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function LinkButton(
  { href, icon, kind = "plain", children }: {
    readonly href: string;
    readonly icon?: IconName;
    readonly kind?: ButtonProps["kind"];
    readonly children?: Child;
  },
): Html {
  return (
    <a class={`button ${kind}`} href={href}>
      {icon && <Icon name={icon} />}
      {children}
    </a>
  );
}

/** Something to be filled in. */
export interface FieldProps {
  /** The name that it is sent by; its id is `field-` and this. */
  readonly name: string;
  /** What it is. */
  readonly label: string;
  /** What is to be known about it. */
  readonly hint?: Child;
  /** What is wrong with it. */
  readonly error?: string;
  /** What it holds; for a choice the one that is chosen. */
  readonly value?: string;
  /** Of text: its kind. */
  readonly type?: "text" | "password" | "number" | "search" | "email" | "url" | "datetime-local";
  /** To choose from, in place of text: values with their labels. */
  readonly choices?: readonly (readonly [value: string, label: string])[];
  /** What it may be like, in place of a list of choices. */
  readonly suggestions?: readonly string[];
  /** So many lines, in place of one. */
  readonly rows?: number;
  /** Whether it must be filled in. */
  readonly required?: boolean;
  /** A picture of what is wanted. */
  readonly placeholder?: string;
  /** Code: figures of one width, no spelling. */
  readonly mono?: boolean;
  /** What may be filled in, told where it is pointed at. */
  readonly title?: string;
  /** What it must look like, as a pattern. */
  readonly pattern?: string;
  /** What a browser may fill in. */
  readonly autocomplete?: string;
}

/** A labelled field. */
export function Field(props: FieldProps): Html {
  const { name, label, hint, error, value, choices, suggestions, rows, mono = false } = props;
  const id = `field-${name}`;
  const about = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(" ");
  const shared = {
    ...{ id, name, class: mono ? "mono" : undefined, required: props.required, placeholder: props.placeholder },
    ...(props.title === undefined ? {} : { title: props.title }),
    ...(about === "" ? {} : { "aria-describedby": about }),
    ...(error === undefined ? {} : { "aria-invalid": "true" }),
    ...(mono ? { spellcheck: false, autocapitalize: "off" as const } : {}),
    autocomplete: props.autocomplete ?? "off",
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {choices
        ? (
          <select {...shared}>
            {choices.map(([one, text]) => <option value={one} selected={one === value}>{text}</option>)}
          </select>
        )
        : rows
        ? <textarea {...shared} rows={rows}>{value}</textarea>
        : (
          <input
            {...shared}
            type={props.type ?? "text"}
            value={value}
            pattern={props.pattern}
            list={suggestions && `${id}-list`}
          />
        )}
      {suggestions && <datalist id={`${id}-list`}>{suggestions.map((one) => <option value={one}></option>)}</datalist>}
      {hint !== undefined && <p id={`${id}-hint`} class="hint">{hint}</p>}
      {error !== undefined && <p id={`${id}-error`} class="error">{error}</p>}
    </div>
  );
}
