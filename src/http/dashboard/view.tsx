/** @jsxImportSource hono/jsx */
/**
 * What a page knows: the app, who looks at it, in which language, and how things are said in it.
 *
 * @module
 */
import { createContext, useContext } from "hono/jsx";
import type { Umbel } from "../../app/app.ts";
import type { Scope, Viewer } from "./viewer.ts";
import type { Flash } from "./flash.ts";
import { type Locale, wordsOf } from "./words/locales.ts";
import type { Words } from "./words/en.ts";
import type { Html } from "./html.ts";

/** How bright pages are: `auto` as the system says. */
export type Theme = "auto" | "light" | "dark";

/** What a view is made of. */
export interface ViewParts {
  /** The app. */
  readonly app: Umbel;
  /** Who looks; nobody on the login page. */
  readonly viewer: Viewer | undefined;
  /** Whether nothing can be changed. */
  readonly readOnly: boolean;
  /** The language. */
  readonly locale: Locale;
  /** How bright. */
  readonly theme: Theme;
  /** The path that the dashboard is mounted at, without a slash at its end. */
  readonly base: string;
  /** The path and query of this page. */
  readonly here: string;
  /** What the last action came to. */
  readonly flash: Flash | undefined;
  /** Gives the path of an asset below `base`. */
  readonly assetPath: (name: string) => string;
  /** The time (ms since 1970), by the broker. */
  readonly now: number;
}

/** What a page knows. Components get it by {@linkcode useView}. */
export class View {
  readonly app: Umbel;
  readonly viewer: Viewer | undefined;
  readonly readOnly: boolean;
  readonly locale: Locale;
  readonly words: Words;
  readonly theme: Theme;
  readonly base: string;
  readonly here: string;
  readonly flash: Flash | undefined;
  readonly now: number;
  readonly #assetPath: (name: string) => string;

  /** A view of these parts. */
  constructor(parts: ViewParts) {
    this.app = parts.app;
    this.viewer = parts.viewer;
    this.readOnly = parts.readOnly;
    this.locale = parts.locale;
    this.words = wordsOf(parts.locale);
    this.theme = parts.theme;
    this.base = parts.base;
    this.here = parts.here;
    this.flash = parts.flash;
    this.now = parts.now;
    this.#assetPath = parts.assetPath;
  }

  /** The same view at a later time: what is live is rendered with it. */
  at(now: number): View {
    return new View({ ...this, now, assetPath: this.#assetPath });
  }

  /** Whether the viewer may: buttons that they may not press are not shown. */
  may(scope: Scope): boolean {
    return (scope === "read" || !this.readOnly) && this.viewer?.caller.may(scope) === true;
  }

  /** Whether the viewer may send tasks of this name. */
  maySend(task: string): boolean {
    return !this.readOnly && this.viewer?.caller.maySend(task) === true;
  }

  /** The URL of a page: `view.url("/queues", { state: "FAILURE" })`. Query values that are `undefined` are left out. */
  url(path: string, query: { readonly [name: string]: string | number | undefined } = {}): string {
    const given = Object.entries(query).flatMap(([name, value]) => value === undefined ? [] : [[name, String(value)]]);
    const search = new URLSearchParams(given).toString();
    return `${this.base}${path === "/" ? "" : path}${search === "" ? "" : `?${search}`}` || "/";
  }

  /** The URL of a style, script or picture. */
  asset(name: string): string {
    return this.base + this.#assetPath(name);
  }

  /** A number, as the language writes it. */
  number(value: number, options: Intl.NumberFormatOptions = {}): string {
    return new Intl.NumberFormat(this.locale, options).format(value);
  }

  /** A large number in short: 12.3K. */
  compact(value: number): string {
    return this.number(value, { notation: "compact", maximumFractionDigits: 1 });
  }

  /** A share as percents, with a digit behind the point where it is small. */
  percent(share: number): string {
    return this.number(share, { style: "percent", maximumFractionDigits: share < 0.1 ? 1 : 0 });
  }

  /** How long something took (ms): `12 ms`, `1.4 s`, `3 min 2 s`, `2 d 4 h`. */
  duration(ms: number): string {
    const { units } = this.words;
    if (!Number.isFinite(ms)) return "∞";
    if (ms < 999.5) return `${this.number(ms, { maximumFractionDigits: ms < 10 ? 1 : 0 })} ${units.ms}`;
    if (ms < 59_950) return `${this.number(ms / 1000, { maximumFractionDigits: ms < 9950 ? 1 : 0 })} ${units.s}`;
    const seconds = Math.round(ms / 1000);
    const pairs: [number, string, number, string][] = [
      [60, units.min, 1, units.s],
      [3600, units.h, 60, units.min],
      [86_400, units.d, 3600, units.h],
    ];
    const [size, unit, smallerSize, smaller] = pairs.findLast(([size]) => seconds >= size) ?? pairs[0]!;
    const rest = Math.floor((seconds % size) / smallerSize);
    return `${this.number(Math.floor(seconds / size))} ${unit}${rest === 0 ? "" : ` ${rest} ${smaller}`}`;
  }

  /** An element as text, with this view behind it. */
  render(element: Html): string {
    return String(<Viewing.Provider value={this}>{element}</Viewing.Provider>);
  }
}

const Viewing = createContext<View | undefined>(undefined);

/** The view that is rendered now. */
export function useView(): View {
  const view = useContext(Viewing);
  if (!view) throw new TypeError("A component of the dashboard was rendered without a view");
  return view;
}
