/**
 * Styles, scripts and pictures: part of the package, served under names that tell their content, so that they may be
 * kept for ever.
 *
 * @module
 */
import { sha256, toHex } from "../access/secrets.ts";
import { favicon } from "./assets/favicon.ts";
import { scripts } from "./assets/scripts.ts";
import { style } from "./assets/style.ts";

interface Asset {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

const sources: readonly (readonly [name: string, type: string, text: string])[] = [
  ["style.css", "text/css; charset=utf-8", style],
  ["favicon.svg", "image/svg+xml", favicon],
  ...Object.entries(scripts).map(([name, text]) => [`${name}.js`, "text/javascript; charset=utf-8", text] as const),
];

/** All assets. */
export class Assets {
  readonly #byName: ReadonlyMap<string, Asset>;

  private constructor(byName: ReadonlyMap<string, Asset>) {
    this.#byName = byName;
  }

  /** Names them by their content. */
  static async load(): Promise<Assets> {
    const named = await Promise.all(sources.map(async ([name, type, text]) => {
      const path = `/assets/${name.replace(/\.\w+$/, `.${await hashOf(text)}$&`)}`;
      return [name, { path, type, text }] as const;
    }));
    return new Assets(new Map(named));
  }

  /** The path of one, below the dashboard's. */
  path(name: string): string {
    const asset = this.#byName.get(name);
    if (!asset) throw new TypeError(`The dashboard has no asset ${name}`);
    return asset.path;
  }

  /** The asset at a path below the dashboard's. */
  at(path: string): Response | undefined {
    const asset = [...this.#byName.values()].find((one) => one.path === path);
    return asset && new Response(asset.text, {
      headers: {
        "content-type": asset.type,
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
      },
    });
  }
}

/** Enough of a digest that two contents never share a name. */
async function hashOf(text: string): Promise<string> {
  return toHex((await sha256(text)).subarray(0, 6));
}
