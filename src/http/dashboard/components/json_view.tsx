/** @jsxImportSource hono/jsx */
/**
 * JSON for people: folded by the browser itself, its names and values in colours, whatever they hold shown as text.
 *
 * @module
 */
import type { Child } from "hono/jsx";
import type { Html } from "../html.ts";
import type { Json } from "../../../json.ts";
import { useView } from "../view.tsx";
import { unhide } from "./hidden.ts";
import { Plain } from "./plain.tsx";

/** What is shown. */
export interface JsonViewProps {
  /** The value. */
  readonly value: Json;
  /** Names it in the page, so that live updates and the button that copies find it. */
  readonly id: string;
  /** How deep it is unfolded at first. */
  readonly open?: number;
}

/** Longer texts are cut, with the whole beneath. */
const longText = 600;
/** So many members or items are shown at once; what follows is folded in parts of as many. */
const part = 50;
/** So deep values are folded; what is deeper is shown as plain JSON. */
const deepest = 16;
/** So many values are laid out; what comes after is shown as plain JSON. */
const most = 3000;
/** So many characters of plain JSON are shown. */
const longest = 200_000;
/** Texts up to this length can be copied by a button: they are in the page a second time. */
const copied = 100_000;

/** A value, and a button that copies it. */
export function JsonView({ value, id, open = 2 }: JsonViewProps): Html {
  const { words } = useView();
  const text = plainJson(value, 2);
  return (
    <div class="json" id={id}>
      {text.length <= copied && (
        <button type="button" class="quiet copy" hidden data-copy={id} data-text={text} data-done={words.copy.done}>
          {words.copy.label}
        </button>
      )}
      <Value value={value} at={{ left: { count: most }, depth: 0, open }} />
    </div>
  );
}

interface At {
  /** How many values may still be laid out: shared by all. */
  readonly left: { count: number };
  readonly depth: number;
  readonly open: number;
}

interface ValueProps {
  readonly value: Json;
  readonly at: At;
  /** What the value is called in what holds it. */
  readonly name?: Child;
}

function Value({ value, at, name }: ValueProps): Html {
  if (typeof value !== "object" || value === null) return <Leaf value={value} name={name} />;
  if (isEmpty(value)) return <Line name={name}>{Array.isArray(value) ? "[]" : "{}"}</Line>;
  if (at.depth >= deepest || at.left.count <= 0) return <Rest value={value} name={name} />;
  return <Branch value={value} at={at} name={name} />;
}

function Line({ name, children }: { readonly name?: Child; readonly children?: Child }): Html {
  return <div class="json-line">{name}{children}</div>;
}

function Leaf(
  { value, name }: { readonly value: null | boolean | number | string; readonly name?: Child },
): Html {
  if (typeof value === "string") return <Text value={value} name={name} />;
  const kind = value === null ? "null" : typeof value;
  return (
    <Line name={name}>
      <span class={`json-${kind}`}>{String(value)}</span>
    </Line>
  );
}

function Text({ value, name }: { readonly value: string; readonly name?: Child }): Html {
  const view = useView();
  const quoted = (
    <span class="json-string">
      <Plain text={JSON.stringify(value.slice(0, longText).replace(/[\ud800-\udbff]$/, ""))} />
    </span>
  );
  if (value.length <= longText) return <Line name={name}>{quoted}</Line>;
  return (
    <>
      <Line name={name}>
        {quoted}
        <span class="json-note">…</span>
      </Line>
      <details class="json-more">
        <summary>{view.words.json.showAll(view.number(value.length))}</summary>
        <div class="json-line">
          <span class="json-string">
            <Plain text={JSON.stringify(value)} />
          </span>
        </div>
      </details>
    </>
  );
}

function Branch({ value, at, name }: { readonly value: object; readonly at: At; readonly name?: Child }): Html {
  const view = useView();
  const { json } = view.words;
  const isList = Array.isArray(value);
  const entries: Entries = Object.entries(value);
  const count = (isList ? json.items : json.members)(entries.length, view.number(entries.length));
  // Set aside here, since what is within is laid out later.
  const laidOut = Math.min(entries.length, at.left.count);
  at.left.count -= laidOut;
  const starts = Array.from({ length: Math.ceil(laidOut / part) }, (_, index) => index * part);
  const shown = { isList, at: { ...at, depth: at.depth + 1 } };
  const left = entries.slice(laidOut);
  return (
    <details class="json-branch" open={at.depth < at.open}>
      <summary>
        {name}
        <span class="json-note">{isList ? "[…]" : "{…}"} {count}</span>
      </summary>
      <div class="json-inner">
        {starts.map((from) => {
          const to = Math.min(from + part, laidOut);
          const inner = <Members key={from} entries={entries.slice(from, to)} from={from} {...shown} />;
          return from === 0 ? inner : (
            <details key={from} class="json-more">
              <summary>{json.from(view.number(from + 1), view.number(to))}</summary>
              {inner}
            </details>
          );
        })}
        {left.length > 0 && <Rest value={isList ? left.map(([, item]) => item) : Object.fromEntries(left)} />}
      </div>
    </details>
  );
}

type Entries = readonly (readonly [key: string, value: Json])[];

function Members(
  { entries, isList, at, from }: {
    readonly entries: Entries;
    readonly isList: boolean;
    readonly at: At;
    readonly from: number;
  },
): Html {
  return (
    <>
      {entries.map(([key, value], index) => {
        const name = isList ? <span class="json-index">{from + index}</span> : (
          <span class="json-key">
            <Plain text={keyText(key)} />
          </span>
        );
        return (
          <Value
            key={key}
            value={value}
            at={at}
            name={
              <>
                {name}
                <span class="json-colon">:</span>
              </>
            }
          />
        );
      })}
    </>
  );
}

/** What is too deep or too much to be laid out. */
function Rest({ value, name }: { readonly value: Json; readonly name?: Child }): Html {
  const view = useView();
  const text = plainJson(value, 0);
  return (
    <details class="json-branch">
      <summary>
        {name}
        <span class="json-note">{view.words.json.asText(view.number(text.length))}</span>
      </summary>
      <pre class="json-plain" tabindex={0}><bdi>{text.slice(0, longest)}{text.length > longest ? "…" : ""}</bdi></pre>
    </details>
  );
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

/** A name as it stands where nothing could be mistaken, else in quotes. */
function keyText(key: string): string {
  return /^[\w$-]+$/.test(key) ? key : JSON.stringify(key);
}

/** The JSON of a value. What is nested so deep that the runtime has no room for it is not shown. */
function plainJson(value: Json, indent: number): string {
  try {
    return unhide(JSON.stringify(value, undefined, indent));
  } catch {
    return "…";
  }
}
