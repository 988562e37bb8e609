/**
 * A worker's name, and the files that are named after it.
 *
 * @module
 */
import { hostname } from "../environment.ts";

/** The full name of a worker: `%h` is the host's name. */
export function nodeName(name: string): string {
  return name.replaceAll("%h", hostname());
}

/** A path that may name the worker: `%n` is its name up to the `@`, `%h` the host's. */
export function pathOf(path: string, name: string): string {
  return nodeName(path.replaceAll("%n", name.split("@")[0]!.replaceAll("/", "_")));
}
