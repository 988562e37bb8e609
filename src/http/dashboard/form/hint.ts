/**
 * What a field takes, in short.
 *
 * @module
 */
import type { View } from "../view.tsx";
import { type Field, mostRows } from "./field.ts";

/** What a field takes: `whole number, 1 to 10`. */
export function hintOf(field: Field, view: View, isRequired: boolean): string {
  const { form } = view.words;
  const kind = field.kind === "number" && field.isWhole ? form.whole : form[field.kind];
  const parts = [kind, ...rulesOf(field, view), ...(isRequired ? [] : [form.optional])];
  return parts.join(form.comma);
}

function rulesOf(field: Field, view: View): readonly string[] {
  const { form } = view.words;
  switch (field.kind) {
    case "text": {
      const bounds = boundsText(field.min, field.max, view);
      return [
        ...(field.format === undefined ? [] : [field.format]),
        ...(bounds === undefined ? [] : [form.characters(bounds)]),
        ...(field.pattern === undefined || field.format !== undefined ? [] : [form.matches(field.pattern)]),
      ];
    }
    case "number": {
      const bounds = boundsText(safe(field.min), safe(field.max), view);
      return [
        ...(bounds === undefined ? [] : [bounds]),
        ...(field.step === undefined ? [] : [form.multipleOf(String(field.step))]),
      ];
    }
    case "list": {
      const { places, min, max, rest } = field;
      const most = max < mostRows ? max : undefined;
      const bounds = places.length > 0 || !rest ? undefined : boundsText(min || undefined, most, view);
      return bounds === undefined ? [] : [form.rows(bounds)];
    }
    default:
      return [];
  }
}

function boundsText(min: number | undefined, max: number | undefined, { words: { form } }: View): string | undefined {
  if (min !== undefined && max !== undefined) return min === max ? String(min) : form.between(String(min), String(max));
  if (min !== undefined) return form.atLeast(String(min));
  return max === undefined ? undefined : form.atMost(String(max));
}

/** Schemas say the bounds of what a number can hold, which nobody needs to be told. */
function safe(bound: number | undefined): number | undefined {
  return bound !== undefined && Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound;
}
