/** @jsxImportSource hono/jsx */
/**
 * The one control of a field.
 *
 * @module
 */
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { type Entries, markOf, ticked } from "./entries.ts";
import type { Field, NumberField, TextField } from "./field.ts";
import { textOf } from "./reader.ts";

/** What a control shows. */
export interface ControlProps {
  /** What is asked for. */
  readonly field: Field;
  /** What the form holds. */
  readonly entries: Entries;
  /** The field's name. */
  readonly name: string;
  /** Whether it must be there. */
  readonly isRequired: boolean;
  /** The ids of what is said about it. */
  readonly about: string;
  /** Whether something is wrong with it. */
  readonly isFaulty: boolean;
}

interface Common {
  readonly id: string;
  readonly name: string;
  readonly "aria-describedby": string;
  readonly "aria-invalid": "true" | undefined;
}

/** The input, the list or the box of a field. */
export function Control({ field, entries, name, isRequired, about, isFaulty }: ControlProps): Html {
  const common: Common = { id: name, name, "aria-describedby": about, "aria-invalid": isFaulty ? "true" : undefined };
  // A null that is ticked leaves nothing to fill in.
  const needed = isRequired && !field.nullable;
  if (entries.has(markOf(name, "json"))) {
    return <JsonControl common={common} entries={entries} isRequired={isRequired} />;
  }
  switch (field.kind) {
    case "text":
      return <TextControl common={common} field={field} text={textOf(entries, name)} isRequired={needed} />;
    case "number":
      return <NumberControl common={common} field={field} text={textOf(entries, name)} isRequired={needed} />;
    case "flag":
      if (needed) return <input {...common} type="checkbox" value={ticked} checked={entries.has(name)} />;
      return <Select common={common} options={["true", "false"]} chosen={textOf(entries, name)} isRequired={needed} />;
    case "choice": {
      const options = field.options.map((option) => JSON.stringify(option));
      return <Select common={common} options={options} chosen={textOf(entries, name)} isRequired={needed} />;
    }
    default:
      return <JsonControl common={common} entries={entries} isRequired={isRequired} />;
  }
}

function JsonControl(
  { common, entries, isRequired }: {
    readonly common: Common;
    readonly entries: Entries;
    readonly isRequired: boolean;
  },
): Html {
  const text = textOf(entries, common.name);
  return (
    <textarea {...common} class="code" rows={lines(text, 3)} spellcheck={false} dir="ltr" required={isRequired}>
      {asContent(text)}
    </textarea>
  );
}

function TextControl(
  { common, field, text, isRequired }: {
    readonly common: Common;
    readonly field: TextField;
    readonly text: string;
    readonly isRequired: boolean;
  },
): Html {
  const { min, max, format, pattern } = field;
  const isShort = format !== undefined || pattern !== undefined || (max !== undefined && max <= 200);
  // Browsers count UTF-16 units, as most schemas do; one that counts otherwise is left to the server.
  const rules = { dir: "auto", minlength: min, maxlength: max, required: isRequired && (min ?? 0) > 0 } as const;
  if (!isShort || text.includes("\n")) {
    return <textarea {...common} {...rules} rows={lines(text, 1)}>{asContent(text)}</textarea>;
  }
  const isDate = format === "date" && (text === "" || isDay(text));
  return (
    <input
      {...common}
      {...(isDate ? { required: isRequired } : rules)}
      type={isDate ? "date" : "text"}
      value={text}
      inputmode={format === "email" ? "email" : format === "uri" || format === "url" ? "url" : undefined}
      pattern={patternOf(pattern)}
      placeholder={format === "date-time" ? "2026-01-31T12:00:00Z" : undefined}
      autocomplete="off"
      spellcheck={format === undefined && pattern === undefined}
    />
  );
}

function NumberControl(
  { common, field, text, isRequired }: {
    readonly common: Common;
    readonly field: NumberField;
    readonly text: string;
    readonly isRequired: boolean;
  },
): Html {
  const { isWhole, min, max } = field;
  // What a browser would not take as a number it would lose: then the server says what is wrong with it.
  const isNumber = text === "" || /^-?(\d+|\d*\.\d+)(e[+-]?\d+)?$/i.test(text.trim());
  return (
    <input
      {...common}
      type={isNumber ? "number" : "text"}
      inputmode={isWhole ? "numeric" : "decimal"}
      value={text.trim()}
      min={min}
      max={max}
      step={isWhole ? 1 : "any"}
      required={isRequired}
      autocomplete="off"
    />
  );
}

function Select(
  { common, options, chosen, isRequired }: {
    readonly common: Common;
    readonly options: readonly string[];
    readonly chosen: string;
    readonly isRequired: boolean;
  },
): Html {
  const { words: { form } } = useView();
  return (
    <select {...common} required={isRequired}>
      <option value="" selected={!options.includes(chosen)}>{form.unset}</option>
      {options.map((option) => (
        <option key={option} value={option} selected={option === chosen}>{labelOf(option, form)}</option>
      ))}
    </select>
  );
}

function labelOf(option: string, words: { readonly yes: string; readonly no: string }): string {
  if (option === "true") return words.yes;
  if (option === "false") return words.no;
  const value = JSON.parse(option);
  return typeof value === "string" && value !== "" && value.trim() === value ? value : option;
}

/** The first line feed of a text area's content is dropped by whoever reads the page. */
function asContent(text: string): string {
  return text.startsWith("\n") ? `\n${text}` : text;
}

function lines(text: string, least: number): number {
  return Math.min(Math.max(least, text.split("\n").length), 20);
}

function isDay(text: string): boolean {
  const day = new Date(text);
  return /^\d{4}-\d\d-\d\d$/.test(text) && day.getTime() > 0 && day.toISOString().startsWith(text);
}

/** A schema's pattern is to be found somewhere in the text, a browser's must be the whole of it. */
function patternOf(pattern: string | undefined): string | undefined {
  if (pattern === undefined) return undefined;
  const whole = `[^]*(?:${pattern})[^]*`;
  try {
    new RegExp(`^(?:${whole})$`, "v");
    return whole;
  } catch {
    return undefined;
  }
}
