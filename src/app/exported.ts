/**
 * The app that a module exports.
 *
 * @module
 */
import { Umbel } from "./app.ts";
import { InvalidInput } from "../errors.ts";
import { nearest } from "../options/nearest.ts";

/**
 * Finds it: the export of that name; else the default one; else the only one.
 *
 * @param file How the module is called in what is said.
 * @throws {InvalidInput} When there is none, or more than one.
 */
export function appOfModule(module: { readonly [name: string]: unknown }, file: string, name?: string): Umbel {
  if (name !== undefined && isApp(module[name])) return module[name];
  const apps = new Map(Object.entries(module).flatMap(([name, value]) => isApp(value) ? [[value, name]] : []));
  if (name !== undefined) {
    const meant = nearest(name, apps.values()) ?? [...apps.values()][0];
    const hint = meant === undefined ? "" : `: did you mean ${meant}?`;
    throw new InvalidInput("export", `${file} exports no app by the name of ${name}${hint}`);
  }
  if (isApp(module.default)) return module.default;
  const [app] = apps.keys();
  if (app && apps.size === 1) return app;
  if (app) {
    const names = [...apps.values()].join(", ");
    throw new InvalidInput(
      "app",
      `${file} exports several apps (${names}): export one as default, or name one, as in ${file}:${apps.values().next().value}`,
    );
  }
  const names = Object.keys(module);
  const shown = names.slice(0, 8).join(", ") + (names.length > 8 ? ", …" : "");
  const exported = names.length === 0 ? "exports nothing" : `exports no app but ${shown}`;
  throw new InvalidInput("app", `${file} ${exported}: it needs export const app = new Umbel("name")`);
}

/** By its shape, not by its class: the file may have brought its own copy of the package. */
function isApp(value: unknown): value is Umbel {
  if (value instanceof Umbel) return true;
  const { name, tasks, useBroker, sendTask } = (typeof value === "object" && value ? value : {}) as Partial<Umbel>;
  return typeof name === "string" && tasks instanceof Map && typeof useBroker === "function" &&
    typeof sendTask === "function";
}
