/** @jsxImportSource hono/jsx */
/**
 * Which dead letters are meant: the filter is the URL, and a part of the forms that act on all that fit.
 *
 * @module
 */
import { codeOf } from "../../../errors.ts";
import type { LetterFilter } from "../../../operations/dead_letter_office.ts";
import { Button, Field, LinkButton } from "../components/form.tsx";
import type { Html } from "../html.ts";
import { readMoment } from "../moment.ts";
import { useView, type View } from "../view.tsx";

const filterNames = ["task", "queue", "error", "after", "before"] as const;

/** What was filled in; what was left empty is absent. */
export type Filter = { readonly [name in (typeof filterNames)[number]]?: string };

/** Reads it out of a URL or a form. */
export function readFilter(read: (name: string) => string): Filter {
  return Object.fromEntries(filterNames.flatMap((name) => {
    const value = read(name).trim();
    return value === "" ? [] : [[name, value]];
  }));
}

/** What is asked for by it. @throws {InvalidInput} When a time is none; it names the field. */
export function lettersOf({ after, before, ...rest }: Filter, now: number): LetterFilter {
  return {
    ...rest,
    ...(after === undefined ? {} : { after: readMoment(after, now, "after") }),
    ...(before === undefined ? {} : { before: readMoment(before, now, "before") }),
  };
}

/** What is wrong with which field. */
export function faultsOf(filter: Filter, { now, words }: View): ReadonlyMap<string, string> {
  try {
    lettersOf(filter, now);
    return new Map();
  } catch (error) {
    if (codeOf(error) !== "invalid_input") throw error;
    const { field, message } = error as Error & { readonly field: string };
    return new Map([[field, field === "after" || field === "before" ? words.tasks.timeHint : message]]);
  }
}

/** The filter as a form takes it along: what was so long ago when the page was made stays that. */
export function fixed({ after, before, ...rest }: Filter, now: number): { readonly [name: string]: string } {
  const iso = (text: string, field: string) => new Date(readMoment(text, now, field)).toISOString();
  return {
    ...rest,
    ...(after === undefined ? {} : { after: iso(after, "after") }),
    ...(before === undefined ? {} : { before: iso(before, "before") }),
  };
}

/** The form that asks for them. */
export function Filters(
  { filter, faults, queues }: {
    readonly filter: Filter;
    readonly faults: ReadonlyMap<string, string>;
    readonly queues: readonly string[];
  },
): Html {
  const view = useView();
  const { words } = view;
  const { dead, tasks } = words;
  const of = (name: keyof Filter) => {
    const error = faults.get(name);
    return { name, label: dead[name], value: filter[name] ?? "", ...(error === undefined ? {} : { error }) };
  };
  const lately = [["10m", dead.lately["10m"]], ["1h", dead.lately["1h"]], ["1d", dead.lately["1d"]]] as const;
  return (
    <form method="get" action={view.url("/dead")} class="filters" role="search" aria-label={tasks.filters}>
      <Field {...of("task")} suggestions={[...view.app.tasks.keys()]} />
      <Field {...of("queue")} suggestions={queues} />
      <Field {...of("error")} placeholder="TypeError" />
      <Field {...of("after")} placeholder="1h" title={tasks.timeHint} />
      <Field {...of("before")} placeholder="2026-01-31T12:00Z" title={tasks.timeHint} />
      <div class="filter-buttons">
        <Button icon="search">{words.apply}</Button>
        {Object.keys(filter).length > 0 && <LinkButton kind="quiet" href={view.url("/dead")}>{words.clear}</LinkButton>}
        <nav class="segments" aria-label={dead.after}>
          {lately.map(([after, label]) => (
            <a
              href={view.url("/dead", { ...filter, after, before: undefined })}
              aria-current={filter.after === after ? "true" : undefined}
            >
              {label}
            </a>
          ))}
        </nav>
      </div>
    </form>
  );
}
